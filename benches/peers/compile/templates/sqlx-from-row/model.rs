use sqlx::{FromRow, PgPool};

use super::item@PREVIOUS@::Item@PREVIOUS@;    // all but the first

pub const REVISION: u32 = @REVISION@;

#[derive(Debug, Clone, FromRow)]
pub struct Item@I@ {
    pub id: i64,
    pub name: String,
    pub notes: Option<String>,
    pub rank: i32,
    pub active: bool,
    pub owner_id: i64,
    #[sqlx(skip)]    // all but the first
    pub parts: Vec<Item@PREVIOUS@>,    // all but the first
}

pub async fn load(db: &PgPool, id: i64) -> sqlx::Result<Item@I@> {
    let item: Item@I@ =    // the first
    let mut item: Item@I@ =    // all but the first
        sqlx::query_as("SELECT id, name, notes, rank, active, owner_id FROM item@I@s WHERE id = $1")
            .bind(id)
            .fetch_one(db)
            .await?;
    item.parts =    // all but the first
        sqlx::query_as("SELECT id, name, notes, rank, active, owner_id FROM item@PREVIOUS@s WHERE owner_id = $1")    // all but the first
            .bind(id)    // all but the first
            .fetch_all(db)    // all but the first
            .await?;    // all but the first
    Ok(item)
}

pub async fn create(db: &PgPool, name: &str, owner_id: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar("INSERT INTO item@I@s (name, rank, active, owner_id) VALUES ($1, $2, $3, $4) RETURNING id")
        .bind(name)
        .bind(1)
        .bind(true)
        .bind(owner_id)
        .fetch_one(db)
        .await
}

pub async fn rename(db: &PgPool, item: Item@I@, name: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE item@I@s SET name = $2 WHERE id = $1").bind(item.id).bind(name).execute(db).await?;
    Ok(())
}

pub async fn run(db: &PgPool) -> Result<(), Box<dyn std::error::Error>> {
    let id = create(db, "one", 1).await?;
    let item = load(db, id).await?;
    println!("{REVISION} {}", item.name);
    rename(db, item, "two").await?;
    Ok(())
}
