use assoc::prelude::*;

use super::item@NEXT@::Item@NEXT@;
use super::item@PREVIOUS@::Item@PREVIOUS@;    // all but the first

pub const REVISION: u32 = @REVISION@;

#[derive(Debug, Clone, Schema)]
pub struct Item@I@ {
    pub id: i64,
    pub name: String,
    pub notes: Option<String>,
    pub rank: i32,
    pub active: bool,
    pub owner_id: i64,
    #[belongs_to]
    pub owner: BelongsTo<Item@NEXT@>,
    #[has_many(foreign_key = owner_id)]    // all but the first
    pub parts: HasMany<Item@PREVIOUS@>,    // all but the first
}

pub async fn load(repo: &Repo, id: i64) -> Result<Item@I@, assoc::DbError> {
    let item: Item@I@ = repo.fetch(id).await?;    // the first
    let mut item: Item@I@ = repo.fetch(id).await?;    // all but the first
    repo.preload(&mut item, Item@I@::parts).await?;    // all but the first
    Ok(item)
}

pub async fn create(repo: &Repo, name: &str, owner_id: i64) -> Result<i64, Box<dyn std::error::Error>> {
    let item = Item@I@::build()
        .set(Item@I@::name, name)
        .set(Item@I@::rank, 1)
        .set(Item@I@::active, true)
        .set(Item@I@::owner_id, owner_id);
    Ok(repo.insert(item).await?.id)
}

pub async fn rename(repo: &Repo, item: Item@I@, name: &str) -> Result<(), Box<dyn std::error::Error>> {
    repo.update(item.change().set(Item@I@::name, name)).await?;
    Ok(())
}

pub async fn run(repo: &Repo) -> Result<(), Box<dyn std::error::Error>> {
    let id = create(repo, "one", 1).await?;
    let item = load(repo, id).await?;
    println!("{REVISION} {}", item.name);
    rename(repo, item, "two").await?;
    Ok(())
}
