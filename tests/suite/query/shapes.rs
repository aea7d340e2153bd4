//! What comes back: columns, aggregates, groups, distinct rows.

use assoc::{
    DbError,
    prelude::*,
    query::{case, count_rows, join_texts, raw, value},
};

use super::blog;
use crate::schemas::*;

both! {
    async fn one_column_or_several(db: Db) {
        blog(&db).await;
        let titles = db.repo.all(Post::query().order_by(Post::title.asc()).limit(2).select(Post::title)).await.unwrap();
        assert_eq!(titles, ["Draft", "Gold"]);
        let rows = db.repo.all(Post::query().filter(Post::id.eq(2)).select((Post::id, Post::body, value(7_i32)))).await.unwrap();
        assert_eq!(rows, [(2, None, 7)]);
        let nested = Post::query().filter(Post::id.eq(1)).select((Post::id, (Post::title, Post::body)));
        assert_eq!(db.repo.one(nested).await.unwrap(), Some((1, ("Rust".to_owned(), Some("On rust".to_owned())))));
    }

    async fn groups_and_aggregates(db: Db) {
        blog(&db).await;
        let query = Comment::query()
            .group_by(Comment::post_id)
            .order_by(Comment::post_id.asc())
            .select((
                Comment::post_id,
                count_rows(),
                Comment::rating.count(),
                Comment::rating.sum(),
                Comment::rating.avg(),
                Comment::rating.min(),
                Comment::rating.max(),
                Comment::author_id.count_distinct(),
            ));
        let rows = db.repo.all(query).await.unwrap();
        assert_eq!(rows, [
            (1, 3, 2, Some(8), Some(4.0), Some(3), Some(5), 2),
            (2, 1, 1, Some(4), Some(4.0), Some(4), Some(4), 1),
            (3, 2, 2, Some(3), Some(1.5), Some(1), Some(2), 1),
        ]);
        let none = Comment::query().filter(Comment::id.gt(99)).select((count_rows(), Comment::rating.sum(), Comment::rating.avg()));
        assert_eq!(db.repo.one(none).await.unwrap(), Some((0, None, None)));
    }

    async fn groups_are_filtered_and_ordered_by_their_aggregates(db: Db) {
        blog(&db).await;
        let query = Post::query()
            .join(Post::comments)
            .group_by((Post::id, Post::title))
            .having(Comment::id.count().gt(1))
            .order_by((Comment::rating.avg().desc(), Post::id.asc()))
            .select((Post::title, Comment::id.count(), Comment::id.count().filter(Comment::rating.gte(3))));
        assert_eq!(db.repo.all(query.clone()).await.unwrap(), [("Rust".to_owned(), 3, 2), ("Gold".to_owned(), 2, 0)]);
        assert_eq!(db.repo.count(query).await.unwrap(), 2, "groups are counted, not their rows");
    }

    async fn groups_of_expressions_with_values(db: Db) {
        blog(&db).await;
        let half = || Comment::rating.plus(1_i16).divided_by(2_i16);
        let query = Comment::query()
            .filter(Comment::rating.is_not_null())
            .group_by(half())
            .having(half().gt(0_i16).and(Comment::id.count().gt(0)))
            .order_by(half().desc())
            .select((half(), Comment::id.count()));
        assert_eq!(db.repo.all(query.clone()).await.unwrap(), [(Some(3), 1), (Some(2), 2), (Some(1), 2)]);
        assert_eq!(db.repo.count(query.clone()).await.unwrap(), 3);
        let page = db.repo.page(query, assoc::query::Page::first(2)).await;
        assert_eq!(page.unwrap().rows.len(), 2);
    }

    async fn texts_of_a_group_are_joined(db: Db) {
        blog(&db).await;
        let query = Post::query()
            .join(Post::tags)
            .group_by(Post::id)
            .order_by(Post::id.asc())
            .select((Post::id, join_texts(Tag::name, ", ", Tag::name.asc())));
        let rows = db.repo.all(query).await.unwrap();
        assert_eq!(rows[0], (1, Some("craft, metal".to_owned())));
        assert_eq!(rows.len(), 3);
    }

    async fn what_comes_after_rows_is_no_condition_on_them(db: Db) {
        blog(&db).await;
        use assoc::query::{Window, row_number};
        let average = db.repo.all(Comment::query().filter(Comment::rating.avg().gt(3.0))).await.unwrap_err();
        assert!(average.to_string().contains("say it in `having`"), "{average}");
        let first = Comment::query().filter(row_number().over(Window::all()).lt(3));
        let first = db.repo.all(first).await.unwrap_err();
        assert!(first.to_string().contains("filter the `.subquery()` by it"), "{first}");
        let groups = Comment::query().group_by(Comment::post_id);
        let groups = db.repo.update_all(groups, Comment::body.set("x")).await.unwrap_err();
        assert!(groups.to_string().starts_with("a query with groups has no rows of its own"), "{groups}");
        let nothing: Vec<assoc::query::Assignment<Comment>> = Vec::new();
        assert_eq!(db.repo.update_all(Comment::query(), nothing).await.unwrap(), 0);
        assert!(db.statements().is_empty(), "nothing was sent");
    }

    async fn numbers_of_other_kinds(db: Db) {
        blog(&db).await;
        let mean = Comment::query().select(Comment::rating.avg()).scalar();
        let above = Comment::query().filter(Comment::rating.as_f64().gt(mean)).order_by(Comment::id.asc());
        assert_eq!(db.repo.all(above.select(Comment::id)).await.unwrap(), [1, 4]);
        let ids: &[i64] = &[1, 2];
        assert_eq!(db.repo.count(Comment::query().filter(Comment::id.is_in(ids))).await.unwrap(), 2);
        let rounded = raw::<f64>("round(?)").of(Comment::rating.avg());
        assert_eq!(db.repo.one(Comment::query().select(rounded)).await.unwrap(), Some(3.0));
        let steps = Comment::rating.plus(0_i16);
        let distinct = Comment::query().distinct().order_by(steps.clone().asc().nulls_first()).select(steps);
        assert_eq!(db.repo.all(distinct).await.unwrap().len(), 6);
    }

    async fn each_row_once(db: Db) {
        blog(&db).await;
        let authors = Post::query().filter(Post::author_id.is_not_null()).order_by(Post::author_id.asc()).select(Post::author_id).distinct();
        assert_eq!(db.repo.all(authors.clone()).await.unwrap(), [Some(1), Some(2)]);
        assert_eq!(db.repo.count(authors).await.unwrap(), 2);
    }

    async fn the_first_row_of_each_group(db: Db) {
        blog(&db).await;
        let newest = Comment::query()
            .distinct_on(Comment::post_id)
            .order_by((Comment::post_id.asc(), Comment::id.desc()))
            .select((Comment::post_id, Comment::id));
        let found = db.repo.all(newest).await;
        if db.is_postgres() {
            assert_eq!(found.unwrap(), [(1, 3), (2, 4), (3, 6)]);
            assert!(db.statements()[0].starts_with(r#"SELECT DISTINCT ON ("comments"."post_id") "comments"."post_id""#));
        } else {
            let error = found.unwrap_err();
            assert!(matches!(error, DbError::Unsupported { database: "SQLite", .. }), "{error:?}");
            assert_eq!(
                error.to_string(),
                "SQLite cannot return the first row of each group (DISTINCT ON); number the rows: `row_number().over(…)`"
            );
            assert!(db.statements().is_empty(), "nothing is sent");
        }
    }

    async fn cases_and_sql_of_the_program(db: Db) {
        blog(&db).await;
        let mood = case::<String>().when(Comment::rating.gte(4), "good").when(Comment::rating.lte(2), "bad").otherwise("fair");
        let rows = db.repo.all(Comment::query().order_by(Comment::id.asc()).select(mood)).await.unwrap();
        assert_eq!(rows, ["good", "fair", "fair", "good", "bad", "bad"]);
        let known = case::<Option<i16>>().when(Comment::rating.is_not_null(), Comment::rating).or_null();
        assert_eq!(db.repo.all(Comment::query().filter(Comment::id.eq(3)).select(known)).await.unwrap(), [None]);

        let spaces = raw::<i32>("length(replace(?, ?, 'ab'))").of((Post::title, value("o".to_owned())));
        let query = Post::query().filter(spaces.clone().gt(4)).order_by(Post::id.asc()).select((Post::title, spaces));
        let rows = db.repo.all(query).await.unwrap();
        assert_eq!(rows, [("Iron", 5), ("Gold", 5), ("Draft", 5)].map(|(a, b)| (a.to_owned(), b)));
        let wrong = Post::query().filter(raw::<bool>("? = ?").of(Post::id).eq(true));
        let error = db.repo.all(wrong).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the SQL `? = ?` has 2 `?`, but is given 1 expressions; write `??` for a question mark"
        );
        let twice = raw::<i16>("? * 2").of(Comment::rating.plus(1_i16));
        let query = Comment::query().filter(Comment::id.eq(1)).select((twice.clone(), twice.minus(1_i16)));
        assert_eq!(db.repo.all(query).await.unwrap(), [(12, 11)], "operators stay together");
        let not = raw::<bool>("NOT ?").of((Comment::rating.gt(4).or(Comment::id.eq(2)),));
        assert_eq!(db.repo.count(Comment::query().filter(not.eq(true))).await.unwrap(), 3);
        let literal = Post::query().limit(1).select(raw::<String>("'?' || ? || '$1'").of(value("x".to_owned())));
        assert_eq!(db.repo.one(literal).await.unwrap().as_deref(), Some("?x$1"));
    }

    async fn values_that_do_not_fit_name_their_place(db: Db) {
        blog(&db).await;
        let query = Post::query().left_join(Post::author).filter(Post::id.eq(4)).select((Post::id, User::id.plus(1)));
        let error = db.repo.all(query).await.unwrap_err();
        assert!(matches!(error, DbError::Type(_)));
        assert!(error.to_string().starts_with("value 2 of the selection: the column is NULL"), "{error}");
    }

    async fn several_rows_where_one_was_asked_for(db: Db) {
        blog(&db).await;
        let error = db.repo.one(Post::query().select(Post::id)).await.unwrap_err();
        assert!(matches!(error, DbError::TooMany { schema: "Post" }), "{error:?}");
    }
}
