//! Preloads in the statement of their query.

use assoc::{DbError, prelude::*};

use super::blog;
use crate::schemas::*;

type Loaded = (i64, Option<i64>, Vec<(i64, Option<i64>)>, Vec<i64>);

fn loaded(post: &Post) -> Loaded {
    let comments = post.comments.get().unwrap().iter();
    let author = |comment: &Comment| comment.author.get().unwrap().map(|user| user.id);
    (
        post.id,
        post.author.get().unwrap().map(|user| user.id),
        comments.map(|comment| (comment.id, author(comment))).collect(),
        post.tags.get().unwrap().iter().map(|tag| tag.id).collect(),
    )
}

both! {
    async fn one_statement_loads_what_several_do(db: Db) {
        blog(&db).await;
        let query = || Post::query().order_by(Post::title.desc());
        let several = query().preload((Post::author, Post::comments.then(Comment::author), Post::tags));
        let several: Vec<_> = db.repo.all(several).await.unwrap().iter().map(loaded).collect();
        assert_eq!(db.statements().len(), 5);
        let one = query().preload((Post::author.joined(), Post::comments.joined().then(Comment::author.joined()), Post::tags.joined()));
        let one: Vec<_> = db.repo.all(one).await.unwrap().iter().map(loaded).collect();
        assert_eq!(one, several);
        assert_eq!(db.statements().len(), 1);
        assert_eq!(one[0], (1, Some(1), vec![(1, Some(2)), (2, Some(3)), (3, Some(2))], vec![1, 2]));
        assert_eq!(one[3], (4, None, vec![], vec![]), "loaded, and empty");
    }

    async fn what_is_joined_twice_is_there_once(db: Db) {
        blog(&db).await;
        let query = Post::query()
            .order_by(Post::title.desc())
            .preload((Post::author.joined(), Post::comments.joined(), Post::tags.joined()))
            .preload(Post::comments.joined().then(Comment::author.joined()));
        let posts: Vec<_> = db.repo.all(query).await.unwrap().iter().map(loaded).collect();
        assert_eq!(posts[0], (1, Some(1), vec![(1, Some(2)), (2, Some(3)), (3, Some(2))], vec![1, 2]));
        assert_eq!(db.statements().len(), 1);
    }

    async fn some_joined_and_some_not(db: Db) {
        blog(&db).await;
        let query = Post::query().preload((Post::author.joined(), Post::comments.joined().then(Comment::author), Post::tags));
        let posts = db.repo.all(query).await.unwrap();
        assert_eq!(posts.iter().map(loaded).map(|it| it.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(db.statements().len(), 3);
    }

    async fn narrowed_and_ordered(db: Db) {
        blog(&db).await;
        let comments = Post::comments.filter(Comment::rating.gt(1)).order_by(Comment::rating.asc()).joined();
        let posts = db.repo.all(Post::query().order_by(Post::id.asc()).preload(comments)).await.unwrap();
        let ids = |post: &Post| post.comments.get().unwrap().iter().map(|comment| comment.id).collect::<Vec<_>>();
        assert_eq!(posts.iter().map(ids).collect::<Vec<_>>(), [vec![2, 1], vec![4], vec![6], vec![]]);
        assert!(posts[3].comments.is_partial());
    }

    async fn of_a_page_of_rows(db: Db) {
        blog(&db).await;
        let query = Post::query()
            .left_join(Post::author)
            .filter(Post::id.lt(4))
            .order_by((User::name.desc(), Post::id.desc()))
            .limit(2)
            .preload((Post::comments.joined(), Post::commenters.joined()));
        let posts = db.repo.all(query).await.unwrap();
        let counts = posts.iter().map(|post| (post.id, post.comments.get().unwrap().len(), post.commenters.get().unwrap().len()));
        assert_eq!(counts.collect::<Vec<_>>(), [(3, 2, 1), (2, 1, 1)], "the limit counts posts");
        assert_eq!(db.statements().len(), 1);
        let one = db.repo.one(Post::query().filter(Post::id.eq(1)).preload(Post::comments.joined())).await.unwrap().unwrap();
        assert_eq!(one.comments.get().unwrap().len(), 3);
        let union = Post::query().filter(Post::id.eq(1)).union(Post::query().filter(Post::id.eq(3)));
        let posts = db.repo.all(union.order_by(Post::id.desc()).preload(Post::tags.joined())).await.unwrap();
        assert_eq!(posts.iter().map(|post| post.tags.get().unwrap().len()).collect::<Vec<_>>(), [1, 2]);
    }

    async fn of_itself(db: Db) {
        blog(&db).await;
        let query = Category::query()
            .filter(Category::parent_id.is_null())
            .order_by(Category::id.asc())
            .preload(Category::children.joined().then((Category::children.joined(), Category::parent.joined())));
        let roots = db.repo.all(query).await.unwrap();
        let children = roots[0].children.get().unwrap();
        assert_eq!(children.iter().map(|child| child.name.as_str()).collect::<Vec<_>>(), ["things", "people"]);
        assert_eq!(children[0].children.get().unwrap()[0].name, "metals");
        assert_eq!(children[1].parent.get().unwrap().unwrap().name, "all");
        assert!(roots[1].children.get().unwrap().is_empty());
        assert_eq!(db.statements().len(), 1);
    }

    async fn the_rows_of_a_query_stay_as_many(db: Db) {
        blog(&db).await;
        let query = || Post::query().join(Post::tags).filter(Post::id.eq(1)).order_by(Tag::id.asc());
        let posts = db.repo.all(query().preload(Post::comments.joined())).await.unwrap();
        assert_eq!(posts.iter().map(|post| post.comments.get().unwrap().len()).collect::<Vec<_>>(), [3, 3]);
        assert_eq!(db.repo.all(query()).await.unwrap().len(), 2);
        let locked = Post::query().filter(Post::id.eq(1)).lock(assoc::query::Lock::update()).preload(Post::comments.joined());
        match db.repo.one(locked).await {
            Ok(post) => assert_eq!(post.unwrap().comments.get().unwrap().len(), 3),
            Err(error) => assert!(!db.is_postgres() && matches!(error, DbError::Unsupported { .. }), "{error:?}"),
        }
    }

    async fn what_cannot_be_joined_says_so(db: Db) {
        blog(&db).await;
        let limited = db.repo.all(Post::query().preload(Post::comments.limit(1).joined())).await.unwrap_err();
        assert!(matches!(&limited, DbError::Configuration(why) if why.contains("`comments` has a limit")), "{limited:?}");
        let distinct = db.repo.all(Post::query().distinct().preload(Post::comments.joined())).await.unwrap_err();
        assert!(matches!(&distinct, DbError::Configuration(why) if why.contains("`distinct`")), "{distinct:?}");
        assert!(db.statements().is_empty());
    }

    async fn where_the_rows_are_there_it_is_a_statement_of_its_own(db: Db) {
        blog(&db).await;
        let mut post: Post = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut post, Post::comments.joined().then(Comment::author.joined())).await.unwrap();
        assert!(post.comments.get().unwrap()[0].author.get().unwrap().is_some());
        assert_eq!(db.statements().len(), 3);
    }
}
