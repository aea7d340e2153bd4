//! Joins: inner, left, through others, of a table twice, by conditions.

use assoc::{alias, prelude::*};

use super::blog;
use crate::{schemas::*, support::*};

alias!(Editor = User);
alias!(Other = Comment);
alias!(Child = Category);

both! {
    async fn a_row_for_each_pair(db: Db) {
        blog(&db).await;
        let query = Post::query()
            .join(Post::comments)
            .filter(Comment::rating.gte(3).or(Post::title.eq("Gold")))
            .order_by(Comment::id.asc());
        let rows = db.repo.all(query.clone().select((Post::title, Comment::body))).await.unwrap();
        let expected = [("Rust", "first"), ("Rust", "second"), ("Iron", "fourth"), ("Gold", "fifth"), ("Gold", "sixth")];
        assert_eq!(rows, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        let posts = db.repo.all(query).await.unwrap();
        assert_eq!(posts.iter().map(|post| post.id).collect::<Vec<_>>(), [1, 1, 2, 3, 3]);
        let sent = db.statements();
        assert_eq!(sent.len(), 2);
        assert!(sent[0].contains(r#"FROM "posts" INNER JOIN "comments" ON "comments"."post_id" = "posts"."id""#), "{}", sent[0]);
    }

    async fn whole_rows_side_by_side(db: Db) {
        blog(&db).await;
        let query = Post::query()
            .join(Post::comments)
            .join(Comment::author)
            .filter(Post::id.eq(1).and(User::name.eq("Cid")))
            .select((Post::row(), Comment::row(), User::row(), Comment::id.plus(1)));
        let [(post, comment, user, next)] = db.repo.all(query).await.unwrap().try_into().unwrap();
        assert_eq!((post.title.as_str(), comment.body.as_str(), user.email.as_deref()), ("Rust", "second", Some("cid@x.y")));
        assert_eq!(next, 3);
        assert!(post.comments.get().is_err(), "a join does not load the association");
    }

    async fn a_left_join_keeps_owners_without_rows(db: Db) {
        blog(&db).await;
        let query = Post::query()
            .left_join(Post::author)
            .order_by(Post::id.asc())
            .select((Post::id, User::row().optional(), User::name.optional(), User::email.optional()));
        let rows = db.repo.all(query).await.unwrap();
        let names: Vec<_> = rows.iter().map(|(id, user, name, _)| (*id, user.as_ref().map(|user| user.id), name.as_deref())).collect();
        assert_eq!(names, [(1, Some(1), Some("Ann")), (2, Some(1), Some("Ann")), (3, Some(2), Some("Bob")), (4, None, None)]);
    }

    async fn a_condition_of_the_join_is_none_of_the_query(db: Db) {
        blog(&db).await;
        let good = || Post::comments.on(Comment::rating.gt(3));
        let query = Post::query()
            .left_join(good())
            .group_by(Post::id)
            .order_by(Post::id.asc())
            .select((Post::id, Comment::id.count()));
        assert_eq!(db.repo.all(query).await.unwrap(), [(1, 1), (2, 1), (3, 0), (4, 0)]);
        let query = Post::query().join(good()).order_by(Post::id.asc()).select(Post::id);
        assert_eq!(db.repo.all(query).await.unwrap(), [1, 2]);
    }

    async fn many_to_many_and_through(db: Db) {
        blog(&db).await;
        let query = Post::query().join(Post::tags).filter(Tag::name.eq("metal")).order_by(Post::id.desc()).select(Post::id);
        assert_eq!(db.repo.all(query).await.unwrap(), [3, 2, 1]);
        let query = Post::query().left_join(Post::tags).filter(Tag::id.is_null()).select(Post::title);
        assert_eq!(db.repo.all(query).await.unwrap(), ["Draft"]);
        let query = Post::query()
            .join(Post::commenters)
            .filter(Post::id.eq(1))
            .order_by(User::name.asc())
            .distinct()
            .select(User::name);
        assert_eq!(db.repo.all(query).await.unwrap(), ["Bob", "Cid"]);
    }

    async fn a_table_twice_by_an_alias(db: Db) {
        blog(&db).await;
        let query = Post::query()
            .join(Post::author)
            .join(Post::editor.alias(Editor))
            .order_by(Post::id.asc())
            .select((Post::id, User::name, User::name.of(Editor), User::row().of(Editor)));
        let rows = db.repo.all(query).await.unwrap();
        let names: Vec<_> = rows.iter().map(|(id, author, editor, row)| (*id, author.as_str(), editor.as_str(), row.id)).collect();
        assert_eq!(names, [(1, "Ann", "Bob", 2), (3, "Bob", "Ann", 1)]);

        let pairs = Post::query()
            .join(Post::comments)
            .join(Post::comments.alias(Other).on(Comment::rating.is_not_null()))
            .filter(Comment::id.lt(Comment::id.of(Other)))
            .order_by((Comment::id.asc(), Comment::id.of(Other).asc()))
            .select((Comment::id, Comment::id.of(Other)));
        assert_eq!(db.repo.all(pairs).await.unwrap(), [(1, 2), (5, 6)]);
    }

    async fn a_table_with_itself(db: Db) {
        blog(&db).await;
        let query = Category::query()
            .join(Category::children.alias(Child))
            .order_by(Category::id.of(Child).asc())
            .select((Category::name, Category::name.of(Child)));
        let rows = db.repo.all(query).await.unwrap();
        let expected = [("all", "things"), ("things", "metals"), ("all", "people")];
        assert_eq!(rows, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        alias!(Grandchild = Category);
        let query = Category::query()
            .join(Category::children.alias(Child))
            .join(Category::children.from(Child).alias(Grandchild))
            .select((Category::id, Category::id.of(Grandchild)));
        assert_eq!(db.repo.all(query).await.unwrap(), [(1, 3)]);
    }

    async fn by_a_condition(db: Db) {
        blog(&db).await;
        let query = User::query()
            .join_on::<Tag>(Tag::id.eq(User::id).and(User::name.ne("Ann")))
            .order_by(User::id.asc())
            .select((User::name, Tag::name));
        let rows = db.repo.all(query).await.unwrap();
        assert_eq!(rows, [("Bob", "craft"), ("Cid", "unused")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        let query = User::query()
            .left_join_on::<Tag>(Tag::id.eq(User::id).and(Tag::name.like("m%")))
            .order_by(User::id.asc())
            .select((User::id, Tag::name.optional()));
        assert_eq!(db.repo.all(query).await.unwrap(), [(1, Some("metal".to_owned())), (2, None), (3, None)]);
    }

    async fn conditions_of_the_schema_hold_in_joins(db: Db) {
        blog(&db).await;
        fn rated() -> assoc::Condition<Post> {
            Post::comments.any(Comment::rating.gt(3))
        }
        let query = Post::query()
            .join(Post::author)
            .filter(rated().widen().and(User::name.eq("Ann")))
            .order_by(Post::id.asc())
            .select(Post::id);
        assert_eq!(db.repo.all(query).await.unwrap(), [1, 2]);
        // Of what is joined, too.
        let query = User::query()
            .join(User::posts)
            .filter(Post::comments.count().gte(2).and(Post::tags.any(Tag::name.eq("craft"))))
            .select((User::name, Post::comments.count()));
        assert_eq!(db.repo.all(query).await.unwrap(), [("Ann".to_owned(), 3)]);
    }

    async fn joined_rows_are_counted_loaded_updated_and_deleted(db: Db) {
        blog(&db).await;
        let commented = || Post::query().join(Post::comments).filter(Comment::rating.gt(2));
        assert_eq!(db.repo.count(commented()).await.unwrap(), 3);
        assert_eq!(db.repo.count(commented().distinct()).await.unwrap(), 2);
        assert_eq!(db.repo.max(commented(), Comment::rating).await.unwrap(), Some(Some(5)));
        let posts = db.repo.all(commented().distinct().order_by(Post::id.asc()).preload(Post::tags)).await.unwrap();
        assert_eq!(posts.iter().map(|post| post.tags.get().unwrap().len()).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(db.repo.update_all(commented(), Post::body.set(Post::title.upper())).await.unwrap(), 2);
        assert_eq!(all_of(&db, "body", "posts").await, "IRON On gold RUST");
        let deleted = db.repo.delete_all_returning(Comment::query().join(Comment::author).filter(User::name.eq("Cid")));
        let mut deleted: Vec<_> = deleted.await.unwrap().into_iter().map(|comment| comment.id).collect();
        deleted.sort_unstable();
        assert_eq!(deleted, [2, 4]);
        assert_eq!(db.count("comments").await, 4);
    }
}
