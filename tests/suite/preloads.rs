//! Preloads of every kind: filtered, ordered, nested, through others, again.

use assoc::prelude::*;

use crate::{schemas::*, support::*};

async fn blog(db: &Db) -> Vec<Post> {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid');
         INSERT INTO posts (id, title, author_id, editor_id) VALUES (1, 'A', 1, 2), (2, 'B', 1, NULL), (3, 'C', NULL, 2);
         INSERT INTO comments (id, body, rating, post_id, author_id) VALUES
           (1, 'a', 5, 1, 2), (2, 'b', 1, 1, 3), (3, 'c', 4, 2, 2), (4, 'd', NULL, 1, 2), (5, 'e', 3, 1, NULL);
         INSERT INTO tags (id, name) VALUES (1, 'x'), (2, 'y'), (3, 'z');
         INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 2), (1, 1), (2, 1);",
    )
    .await;
    db.repo.all(Post::query().order_by(Post::id.asc())).await.unwrap()
}

fn ids(comments: &HasMany<Comment>) -> Vec<i64> {
    comments.get().unwrap().iter().map(|comment| comment.id).collect()
}

both! {
    async fn each_kind(db: Db) {
        let mut posts = blog(&db).await;
        db.repo.preload(&mut posts, (Post::author, Post::editor, Post::comments, Post::tags)).await.unwrap();
        let name = |user: Option<&User>| user.map(|user| user.name.clone());
        let people: Vec<_> = posts.iter().map(|post| (name(post.author.get().unwrap()), name(post.editor.get().unwrap()))).collect();
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(people, [(some("Ann"), some("Bob")), (some("Ann"), None), (None, some("Bob"))]);
        assert_eq!(posts.iter().map(|post| ids(&post.comments)).collect::<Vec<_>>(), [vec![1, 2, 4, 5], vec![3], vec![]]);
        let tags: Vec<Vec<_>> = posts.iter().map(|post| post.tags.get().unwrap().iter().map(|tag| tag.id).collect()).collect();
        assert_eq!(tags, [vec![1, 2], vec![1], vec![]]);
    }

    async fn both_ends_of_a_join_table(db: Db) {
        blog(&db).await;
        let mut tags = db.repo.all(Tag::query().order_by(Tag::id.asc())).await.unwrap();
        db.repo.preload(&mut tags, Tag::posts.order_by(Post::id.desc())).await.unwrap();
        let posts: Vec<Vec<_>> = tags.iter().map(|tag| tag.posts.get().unwrap().iter().map(|post| post.id).collect()).collect();
        assert_eq!(posts, [vec![2, 1], vec![1], vec![]]);
    }

    async fn filtered_and_ordered(db: Db) {
        let mut posts = blog(&db).await;
        let preload = Post::comments.filter(Comment::rating.gte(3).and(Comment::body.ne("zzz"))).order_by(Comment::rating.asc());
        db.repo.preload(&mut posts, preload.then(Comment::author)).await.unwrap();
        assert_eq!(ids(&posts[0].comments), [5, 1]);
        assert!(posts.iter().all(|post| post.comments.is_partial()));
        let author = posts[0].comments.get().unwrap()[1].author.get().unwrap().unwrap();
        assert_eq!(author.name, "Bob");
        assert!(posts[0].comments.get().unwrap()[0].author.get().unwrap().is_none());
    }

    async fn what_is_loaded_stays_unless_forced(db: Db) {
        let mut posts = blog(&db).await;
        db.repo.preload(&mut posts, Post::comments).await.unwrap();
        db.execute("UPDATE comments SET body = 'new'").await;
        db.repo.preload(&mut posts, Post::comments).await.unwrap();
        assert_eq!(posts[1].comments.get().unwrap()[0].body, "c");
        db.repo.preload(&mut posts, Post::comments.force()).await.unwrap();
        assert_eq!(posts[1].comments.get().unwrap()[0].body, "new");
        assert!(!posts[1].comments.is_partial());
    }

    async fn only_rows_that_lack_it_are_asked_for(db: Db) {
        let mut posts = blog(&db).await;
        db.repo.preload(&mut posts[0], Post::comments.filter(Comment::id.eq(1))).await.unwrap();
        db.repo.preload(&mut posts, Post::comments).await.unwrap();
        assert_eq!((ids(&posts[0].comments), ids(&posts[1].comments)), (vec![1], vec![3]));
    }

    async fn through_other_associations(db: Db) {
        let mut posts = blog(&db).await;
        db.repo.preload(&mut posts, Post::commenters).await.unwrap();
        let names: Vec<Vec<_>> =
            posts.iter().map(|post| post.commenters.get().unwrap().iter().map(|user| user.name.as_str()).collect()).collect();
        assert_eq!(names, [vec!["Bob", "Cid"], vec!["Bob"], vec![]]);
        let mut filtered = db.repo.fetch::<Post>(1).await.unwrap();
        db.repo.preload(&mut filtered, Post::commenters.filter(User::name.eq("Cid"))).await.unwrap();
        assert_eq!(filtered.commenters.get().unwrap().len(), 1);
    }

    async fn an_option_and_a_slice(db: Db) {
        blog(&db).await;
        let mut post = db.repo.get::<Post>(1).await.unwrap();
        db.repo.preload(&mut post, Post::comments).await.unwrap();
        assert_eq!(ids(&post.unwrap().comments).len(), 4);
        let mut posts = db.repo.all(Post::query().order_by(Post::id.asc())).await.unwrap();
        db.repo.preload(&mut posts[1..], Post::comments).await.unwrap();
        assert!(posts[0].comments.get().is_err());
        assert_eq!(ids(&posts[1].comments), [3]);
    }

    async fn the_same_row_twice(db: Db) {
        blog(&db).await;
        let post = db.repo.fetch::<Post>(1).await.unwrap();
        let mut posts = vec![post.clone(), post];
        db.repo.preload(&mut posts, (Post::comments, Post::tags, Post::author, Post::commenters)).await.unwrap();
        assert_eq!(posts[0], posts[1]);
        assert_eq!(ids(&posts[1].comments).len(), 4);
        assert_eq!(posts[1].commenters.get().unwrap().len(), 2);
    }

    async fn reading_what_is_not_loaded_names_the_call(db: Db) {
        let posts = blog(&db).await;
        let error = posts[0].comments.get().unwrap_err().to_string();
        assert!(error.contains("`comments` of `Post`") && error.contains("preload(&mut value, Post::comments)"), "{error}");
    }
}

both! {
    async fn a_limit_counts_for_each_owner(db: Db) {
        let comment = |n: i16| Comment::build().set(Comment::body, format!("c{n}")).set(Comment::rating, n);
        let post = |from: i16, to: i16| {
            let rust = Tag::build().set(Tag::name, format!("tag {from} {to}"));
            let go = Tag::build().set(Tag::name, format!("other {from} {to}"));
            Post::build().set(Post::title, "t").put_assoc(Post::comments, (from..to).map(comment).collect::<Vec<_>>()).put_assoc(Post::tags, (rust, go))
        };
        let mut posts = db.repo.insert_many([post(1, 6), post(1, 2), post(0, 0)]).await.unwrap();
        db.forget();
        let newest = Post::comments.order_by(Comment::rating.desc()).limit(2);
        db.repo.preload(&mut posts, (newest.force(), Post::tags.limit(1).force())).await.unwrap();
        assert_eq!(db.statements().len(), 2);
        let bodies: Vec<Vec<&str>> = posts.iter().map(|post| post.comments.get().unwrap().iter().map(|it| it.body.as_str()).collect()).collect();
        assert_eq!(bodies, [vec!["c5", "c4"], vec!["c1"], vec![]]);
        assert!(posts.iter().all(|post| post.comments.is_partial() && post.tags.get().unwrap().len() == 1));
        assert_eq!(posts[0].tags.get().unwrap()[0].name, "tag 1 6");
        // Those beyond the limit are left alone by a save of what was loaded.
        let dropped = posts.remove(0).change().put_assoc(Post::comments, Vec::<Comment>::new());
        db.repo.update(dropped).await.unwrap();
        assert_eq!(db.count("comments").await, 4);
    }
}
