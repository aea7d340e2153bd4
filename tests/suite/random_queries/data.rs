//! Random rows, as plain data and in the database.

use proptest::{prelude::*, sample::Index};
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::Db;

/// A table that the queries read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    User,
    Profile,
    Post,
    Comment,
    Tag,
    Category,
}

pub const KINDS: [Kind; 6] = [Kind::Post, Kind::User, Kind::Comment, Kind::Tag, Kind::Category, Kind::Profile];

/// A row: its numbers, of which the first is its key, its texts, and for comments a rating.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub nums: Vec<Option<i64>>,
    pub texts: Vec<Option<String>>,
    pub rating: Option<i16>,
}

impl Row {
    pub fn id(&self) -> i64 {
        self.nums[0].expect("the first number is the key")
    }
}

/// All rows, and which posts have which tags.
#[derive(Clone, Debug, Default)]
pub struct World {
    rows: [Vec<Row>; 6],
    pub tagged: Vec<(i64, i64)>,
}

type Pick = Option<Index>;
type Raw = (Vec<(String, Option<String>, Pick)>, Vec<(String, Option<String>, Pick, Pick)>, Vec<RawComment>);
type RawComment = (String, Option<i16>, Index, Pick);
type RawRest = (Vec<String>, Vec<(Index, Index)>, Vec<(String, Pick)>);

/// Texts that patterns, quotes and encodings could stumble over. Letters are those of ASCII, whose case both databases know.
pub fn text() -> impl Strategy<Value = String> {
    const SIGNS: [&str; 19] =
        ["a", "b", "A", "B", "%", "_", "\\", "'", "\"", "?", "*", "[", "]", "^", "-", "$1", " ", "日", "🦀"];
    prop::collection::vec(prop::sample::select(&SIGNS[..]), 0..4).prop_map(|signs| signs.concat())
}

pub fn world() -> impl Strategy<Value = World> {
    let pick = || proptest::option::weighted(0.7, any::<Index>());
    let maybe = || proptest::option::of(text());
    let users = prop::collection::vec((text(), maybe(), pick()), 0..4);
    let posts = prop::collection::vec((text(), maybe(), pick(), pick()), 0..5);
    let rating = proptest::option::of(1_i16..=5);
    let comments = prop::collection::vec((text(), rating, any::<Index>(), pick()), 0..7);
    let tags = prop::collection::vec(text(), 0..4);
    let tagged = prop::collection::vec((any::<Index>(), any::<Index>()), 0..6);
    let categories = prop::collection::vec((text(), pick()), 0..6);
    ((users, posts, comments), (tags, tagged, categories)).prop_map(|(raw, rest)| World::of(raw, rest))
}

fn refer(pick: Pick, rows: usize) -> Option<i64> {
    pick.filter(|_| rows > 0).map(|pick| pick.index(rows) as i64 + 1)
}

fn row(at: usize, nums: impl IntoIterator<Item = Option<i64>>, texts: impl IntoIterator<Item = Option<String>>) -> Row {
    let nums = std::iter::once(Some(at as i64 + 1)).chain(nums).collect();
    Row { nums, texts: texts.into_iter().collect(), rating: None }
}

impl World {
    pub fn rows(&self, kind: Kind) -> &[Row] {
        &self.rows[kind as usize]
    }

    fn of((users, posts, comments): Raw, (tags, tagged, categories): RawRest) -> Self {
        let (user_count, post_count) = (users.len(), posts.len());
        let mut world = Self::default();
        for (at, (name, email, profile)) in users.into_iter().enumerate() {
            // E-mail addresses are unique.
            let email = email.map(|email| format!("{email}{at}"));
            if profile.is_some() {
                let place = world.rows[Kind::Profile as usize].len();
                let profile = row(place, [Some(at as i64 + 1)], [Some(name.to_lowercase())]);
                world.rows[Kind::Profile as usize].push(profile);
            }
            world.rows[Kind::User as usize].push(row(at, [], [Some(name), email]));
        }
        for (at, (title, body, author, editor)) in posts.into_iter().enumerate() {
            let users = [refer(author, user_count), refer(editor, user_count)];
            world.rows[Kind::Post as usize].push(row(at, users, [Some(title), body]));
        }
        let comments = comments.into_iter().filter(|_| post_count > 0);
        for (at, (body, rating, post, author)) in comments.enumerate() {
            let nums = [refer(Some(post), post_count), refer(author, user_count)];
            world.rows[Kind::Comment as usize].push(Row { rating, ..row(at, nums, [Some(body)]) });
        }
        let tag_count = tags.len();
        for (at, name) in tags.into_iter().enumerate() {
            world.rows[Kind::Tag as usize].push(row(at, [], [Some(format!("{name}{at}"))]));
        }
        for (post, tag) in tagged.into_iter().filter(|_| post_count > 0 && tag_count > 0) {
            let pair = (post.index(post_count) as i64 + 1, tag.index(tag_count) as i64 + 1);
            if !world.tagged.contains(&pair) {
                world.tagged.push(pair);
            }
        }
        let category_count = categories.len();
        for (at, (name, parent)) in categories.into_iter().enumerate() {
            world.rows[Kind::Category as usize].push(row(at, [refer(parent, category_count)], [Some(name)]));
        }
        world
    }

    /// The SQL that makes the database hold these rows and no others.
    fn sql(&self) -> String {
        const TABLES: [(Kind, &str, &str); 6] = [
            (Kind::User, "users", "id, name, email"),
            (Kind::Profile, "profiles", "id, user_id, bio"),
            (Kind::Post, "posts", "id, author_id, editor_id, title, body"),
            (Kind::Comment, "comments", "id, post_id, author_id, body, rating"),
            (Kind::Tag, "tags", "id, name"),
            (Kind::Category, "categories", "id, parent_id, name"),
        ];
        let mut sql = "DELETE FROM posts_tags; DELETE FROM comments; DELETE FROM posts; DELETE FROM profiles; \
                       DELETE FROM users; DELETE FROM tags; DELETE FROM categories;"
            .to_owned();
        for (kind, table, columns) in TABLES {
            let rows: Vec<String> = self.rows(kind).iter().map(|row| literals(row, kind)).collect();
            if !rows.is_empty() {
                sql += &format!("INSERT INTO {table} ({columns}) VALUES {};", rows.join(", "));
            }
        }
        for (post, tag) in &self.tagged {
            sql += &format!("INSERT INTO posts_tags (post_id, tag_id) VALUES ({post}, {tag});");
        }
        sql
    }
}

fn literals(row: &Row, kind: Kind) -> String {
    let null = || "NULL".to_owned();
    let nums = row.nums.iter().map(|num| num.map_or_else(null, |num| num.to_string()));
    let quoted = |text: &String| format!("'{}'", text.replace('\'', "''"));
    let texts = row.texts.iter().map(|text| text.as_ref().map_or_else(null, quoted));
    let rating = (kind == Kind::Comment).then(|| row.rating.map_or_else(null, |rating| rating.to_string()));
    format!("({})", nums.chain(texts).chain(rating).collect::<Vec<_>>().join(", "))
}

/// A database whose rows are replaced again and again.
pub struct Bench {
    pub db: Db,
    direct: Option<PgPool>,
}

impl Bench {
    pub async fn of(db: Db) -> Self {
        let direct = if db.is_postgres() { Some(db.direct().await) } else { None };
        Self { db, direct }
    }

    pub async fn fill(&self, world: &World) {
        let sql = AssertSqlSafe(world.sql());
        match (&self.direct, self.db.repo.sqlite()) {
            (Some(pool), _) => drop(sqlx::raw_sql(sql).execute(pool).await.unwrap()),
            (None, Some(pool)) => drop(sqlx::raw_sql(sql).execute(pool).await.unwrap()),
            (None, None) => unreachable!("one of the two databases"),
        }
        self.db.forget();
    }
}
