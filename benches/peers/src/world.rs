//! The database of one measurement, and a connection to look at it from outside.

use std::path::PathBuf;

use assoc_test::Database;
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection, Row};

use crate::{
    contender::Result,
    contenders::{insert, read_comment, read_post},
    data::{Comment, Post, users},
    proxy::Proxy,
};

/// How far the server is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// The server's own socket.
    Loopback,
    /// Through the proxy: one millisecond more for each round trip.
    Delayed,
}

impl Link {
    pub const BOTH: [Self; 2] = [Self::Loopback, Self::Delayed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Delayed => "RTT 1 ms",
        }
    }
}

pub struct World {
    database: Database,
    outside: PgConnection,
    seeded: usize,
}

impl World {
    /// A database with users, and with these posts.
    pub async fn with(mut posts: Vec<Post>) -> Result<Self> {
        let database = Database::from_sql(include_str!("schema.sql")).await?;
        let mut outside = PgConnection::connect(database.url()).await?;
        let names: Vec<String> = users().into_iter().map(|user| user.name).collect();
        sqlx::query("INSERT INTO users (name) SELECT unnest($1::text[])").bind(&names).execute(&mut outside).await?;
        insert(&mut outside, &mut posts).await?;
        sqlx::raw_sql("VACUUM ANALYZE users, posts, comments").execute(&mut outside).await?;
        Ok(Self { database, outside, seeded: posts.len() })
    }

    /// How many posts there were in the beginning; their keys are 1, 2, and so on.
    pub fn seeded(&self) -> usize {
        self.seeded
    }

    /// Where contenders connect to.
    pub fn address(&self, link: Link, proxy: &Proxy) -> Result<Address> {
        let url = self.database.url();
        let folder = match link {
            Link::Loopback => socket_folder(url)?,
            Link::Delayed => proxy.folder().to_owned(),
        };
        let name = url.rsplit('/').next().and_then(|rest| rest.split('?').next()).unwrap_or_default().to_owned();
        Ok(Address { folder, name })
    }

    /// Inserts one more post.
    pub async fn add(&mut self, post: Post) -> Result<Post> {
        let mut posts = [post];
        insert(&mut self.outside, &mut posts).await?;
        let [post] = posts;
        Ok(post)
    }

    /// Posts as they are now, with their comments.
    pub async fn posts(&mut self, ids: &[i64]) -> Result<Vec<Post>> {
        let query = sqlx::query("SELECT id, title FROM posts WHERE id = ANY($1) ORDER BY id").bind(ids);
        let rows = query.fetch_all(&mut self.outside).await?;
        let mut posts = rows.iter().map(read_post).collect::<sqlx::Result<Vec<Post>>>()?;
        let query = sqlx::query(
            "SELECT id, post_id, author_id, position, body FROM comments WHERE post_id = ANY($1) ORDER BY post_id, id",
        );
        let mut rows = query.bind(ids).fetch_all(&mut self.outside).await?.into_iter().peekable();
        for post in &mut posts {
            while let Some(row) = rows.next_if(|row| row.get::<i64, _>(1) == post.id) {
                post.comments.push(read_comment(&row)?);
            }
        }
        Ok(posts)
    }

    /// Comments as they are now.
    pub async fn comments(&mut self, ids: &[i64]) -> Result<Vec<Comment>> {
        let query =
            sqlx::query("SELECT id, post_id, author_id, position, body FROM comments WHERE id = ANY($1) ORDER BY id");
        let rows = query.bind(ids).fetch_all(&mut self.outside).await?;
        Ok(rows.iter().map(read_comment).collect::<sqlx::Result<_>>()?)
    }

    /// What the server says a setting is.
    pub async fn setting(&mut self, name: &str) -> Result<String> {
        let query = sqlx::query_scalar("SELECT current_setting($1)").bind(name);
        Ok(query.fetch_one(&mut self.outside).await?)
    }
}

/// A database, and the folder of the socket that leads to it.
pub struct Address {
    folder: PathBuf,
    name: String,
}

impl Address {
    /// With the folder in the place of the host.
    pub fn url(&self) -> String {
        let host = self.folder.to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres@{host}:5432/{}?sslmode=disable", self.name)
    }

    /// With the folder as a parameter.
    pub fn url_with_parameter(&self) -> String {
        format!("postgres://postgres@/{}?host={}&port=5432&sslmode=disable", self.name, self.folder.display())
    }
}

/// The folder of the server's socket.
pub async fn server_folder() -> Result<PathBuf> {
    socket_folder(Database::new().await?.url())
}

/// The folder that stands for the host in a URL of `assoc-test`, percent-encoded.
fn socket_folder(url: &str) -> Result<PathBuf> {
    let host = url.split_once('@').and_then(|(_, rest)| rest.split_once(":5432/")).map(|(host, _)| host);
    let folder = host.filter(|host| host.starts_with("%2F")).map(|host| host.replace("%2F", "/").replace("%2D", "-"));
    folder
        .map(PathBuf::from)
        .ok_or_else(|| "the benchmark wants a server of its own: unset ASSOC_TEST_DATABASE_URL and DATABASE_URL".into())
}
