//! The blog that most tests write to. Schemas that only one topic needs stand with their tests.

use assoc::{Constraint, prelude::*};
use chrono::{DateTime, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub email: Option<String>,
    #[has_one(on_replace = delete)]
    pub profile: HasOne<Profile>,
    #[has_many(foreign_key = author_id)]
    pub posts: HasMany<Post>,
    #[many_to_many(join_through = Membership, on_replace = delete)]
    pub teams: ManyToMany<Team>,
    #[has_many(on_replace = delete)]
    pub memberships: HasMany<Membership>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Profile {
    pub id: i64,
    pub bio: String,
    pub user_id: Option<i64>,
    #[belongs_to]
    pub user: BelongsTo<User>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Post {
    pub id: i64,
    pub title: String,
    pub slug: Option<String>,
    pub body: Option<String>,
    pub author_id: Option<i64>,
    pub editor_id: Option<i64>,
    #[belongs_to(on_replace = nilify)]
    pub author: BelongsTo<User>,
    #[belongs_to(on_replace = nilify)]
    pub editor: BelongsTo<User>,
    #[has_many(on_replace = delete)]
    pub comments: HasMany<Comment>,
    #[many_to_many(join_through = "posts_tags", on_replace = delete)]
    pub tags: ManyToMany<Tag>,
    #[has_many(through(comments, author))]
    pub commenters: HasMany<User>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Comment {
    pub id: i64,
    pub body: String,
    pub slug: Option<String>,
    pub rating: Option<i16>,
    pub post_id: i64,
    pub author_id: Option<i64>,
    #[belongs_to]
    pub post: BelongsTo<Post>,
    #[belongs_to(on_replace = nilify)]
    pub author: BelongsTo<User>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Tag {
    pub id: i64,
    pub name: String,
    #[many_to_many(join_through = "posts_tags", on_replace = delete)]
    pub posts: ManyToMany<Post>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Team {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Membership {
    pub id: Uuid,
    #[schema(default = "member")]
    pub role: String,
    pub user_id: i64,
    pub team_id: i64,
    #[timestamps]
    pub inserted_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
pub struct Category {
    pub id: i64,
    pub name: String,
    pub parent_id: Option<i64>,
    #[belongs_to]
    pub parent: BelongsTo<Category>,
    #[has_many(foreign_key = parent_id, on_replace = nilify)]
    pub children: HasMany<Category>,
}

impl User {
    pub fn changeset(user: Changeset<User>, params: &Params) -> Changeset<User> {
        user.cast(params, (User::name, User::email))
            .validate_required(User::name)
            .unique_constraint(User::email)
            .cast_assoc(User::profile, Profile::changeset)
    }
}

impl Profile {
    pub fn changeset(profile: Changeset<Profile>, params: &Params) -> Changeset<Profile> {
        profile.cast(params, Profile::bio).validate_required(Profile::bio)
    }
}

impl Post {
    pub fn changeset(post: Changeset<Post>, params: &Params) -> Changeset<Post> {
        post.cast(params, (Post::title, Post::slug, Post::body, Post::author_id))
            .validate_required(Post::title)
            .unique_constraint(Post::slug)
            .foreign_key_constraint(Post::author_id)
            .cast_assoc(Post::author, User::changeset)
            .cast_assoc(Post::editor, User::changeset)
            .cast_assoc(Post::comments, Comment::changeset)
            .cast_assoc(Post::tags, Tag::changeset)
    }
}

impl Post {
    /// The title and the comments, nothing else.
    pub fn changeset_of_comments(post: Changeset<Post>, params: &Params) -> Changeset<Post> {
        post.cast(params, Post::title).cast_assoc(Post::comments, Comment::changeset)
    }
}

impl Comment {
    pub fn changeset(comment: Changeset<Comment>, params: &Params) -> Changeset<Comment> {
        comment
            .cast(params, (Comment::body, Comment::slug, Comment::rating, Comment::author_id))
            .validate_required(Comment::body)
            .unique_constraint(Comment::slug)
            .constraint(Constraint::check("comments_rating_range").on(Comment::rating).message("must be 1 to 5"))
            .foreign_key_constraint(Comment::post_id)
            .foreign_key_constraint(Comment::author_id)
            .cast_assoc(Comment::author, User::changeset)
    }
}

impl Tag {
    pub fn changeset(tag: Changeset<Tag>, params: &Params) -> Changeset<Tag> {
        tag.cast(params, Tag::name).validate_required(Tag::name).unique_constraint(Tag::name)
    }
}

impl Category {
    pub fn changeset(category: Changeset<Category>, params: &Params) -> Changeset<Category> {
        category
            .cast(params, Category::name)
            .validate_required(Category::name)
            .cast_assoc(Category::children, Category::changeset)
    }
}
