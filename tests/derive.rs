//! What the derives write down, as data.

#![allow(missing_docs)]

use assoc::{
    Column, ColumnType, Enum, Params, Type,
    prelude::*,
    schema::Entity,
    schema::{Association, DatabaseDefault, Field, JoinTable, KeyPair, Kind, Meta, OnReplace, Relation, Table},
};
use serde_json::json;
use sqlx::types::{
    Uuid,
    chrono::{DateTime, Utc},
};

#[derive(Debug, Clone, Schema)]
#[schema(table = "people", prefix = "crm")]
pub struct User {
    pub id: i64,
    #[schema(column = "full_name", default = "Nobody")]
    pub name: String,
    pub manager_id: Option<i64>,
    #[belongs_to]
    pub manager: BelongsTo<User>,
    #[has_many(foreign_key = manager_id, on_replace = nilify)]
    pub reports: HasMany<User>,
    #[many_to_many(join_through = "friendships", owner_key = user_id, related_key = friend_id)]
    pub friends: ManyToMany<User>,
    #[has_many(foreign_key = author_id)]
    pub posts: HasMany<Post>,
    #[has_many(foreign_key = editor_id)]
    pub edited: HasMany<Post>,
    #[has_many(through(posts, comments, Comment::author))]
    pub audience: HasMany<User>,
}

#[derive(Debug, Clone, Schema)]
pub struct Post {
    pub id: i64,
    pub r#type: State,
    #[schema(virtual)]
    pub note: Option<String>,
    pub author_id: i64,
    pub editor_id: Option<i64>,
    #[belongs_to]
    pub author: BelongsTo<User>,
    #[belongs_to(on_replace = update)]
    pub editor: BelongsTo<User>,
    #[has_many(on_replace = delete_if_exists)]
    pub comments: HasMany<Comment>,
    #[has_many(through(comments, author))]
    pub commenters: HasMany<User>,
    #[many_to_many(join_through = PostTag, on_replace = delete)]
    pub tags: ManyToMany<Tag>,
    #[timestamps(updated_at = modified_at)]
    pub inserted_at: DateTime<Utc>,
    pub modified_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Schema)]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
    pub user_id: Option<i64>,
    #[belongs_to(foreign_key = user_id, references = id)]
    pub author: BelongsTo<User>,
}

#[derive(Debug, Clone, Schema)]
pub struct Tag {
    pub id: Uuid,
    #[schema(database_default = "'rust'")]
    pub name: String,
    #[schema(default)]
    pub uses: i32,
}

#[derive(Debug, Clone, Schema)]
#[schema(table = "posts_tags")]
pub struct PostTag {
    #[schema(primary_key)]
    pub post_id: i64,
    #[schema(primary_key, column = "tag")]
    pub tag_id: Uuid,
    #[belongs_to]
    pub tag: BelongsTo<Tag>,
}

#[derive(Debug, Clone, Schema)]
pub struct Delivery {
    #[schema(primary_key)]
    pub tenant_id: i64,
    #[schema(primary_key, database_default)]
    pub number: i64,
    #[has_many(foreign_key(tenant_id, delivery_number))]
    pub parcels: HasMany<Parcel>,
    #[has_one(foreign_key(code, delivery_number), references(number, tenant_id), on_replace = update)]
    pub receipt: HasOne<Parcel>,
}

#[derive(Debug, Clone, Schema)]
pub struct Parcel {
    #[schema(primary_key, autogenerate = first_code)]
    code: i64,
    tenant_id: i64,
    delivery_number: i64,
    #[belongs_to(foreign_key(tenant_id, delivery_number))]
    delivery: BelongsTo<Delivery>,
}

fn first_code() -> i64 {
    41
}

#[derive(Debug, Clone, Copy, PartialEq, Enum)]
#[schema(database_type = "state")]
pub enum State {
    Draft,
    InReview,
    #[schema(name = "live")]
    Published,
}

fn association(meta: &'static Meta, name: &str) -> &'static Association {
    meta.associations.iter().find(|association| association.name == name).expect("an association of that name")
}

fn field(meta: &'static Meta, name: &str) -> &'static Field {
    meta.fields.iter().find(|field| field.name == name).expect("a field of that name")
}

fn names(fields: &[Field]) -> Vec<&str> {
    fields.iter().map(|field| field.name).collect()
}

fn pair(owner: usize, related: usize) -> KeyPair {
    KeyPair { owner, related }
}

#[test]
fn tables_and_columns() {
    assert_eq!(User::META.table, Table { schema: Some("crm"), name: "people" });
    assert_eq!(Post::META.table, Table { schema: None, name: "posts" });
    assert_eq!(Delivery::META.table.name, "deliveries");
    assert_eq!(field(User::META, "name").column, "full_name");
    assert_eq!((User::META.name, User::name.name()), ("User", "name"));
    assert!(field(User::META, "manager_id").nullable);
}

#[test]
fn a_raw_identifier_is_a_plain_name() {
    assert_eq!(field(Post::META, "type").column, "type");
    assert_eq!(field(Post::META, "type").ty, Type::Enum("state"));
    let _: Column<Post, State> = Post::r#type;
}

#[test]
fn virtual_fields_come_after_the_columns() {
    let columns = ["id", "type", "author_id", "editor_id", "inserted_at", "modified_at"];
    assert_eq!(names(Post::META.column_fields()), columns);
    assert_eq!(names(&Post::META.fields[Post::META.columns..]), ["note"]);
    assert_eq!(Post::note.index(), 6);
}

#[test]
fn keys_may_be_composite() {
    assert_eq!(User::META.primary_key, [0]);
    assert_eq!(Delivery::META.primary_key, [0, 1]);
    let _: <Delivery as Schema>::Key = (1_i64, 2_i64);
    let Relation::Child(parcels) = association(Delivery::META, "parcels").relation else { panic!("a child") };
    assert_eq!(parcels, [pair(0, 1), pair(1, 2)]);
    let Relation::Child(receipt) = association(Delivery::META, "receipt").relation else { panic!("a child") };
    assert_eq!(receipt, [pair(1, 0), pair(0, 2)]);
    let Relation::Parent(delivery) = association(Parcel::META, "delivery").relation else { panic!("a parent") };
    assert_eq!(delivery, [pair(1, 0), pair(2, 1)]);
}

#[test]
fn schemas_refer_to_themselves_and_twice_to_another() {
    let Relation::Parent(manager) = association(User::META, "manager").relation else { panic!("a parent") };
    assert_eq!(manager, [pair(2, 0)]);
    let reports = association(User::META, "reports");
    assert_eq!(
        (reports.kind, reports.on_replace, (reports.related)().name),
        (Kind::HasMany, OnReplace::Nilify, "User")
    );
    for (name, key) in [("posts", Post::author_id.index()), ("edited", Post::editor_id.index())] {
        let Relation::Child(pairs) = association(User::META, name).relation else { panic!("a child") };
        assert_eq!(pairs, [pair(0, key)]);
    }
    let editor = association(Post::META, "editor");
    assert_eq!((editor.kind, editor.on_replace, editor.owner), (Kind::BelongsTo, OnReplace::Update, "Post"));
    assert_eq!(association(Post::META, "author").on_replace, OnReplace::Raise);
}

#[test]
fn join_tables_by_name_and_by_schema() {
    let Relation::Join(friends) = association(User::META, "friends").relation else { panic!("a join") };
    assert!(matches!(friends.table, JoinTable::Table(Table { schema: None, name: "friendships" })));
    assert_eq!((friends.owner[0].column, friends.related[0].column), ("user_id", "friend_id"));
    let Relation::Join(tags) = association(Post::META, "tags").relation else { panic!("a join") };
    assert!(matches!(tags.table, JoinTable::Schema(_)));
    assert_eq!(tags.table().name, "posts_tags");
    assert_eq!((tags.owner[0].column, tags.related[0].column), ("post_id", "tag"));
    assert_eq!((tags.owner[0].field, tags.related[0].field), (0, 0));
}

#[test]
fn through_paths_are_their_steps() {
    let Relation::Through(steps) = association(Post::META, "commenters").relation else { panic!("a path") };
    assert_eq!(steps.iter().map(|step| step.name).collect::<Vec<_>>(), ["comments", "author"]);
    let Relation::Through(steps) = association(User::META, "audience").relation else { panic!("a path") };
    assert_eq!(steps.iter().map(|step| step.owner).collect::<Vec<_>>(), ["User", "Post", "Comment"]);
}

#[test]
fn defaults_and_generated_values() {
    let made = |make: Option<fn() -> assoc::Value>| make.map(|make| make());
    assert_eq!(made(field(User::META, "name").default), Some("Nobody".to_owned().into_value()));
    assert_eq!(made(field(Tag::META, "uses").default), Some(0_i32.into_value()));
    assert_eq!(made(field(Parcel::META, "code").autogenerate), Some(41_i64.into_value()));
    assert!(field(Tag::META, "id").autogenerate.is_some(), "a UUID is made by the client");
    assert!(field(PostTag::META, "tag_id").autogenerate.is_none(), "a foreign key is not");
    assert_eq!(field(Tag::META, "name").database_default, DatabaseDefault::Expression("'rust'"));
    assert_eq!(field(Delivery::META, "number").database_default, DatabaseDefault::Some);
    assert_eq!(field(Delivery::META, "tenant_id").database_default, DatabaseDefault::Unknown);
}

#[test]
fn timestamps_by_their_names() {
    let times = |name| {
        let field = field(Post::META, name);
        (field.on_insert.is_some(), field.on_update.is_some())
    };
    assert_eq!(times("inserted_at"), (true, false));
    assert_eq!(times("modified_at"), (true, true));
    assert_eq!(times("id"), (false, false));
}

#[test]
fn an_enum_is_stored_as_text() {
    for (state, text) in [(State::Draft, "draft"), (State::InReview, "in_review"), (State::Published, "live")] {
        assert_eq!(state.into_value(), text.to_owned().into_value());
        assert_eq!(State::from_value(state.into_value()), Ok(state));
        assert_eq!(State::cast(&Params::from(json!(text))), Ok(state));
    }
    assert!(State::cast(&Params::from(json!("Published"))).is_err());
    let unknown = State::from_value("gone".to_owned().into_value()).map_err(|error| error.to_string());
    assert_eq!(unknown, Err("no `State` is stored as `gone`".to_owned()));
}

#[test]
fn a_struct_survives_its_record() -> Result<(), assoc::TypeError> {
    let parcel = Parcel { code: 1, tenant_id: 2, delivery_number: 3, delivery: BelongsTo::default() };
    assert_eq!(parcel.value(2), Some(3_i64.into_value()));
    assert_eq!(parcel.value(3), None);
    let mut again = Parcel::from_record(parcel.into_record())?;
    assert_eq!((again.code, again.tenant_id, again.delivery_number), (1, 2, 3));
    assert!(again.delivery.is_not_loaded());
    assert!(again.slot(0).is_some() && again.slot(1).is_none());
    Ok(())
}
