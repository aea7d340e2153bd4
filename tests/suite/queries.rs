//! Queries: conditions, order, windows, one row or many.

use assoc::{Condition, DbError, prelude::*};

use crate::{schemas::*, support::*};

async fn posts(db: &Db) {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob');
         INSERT INTO posts (id, title, body, author_id) VALUES
           (1, 'Rust', 'a', 1), (2, 'rust', NULL, 1), (3, 'Trusted', 'c', 2), (4, '100% pure', 'd', NULL), (5, 'under_score', NULL, NULL);",
    )
    .await;
}

async fn ids(db: &Db, query: Query<Post>) -> Vec<i64> {
    db.repo.all(query).await.unwrap().into_iter().map(|post| post.id).collect()
}

async fn found(db: &Db, condition: Condition<Post>) -> Vec<i64> {
    ids(db, Post::query().filter(condition).order_by(Post::id.asc())).await
}

both! {
    async fn conditions_combine(db: Db) {
        posts(&db).await;
        let rust = || Post::title.eq("Rust");
        let third = || Post::id.eq(3);
        assert_eq!(found(&db, rust().or(third())).await, [1, 3]);
        assert_eq!(found(&db, rust().and(third())).await, Vec::<i64>::new());
        assert_eq!(found(&db, !rust()).await, [2, 3, 4, 5]);
        assert_eq!(found(&db, !(rust().or(third()))).await, [2, 4, 5]);
        assert_eq!(found(&db, rust().or(third()).and(Post::id.gt(1))).await, [3]);
        assert_eq!(found(&db, rust().or(third().and(Post::id.gt(3)))).await, [1]);
        assert_eq!(found(&db, Condition::all([rust(), Post::id.lt(2)])).await, [1]);
        assert_eq!(found(&db, Condition::all([])).await, [1, 2, 3, 4, 5]);
        assert_eq!(found(&db, Condition::any([])).await, Vec::<i64>::new());
        assert_eq!(found(&db, !Condition::any([rust(), third()])).await, [2, 4, 5]);
        assert_eq!(found(&db, Post::id.between(2, 3)).await, [2, 3]);
        assert_eq!(found(&db, Post::id.gte(4)).await, [4, 5]);
        assert_eq!(found(&db, Post::id.lte(1)).await, [1]);
        assert_eq!(found(&db, Post::id.ne(1)).await, [2, 3, 4, 5]);
    }

    async fn nulls(db: Db) {
        posts(&db).await;
        assert_eq!(found(&db, Post::body.is_null()).await, [2, 5]);
        assert_eq!(found(&db, Post::body.is_not_null()).await, [1, 3, 4]);
        assert_eq!(found(&db, Post::body.eq(None::<String>)).await, Vec::<i64>::new());
        assert_eq!(found(&db, Post::author_id.is_in([Some(1), None])).await, [1, 2]);
    }

    async fn like_is_the_same_everywhere(db: Db) {
        posts(&db).await;
        assert_eq!(found(&db, Post::title.like("%rust%")).await, [2, 3], "case matters");
        assert_eq!(found(&db, Post::title.like("R_st")).await, [1]);
        assert_eq!(found(&db, Post::title.like("100\\% %")).await, [4], "a backslash escapes");
        assert_eq!(found(&db, Post::title.like("under\\_score")).await, [5]);
        assert_eq!(found(&db, Post::title.like("Rust")).await, [1]);
    }

    async fn order_and_window(db: Db) {
        posts(&db).await;
        assert_eq!(ids(&db, Post::query().order_by(Post::id.desc()).limit(2)).await, [5, 4]);
        assert_eq!(ids(&db, Post::query().order_by(Post::id.desc()).limit(2).offset(1)).await, [4, 3]);
        assert_eq!(ids(&db, Post::query().order_by(Post::id.asc()).offset(3)).await, [4, 5]);
        assert_eq!(ids(&db, Post::query().limit(0)).await, Vec::<i64>::new());
        assert_eq!(ids(&db, Post::query().limit(u64::MAX).order_by(Post::id.asc())).await.len(), 5);
        let by_author = Post::query().filter(Post::author_id.is_not_null()).order_by((Post::author_id.desc(), Post::id.desc()));
        assert_eq!(ids(&db, by_author).await, [3, 2, 1]);
    }

    async fn filters_of_two_calls_are_both_kept(db: Db) {
        posts(&db).await;
        assert_eq!(ids(&db, Post::query().filter(Post::id.gt(1)).filter(Post::id.lt(3))).await, [2]);
    }

    async fn one_row_none_or_too_many(db: Db) {
        posts(&db).await;
        let one = db.repo.one(Post::query().filter(Post::title.eq("Rust"))).await.unwrap();
        assert_eq!(one.map(|post| post.id), Some(1));
        assert!(db.repo.one(Post::query().filter(Post::id.eq(9))).await.unwrap().is_none());
        assert!(matches!(db.repo.one(Post::query()).await, Err(DbError::TooMany { schema: "Post" })));
        assert!(db.repo.get::<Post>(9).await.unwrap().is_none());
        assert!(matches!(db.repo.fetch::<Post>(9).await, Err(DbError::NotFound { schema: "Post" })));
        assert_eq!(db.repo.fetch::<Post>(4).await.unwrap().title, "100% pure");
    }

    async fn a_query_preloads(db: Db) {
        posts(&db).await;
        let query = Post::query().filter(Post::author_id.is_not_null()).order_by(Post::id.asc()).preload(Post::author.then(User::posts));
        let found = db.repo.all(query).await.unwrap();
        let names: Vec<_> = found.iter().map(|post| post.author.get().unwrap().unwrap().name.as_str()).collect();
        assert_eq!(names, ["Ann", "Ann", "Bob"]);
        assert_eq!(found[0].author.get().unwrap().unwrap().posts.get().unwrap().len(), 2);
    }

    async fn injection_does_nothing(db: Db) {
        posts(&db).await;
        for text in ["'; DROP TABLE posts; --", "\"; DROP TABLE posts; --", "' OR '1'='1", "$1", "?1", "\\'; --", "%", "a\" OR 1=1"] {
            assert_eq!(found(&db, Post::title.eq(text)).await, Vec::<i64>::new());
            assert_eq!(found(&db, Post::title.is_in([text])).await, Vec::<i64>::new());
            let post = db.repo.insert(Post::build().set(Post::title, text)).await.unwrap();
            let post = db.repo.update(post.change().set(Post::body, text)).await.unwrap();
            assert_eq!(found(&db, Post::body.eq(text)).await, [post.id]);
            db.repo.delete(post).await.unwrap();
        }
        assert_eq!(db.count("posts").await, 5);
    }
}

both! {
    async fn conditions_look_at_the_rows_of_associations(db: Db) {
        let comment = |body: &str, rating: i16| Comment::build().set(Comment::body, body).set(Comment::rating, rating);
        let post = |title: &str| Post::build().set(Post::title, title);
        let posts = db
            .repo
            .insert_many([
                post("none"),
                post("one").put_assoc(Post::comments, [comment("good", 5)]),
                post("two").put_assoc(Post::comments, [comment("good", 4), comment("bad", 1)]).put_assoc(Post::tags, [Tag::build().set(Tag::name, "rust")]),
            ])
            .await
            .unwrap();
        let ids: Vec<i64> = posts.iter().map(|post| post.id).collect();
        let some = |wanted: &[usize]| wanted.iter().map(|&at| ids[at]).collect::<Vec<_>>();
        assert_eq!(found(&db, Post::comments.any(Comment::rating.gt(3))).await, some(&[1, 2]));
        assert_eq!(found(&db, Post::comments.any(Comment::rating.gt(3).and(Comment::body.eq("bad")))).await, some(&[]));
        assert_eq!(found(&db, Post::comments.none(Comment::rating.lt(3))).await, some(&[0, 1]));
        assert_eq!(found(&db, Post::comments.is_empty()).await, some(&[0]));
        assert_eq!(found(&db, Post::comments.count().gte(2)).await, some(&[2]));
        assert_eq!(found(&db, Post::comments.count().filter(Comment::rating.gt(3)).eq(1)).await, some(&[1, 2]));
        assert_eq!(found(&db, Post::tags.any(Tag::name.like("r%"))).await, some(&[2]));
        assert_eq!(found(&db, Post::tags.any(Tag::name.like("R%"))).await, some(&[]));
        assert_eq!(found(&db, Post::tags.any(Tag::name.ilike("R%"))).await, some(&[2]));
        assert_eq!(found(&db, Post::title.ilike("T\\WO")).await, some(&[2]), "a backslash quotes");
        assert!(db.repo.query_sql(Post::query().filter(Post::comments.is_empty())).unwrap().contains("NOT"));
        assert_eq!(found(&db, !Post::tags.any(Tag::id.gt(0))).await, some(&[0, 1]));
        // Back to the same table, two subqueries deep.
        let deep = Post::comments.any(Comment::post.any(Post::title.eq("two").and(Post::comments.count().eq(2))));
        assert_eq!(found(&db, deep).await, some(&[2]));
        let bodies = async |of: Query<Comment>| -> Vec<String> {
            let rows = db.repo.all(of.order_by(Comment::body.asc())).await.unwrap();
            rows.into_iter().map(|comment| comment.body).collect()
        };
        assert_eq!(bodies(Post::comments.of(&posts[2])).await, ["bad", "good"]);
        assert_eq!(bodies(Post::comments.of(&posts).filter(Comment::rating.gt(1))).await, ["good", "good"]);
        assert_eq!(bodies(Post::comments.of([&posts[0]])).await, Vec::<String>::new());
        let tags = db.repo.all(Post::tags.of(&posts)).await.unwrap();
        assert_eq!(tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["rust"]);
        assert_eq!(found(&db, Post::id.eq(Post::id).and(Post::title.eq("one"))).await, some(&[1]));
    }
}
