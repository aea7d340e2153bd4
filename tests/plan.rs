//! Plans are data: printed, compared, serialised, turned into SQL. No database is needed for any of it.

use assoc::{Op, PlanError, PlannedValue, prelude::*};
use serde_json::json;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Post {
    id: i64,
    title: String,
    author_id: Option<i64>,
    #[belongs_to(on_replace = delete)]
    author: BelongsTo<User>,
    #[has_many(on_replace = delete)]
    comments: HasMany<Comment>,
    #[many_to_many(join_through = "posts_tags", on_replace = delete)]
    tags: ManyToMany<Tag>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct User {
    id: i64,
    name: String,
    #[has_one(on_replace = nilify)]
    profile: HasOne<Profile>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Profile {
    id: i64,
    bio: String,
    user_id: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Comment {
    id: i64,
    body: String,
    slug: Option<String>,
    post_id: i64,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Tag {
    id: i64,
    name: String,
}

impl Comment {
    fn changeset(comment: Changeset<Comment>, params: &Params) -> Changeset<Comment> {
        comment
            .cast(params, (Comment::body, Comment::slug))
            .validate_required(Comment::body)
            .unique_constraint(Comment::slug)
    }
}

fn comment(id: i64, body: &str) -> Comment {
    Comment { id, body: body.into(), slug: None, post_id: 7 }
}

/// The post of the seed story, as it was loaded.
fn post() -> Post {
    let comments =
        [comment(10, "Great story!"), comment(11, "What happened next?"), comment(12, "Thanks for the article")];
    Post {
        id: 7,
        title: "Associations".into(),
        author_id: None,
        author: BelongsTo::loaded(None),
        comments: HasMany::loaded(comments),
        tags: ManyToMany::loaded([]),
    }
}

fn cast(post: Post, comments: serde_json::Value) -> Changeset<Post> {
    post.change().cast(&Params::from(json!({"comments": comments})), ()).cast_assoc(Post::comments, Comment::changeset)
}

fn seed() -> Changeset<Post> {
    cast(
        post(),
        json!([
            {"id": 11, "body": "What happened next?"},
            {"id": 12, "body": "Thank you for the post"},
            {"body": "Interesting"},
        ]),
    )
}

#[test]
fn the_seed_story_prints_to_the_letter() {
    let changeset = seed();
    assert_eq!(
        changeset.plan().unwrap().to_string(),
        r#"posts 7 · unchanged
└─ comments
   - delete 10
   ~ update 12   body: "Thanks for the article" → "Thank you for the post"
   + insert      body: "Interesting"
   = keep   11
3 writes, 3 statements as one"#
    );
}

#[test]
fn a_plan_serialises_with_keys_columns_and_paths() {
    let changeset = seed();
    assert_eq!(
        serde_json::to_value(changeset.plan().unwrap()).unwrap(),
        json!({
            "statements": 3,
            "writes": [
                {"op": "delete", "table": "comments", "path": "comments[id=10]", "key": {"id": 10, "post_id": 7}, "set": {}},
                {"op": "update", "table": "comments", "path": "comments[1]", "key": {"id": 12, "post_id": 7},
                 "set": {"body": "Thank you for the post"}},
                {"op": "insert", "table": "comments", "path": "comments[2]", "key": {},
                 "set": {"body": "Interesting", "post_id": 7}},
            ],
        })
    );
}

#[test]
fn equal_plans_write_the_same() {
    let (one, other) = (seed(), seed());
    assert_eq!(one.plan().unwrap(), other.plan().unwrap());
    let different = cast(post(), json!([]));
    assert_ne!(one.plan().unwrap(), different.plan().unwrap());
}

#[test]
fn an_unchanged_graph_is_no_statement() {
    let changeset = cast(
        post(),
        json!([
            {"id": 12, "body": "Thanks for the article"},
            {"id": 10},
            {"id": "11", "body": "What happened next?"},
        ]),
    );
    let plan = changeset.plan().unwrap();
    assert!(plan.is_empty());
    assert_eq!((plan.statements(), plan.to_string()), (0, "posts 7 · unchanged\n0 writes, 0 statements".to_owned()));
}

#[test]
fn new_rows_refer_to_keys_that_are_not_known_yet() {
    let changeset = Post::build()
        .set(Post::title, "New")
        .put_assoc(
            Post::author,
            User::build().set(User::name, "Ada").put_assoc(User::profile, Profile::build().set(Profile::bio, "…")),
        )
        .put_assoc(Post::comments, [Comment::build().set(Comment::body, "First")])
        .put_assoc(Post::tags, (Tag { id: 3, name: "rust".into() }, Tag::build().set(Tag::name, "new")));
    let plan = changeset.plan().unwrap();
    let writes = plan.writes();
    let order: Vec<_> = writes.iter().map(|write| (write.op, write.table, write.path.to_string())).collect();
    assert_eq!(
        order,
        [
            (Op::Insert, "users", "author".to_owned()),
            (Op::Insert, "tags", "tags[1]".to_owned()),
            (Op::Insert, "profiles", "author.profile".to_owned()),
            (Op::Insert, "posts", String::new()),
            (Op::Insert, "comments", "comments[0]".to_owned()),
            (Op::Insert, "posts_tags", "tags[0]".to_owned()),
            (Op::Insert, "posts_tags", "tags[1]".to_owned()),
        ]
    );
    let of = |path: &str| match &writes.iter().find(|write| write.path.as_str() == path).unwrap().set {
        set if path.is_empty() => set["author_id"].clone(),
        set => set.get("user_id").or(set.get("post_id")).unwrap().clone(),
    };
    assert!(matches!(of(""), PlannedValue::Of(path, "id") if path.as_str() == "author"));
    assert!(matches!(of("author.profile"), PlannedValue::Of(path, "id") if path.as_str() == "author"));
    assert!(matches!(of("comments[0]"), PlannedValue::Of(path, "id") if path.as_str().is_empty()));
    assert_eq!(plan.statements(), 6);
}

#[test]
fn a_parent_that_is_replaced_goes_after_its_owner_has_let_go() {
    let mut loaded = post();
    loaded.author_id = Some(1);
    loaded.author = BelongsTo::loaded([User { id: 1, name: "Ada".into(), profile: HasOne::default() }]);
    let changeset = loaded.change().put_assoc(Post::author, None::<User>);
    let writes = changeset.plan().unwrap().writes();
    let order: Vec<_> = writes.iter().map(|write| (write.op, write.table)).collect();
    assert_eq!(order, [(Op::Update, "posts"), (Op::Delete, "users")]);
    assert_eq!(writes[0].set["author_id"], PlannedValue::Known(assoc::Value::BigInt(None)));
}

#[test]
fn a_nilified_child_is_an_update_that_carries_its_owner() {
    let profile = Profile { id: 5, bio: "…".into(), user_id: Some(1) };
    let user = User { id: 1, name: "Ada".into(), profile: HasOne::loaded([profile]) };
    let changeset = user.change().put_assoc(User::profile, Profile::build().set(Profile::bio, "new"));
    let plan = changeset.plan().unwrap();
    assert_eq!(
        plan.to_string(),
        "users 1 · unchanged\n└─ profile\n   - detach 5   user_id: 1 → null\n   + insert     bio: \"new\"\n2 writes, 2 statements as one"
    );
    let writes = plan.writes();
    assert_eq!(
        (writes[0].op, &writes[0].set["user_id"]),
        (Op::Update, &PlannedValue::Known(assoc::Value::BigInt(None)))
    );
    assert_eq!(writes[0].key["user_id"], PlannedValue::Known(assoc::Value::BigInt(Some(1))));
}

#[test]
fn unique_values_that_swap_are_freed_first() {
    let mut loaded = post();
    let slugged = |id, slug: &str| Comment { slug: Some(slug.into()), ..comment(id, "same") };
    loaded.comments = HasMany::loaded([slugged(10, "a"), slugged(11, "b"), slugged(12, "c")]);
    let changeset = cast(loaded, json!([{"id": 10, "slug": "b"}, {"id": 11, "slug": "a"}, {"id": 12, "slug": "d"}]));
    let plan = changeset.plan().unwrap();
    let slugs: Vec<_> = plan.writes().iter().map(|write| (write.path.to_string(), write.set["slug"].clone())).collect();
    let known = |slug: Option<&str>| PlannedValue::Known(assoc::Value::String(slug.map(str::to_owned)));
    assert_eq!(
        slugs,
        [
            ("comments[0]".to_owned(), known(None)),
            ("comments[1]".to_owned(), known(None)),
            ("comments[0]".to_owned(), known(Some("b"))),
            ("comments[1]".to_owned(), known(Some("a"))),
            ("comments[2]".to_owned(), known(Some("d"))),
        ]
    );
    assert_eq!(plan.statements(), 2);
}

#[test]
fn an_invalid_changeset_has_errors_instead_of_a_plan() {
    let changeset = cast(post(), json!([{"id": 12, "body": ""}, {"id": 10}, {"body": 7}, {"id": 11}]));
    let errors = match changeset.plan() {
        Err(PlanError::Invalid(errors)) => errors,
        other => panic!("expected errors, got {other:?}"),
    };
    assert_eq!(errors.to_string(), "comments[0].body can't be blank\ncomments[2].body is invalid");
    assert_eq!(
        serde_json::to_value(&errors).unwrap(),
        json!({"comments": [{"body": ["can't be blank"]}, {}, {"body": ["is invalid"]}, {}]})
    );
}

#[test]
fn a_plan_becomes_sql_without_a_connection_or_a_value() {
    let changeset = seed();
    let plan = changeset.plan().unwrap();
    let postgres = plan.to_sql(&assoc::PostgresDialect);
    let update = "b1 AS (UPDATE \"comments\" AS t SET \"body\" = u.c2 \
                  FROM unnest((SELECT $3::bigint[]), $5::text[]) AS u(c0, c2) \
                  WHERE t.\"id\" = u.c0 AND t.\"post_id\" IS NOT DISTINCT FROM $4 RETURNING 1)";
    assert!(postgres[0].contains(update), "{postgres:?}");
    let sqlite = plan.to_sql(&assoc::SqliteDialect);
    assert_eq!((postgres.len(), sqlite.len()), (1, 3));
    for text in postgres.iter().chain(&sqlite) {
        assert!(!text.contains("Interesting") && !text.contains("Thank you"), "{text}");
    }
}
