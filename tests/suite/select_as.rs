//! Structs of the program's own as what queries return: `#[derive(Select)]`.

use assoc::{
    DbError,
    prelude::*,
    query::{Cte, count_rows, value},
};

use crate::{schemas::*, support::*};

assoc::alias!(Answer = Comment);
assoc::alias!(Less = Total);

/// Each post, and what its comments come to.
#[derive(Debug, Clone, PartialEq, Select)]
#[select(from(Post, Comment))]
struct PostSummary {
    title: String,
    #[select(Comment::id.count())]
    comments: i64,
    #[select(Comment::rating.avg())]
    rating: Option<f64>,
}

/// Columns, one of them of a table that may be left-joined.
#[derive(Debug, Clone, PartialEq, Select)]
#[select(from(Post, User))]
struct Byline {
    id: i64,
    title: Option<String>,
    #[select(User::name)]
    author: Option<String>,
    #[select(Post::title.upper())]
    r#type: String,
}

#[derive(Debug, Clone, PartialEq, Select)]
#[select(from(Comment, Answer))]
struct Pair {
    body: String,
    #[select(Comment::body.of(Answer))]
    answer: String,
}

/// What its fields are, each query says.
#[derive(Debug, Clone, PartialEq, Select)]
#[select(name = "totals")]
struct Total {
    post_id: i64,
    rows: i64,
}

#[derive(Debug, Clone, PartialEq, Select)]
struct Branch {
    id: i64,
    name: String,
    depth: i32,
}

/// A field that cannot be `None`, of an expression that can.
#[derive(Debug, Clone, PartialEq, Select)]
#[select(from = Post)]
struct Shouted {
    #[select(Post::body.upper().coalesce(Post::body))]
    body: String,
}

async fn blog(db: &Db) {
    db.execute(
        "INSERT INTO users (id, name) VALUES (1, 'Ann'), (2, 'Bob');
         INSERT INTO posts (id, title, body, author_id) VALUES (1, 'One', 'a', 1), (2, 'Two', NULL, 2), (3, 'Three', 'c', NULL);
         INSERT INTO comments (id, body, rating, post_id) VALUES (1, 'first', 5, 1), (2, 'second', 2, 1), (3, 'third', NULL, 2);",
    )
    .await;
}

fn summary(title: &str, comments: i64, rating: Option<f64>) -> PostSummary {
    PostSummary { title: title.to_owned(), comments, rating }
}

fn totals() -> Query<Comment, Total> {
    Comment::query().group_by(Comment::post_id).select_into::<Total, _, _>((Comment::post_id, count_rows()))
}

both! {
    async fn columns_and_expressions_of_joined_tables(db: Db) {
        blog(&db).await;
        let bylines: Vec<Byline> =
            db.repo.all(Post::query().left_join(Post::author).order_by(Post::id.desc()).select_as()).await.unwrap();
        let byline = |id, title: &str, author: Option<&str>| Byline {
            id,
            title: Some(title.to_owned()),
            author: author.map(str::to_owned),
            r#type: title.to_uppercase(),
        };
        assert_eq!(bylines, [byline(3, "Three", None), byline(2, "Two", Some("Bob")), byline(1, "One", Some("Ann"))]);
        let joined = Post::query().join(Post::author).filter(User::name.eq("Ann")).select_as::<Byline, _>();
        assert_eq!(db.repo.one(joined).await.unwrap(), Some(byline(1, "One", Some("Ann"))));
    }

    async fn aggregates_of_groups(db: Db) {
        blog(&db).await;
        let grouped = || Post::query().left_join(Post::comments).group_by((Post::id, Post::title)).order_by(Post::id.asc());
        let all: Vec<PostSummary> = db.repo.all(grouped().select_as()).await.unwrap();
        assert_eq!(all, [summary("One", 2, Some(3.5)), summary("Two", 1, None), summary("Three", 0, None)]);
        let busy = grouped().having(Comment::id.count().gt(1)).select_as::<PostSummary, _>();
        assert_eq!(db.repo.one(busy).await.unwrap(), Some(summary("One", 2, Some(3.5))));
    }

    async fn an_alias_is_a_source(db: Db) {
        blog(&db).await;
        let pairs = Post::query()
            .join(Post::comments)
            .join(Post::comments.alias(Answer))
            .filter(Comment::id.lt(Comment::id.of(Answer)))
            .select_as::<Pair, _>();
        let pair = Pair { body: "first".into(), answer: "second".into() };
        assert_eq!(db.repo.all(pairs).await.unwrap(), [pair]);
    }

    async fn a_subquery_has_the_fields_as_columns(db: Db) {
        blog(&db).await;
        let summaries = || {
            let grouped = Post::query().left_join(Post::comments).group_by((Post::id, Post::title));
            grouped.select_as::<PostSummary, _>().subquery()
        };
        let busy = summaries().filter(PostSummary::comments.gte(1)).order_by(PostSummary::comments.asc());
        let rows = db.repo.all(busy).await.unwrap();
        assert_eq!(rows, [summary("Two", 1, None), summary("One", 2, Some(3.5))]);
        assert_eq!(db.repo.count(summaries().filter(PostSummary::rating.is_null())).await.unwrap(), 2);
        let titles = summaries().filter(PostSummary::rating.gt(3.0)).select(PostSummary::title);
        assert_eq!(db.repo.all(titles).await.unwrap(), ["One"]);
    }

    async fn queries_of_one_struct_are_combined(db: Db) {
        blog(&db).await;
        let of = |post: i64| Comment::query().filter(Comment::post_id.eq(post)).group_by(Comment::post_id);
        let total = |post| of(post).select_into::<Total, _, _>((Comment::post_id, count_rows()));
        let all = total(1).union_all(total(2)).order_by(Total::rows.asc());
        let rows = db.repo.all(all).await.unwrap();
        assert_eq!(rows, [Total { post_id: 2, rows: 1 }, Total { post_id: 1, rows: 2 }]);
        assert_eq!(db.repo.all(total(1).union(total(1))).await.unwrap().len(), 1);
        assert_eq!(db.repo.all(totals().except(total(1))).await.unwrap(), [Total { post_id: 2, rows: 1 }]);
    }

    async fn null_in_a_field_that_is_no_option(db: Db) {
        blog(&db).await;
        let rows = db.repo.all(Post::query().filter(Post::id.eq(2)).select_as::<Shouted, _>()).await;
        let Err(error) = rows else { panic!("NULL was read") };
        assert!(matches!(error, DbError::Type(_)), "{error:?}");
        assert!(error.to_string().contains("Shouted.body"), "{error}");
        let rows = db.repo.all(Post::query().filter(Post::id.eq(1)).select_as::<Shouted, _>()).await.unwrap();
        assert_eq!(rows, [Shouted { body: "A".into() }]);
    }
}

both! {
    async fn a_query_with_a_name_is_read(db: Db) {
        blog(&db).await;
        let rows = db.repo.all(Cte::of(totals()).query().filter(Total::rows.gt(1))).await.unwrap();
        assert_eq!(rows, [Total { post_id: 1, rows: 2 }]);
    }

    async fn a_query_with_a_name_is_joined(db: Db) {
        blog(&db).await;
        let query = Post::query().with(Cte::of(totals())).join_on::<Total>(Total::post_id.eq(Post::id));
        let rows = db.repo.all(query.order_by(Total::rows.desc()).select((Post::title, Total::rows))).await.unwrap();
        assert_eq!(rows, [("One".to_owned(), 2), ("Two".to_owned(), 1)]);
        let all = Post::query().with(Cte::of(totals())).left_join_on::<Total>(Total::post_id.eq(Post::id));
        let rows = db.repo.all(all.order_by(Post::id.asc()).select((Post::id, Total::rows.optional()))).await.unwrap();
        assert_eq!(rows, [(1, Some(2)), (2, Some(1)), (3, None)]);
    }

    async fn a_query_with_a_name_is_joined_twice(db: Db) {
        blog(&db).await;
        let pairs = Post::query()
            .with(Cte::of(totals()))
            .join_on::<Total>(Total::post_id.eq(Post::id))
            .left_join_on::<Less>(Total::rows.of(Less).lt(Total::rows))
            .order_by(Post::id.asc())
            .select((Post::title, Total::row(), Total::row().of(Less).optional()));
        let total = |post_id, rows| Total { post_id, rows };
        let expected = [("One".to_owned(), total(1, 2), Some(total(2, 1))), ("Two".to_owned(), total(2, 1), None)];
        assert_eq!(db.repo.all(pairs).await.unwrap(), expected);
    }

    async fn a_query_that_reads_itself(db: Db) {
        db.execute(
            "INSERT INTO categories (id, name, parent_id) VALUES
               (1, 'root', NULL), (2, 'left', 1), (3, 'right', 1), (4, 'leaf', 2), (5, 'other', NULL);",
        )
        .await;
        let roots = Category::query()
            .filter(Category::parent_id.is_null().and(Category::name.eq("root")))
            .select_into::<Branch, _, _>((Category::id, Category::name, value(0)));
        let further = Category::query()
            .join_on::<Branch>(Category::parent_id.eq(Branch::id))
            .select_into::<Branch, _, _>((Category::id, Category::name, Branch::depth.plus(1)));
        let tree = || Cte::recursive(roots.clone(), further.clone());
        let rows = db.repo.all(tree().query().order_by(Branch::id.asc())).await.unwrap();
        let rows: Vec<_> = rows.iter().map(|branch| (branch.name.as_str(), branch.depth)).collect();
        assert_eq!(rows, [("root", 0), ("left", 1), ("right", 1), ("leaf", 2)]);
        let leaves = Category::query().with(tree()).join_on::<Branch>(Branch::id.eq(Category::id)).filter(Branch::depth.gt(1));
        let names: Vec<_> = db.repo.all(leaves).await.unwrap().into_iter().map(|category| category.name).collect();
        assert_eq!(names, ["leaf"]);
        let all = Cte::recursive_all(roots.clone(), further.clone()).query();
        assert_eq!(db.repo.count(all).await.unwrap(), 4);
    }

    async fn a_query_that_is_not_given_is_named(db: Db) {
        let rows = db.repo.all(Post::query().join_on::<Total>(Total::post_id.eq(Post::id))).await;
        let Err(DbError::Configuration(message)) = rows else { panic!("it was not noticed") };
        assert!(message.contains("`totals`") && message.contains(".with(Cte::of(…))"), "{message}");
    }
}
