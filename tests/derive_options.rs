#![deny(warnings, clippy::all)]
#![allow(missing_docs)]
use assoc::{ColumnType, Enum, prelude::*, schema::*};
use sqlx::types::Uuid;

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Post {
    pub id: i64,
    pub title: String,
    #[embeds_many(on_replace = delete, column = "link_list")]
    pub links: Vec<Link>,
    #[schema(virtual)]
    pub note: Option<String>,
    #[has_many(on_delete = nilify_all, on_replace = nilify, defaults(kind = Kind::Note, body = "x"), filter(kind = Kind::Note, deleted = None::<String>), order_by(desc(kind), id, asc(body)))]
    pub comments: HasMany<Comment>,
    #[embeds_one(on_replace = update)]
    pub settings: Option<Settings>,
    #[many_to_many(join_through = "posts_tags", join_defaults(role = "admin", r#type = 7), on_join_conflict = nothing, on_delete = delete_all)]
    pub tags: ManyToMany<Tag>,
    #[many_to_many(join_through = PostTag, join_defaults(rank = 3, r#type = "x"), order_by = name)]
    pub tags2: ManyToMany<Tag>,
    #[schema(version)]
    pub lock: i32,
    #[embeds_one]
    pub empty: Option<Empty>,
}
#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Comment {
    pub id: i64,
    pub kind: Kind,
    pub body: String,
    pub deleted: Option<String>,
    pub post_id: Option<i64>,
    #[belongs_to(filter(title = "x"), defaults(title = String::from("y")))]
    pub post: BelongsTo<Post>,
    #[schema(version = xmin)]
    pub rev: i64,
}
#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}
#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "posts_tags")]
pub struct PostTag {
    pub id: i64,
    pub post_id: i64,
    pub tag_id: i64,
    #[schema(column = "position")]
    pub rank: i32,
    pub r#type: Option<String>,
    #[belongs_to(filter(lock = 1))]
    pub post: BelongsTo<Post>,
}
#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
pub struct Link {
    #[schema(default = "http")]
    pub url: String,
    #[embeds_many]
    pub children: Vec<Link>,
    pub id: Uuid,
}
#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
pub struct Settings {
    #[embeds_many]
    pub links: std::vec::Vec<Link>,
}
#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
pub struct Empty {}

#[derive(Debug, Clone, Copy, PartialEq, Enum)]
pub enum Kind {
    Note,
    Reply,
}

#[test]
fn all() {
    let _: EmbedsManyRef<Post, Link> = Post::links;
    let _: EmbedsOneRef<Post, Settings> = Post::settings;
    println!("{:#?}", Post::META);
    println!("{:#?} {:#?}", Comment::META.fields.last(), Link::META);
    let link = |url: &str, children| Link { url: url.into(), children, id: Uuid::nil() };
    let post = Post {
        id: 1,
        title: "t".into(),
        links: vec![link("a", vec![link("b", vec![])])],
        note: None,
        comments: HasMany::default(),
        settings: Some(Settings { links: vec![link("c", vec![])] }),
        tags: ManyToMany::default(),
        tags2: ManyToMany::default(),
        lock: 0,
        empty: Some(Empty {}),
    };
    let again = Post::from_record(post.clone().into_record()).unwrap();
    assert_eq!(again, post);
    let fields: Vec<_> = Post::META.fields.iter().map(|f| (f.name, f.column)).collect();
    println!("{fields:?} {}", Post::META.columns);
    for a in Post::META.associations {
        println!("{:?} {:?}", a.name, a.relation);
        if let Relation::Join(j) = a.relation {
            for d in j.defaults {
                println!("{} {:?}", d.column, (d.value)());
            }
        }
        for g in a.defaults.iter().chain(a.filter) {
            println!("{} {:?}", g.field, (g.value)());
        }
    }
    println!("{:?}", Kind::cast(&assoc::Params::from(serde_json::json!("x"))));
    let _: <Empty as Schema>::Key = ();
}
