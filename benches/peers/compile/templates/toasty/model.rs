use toasty::{Db, Deferred};

use super::item@NEXT@::Item@NEXT@;
use super::item@PREVIOUS@::Item@PREVIOUS@;    // all but the first

pub const REVISION: u32 = @REVISION@;

#[derive(Debug, toasty::Model)]
pub struct Item@I@ {
    #[key]
    #[auto]
    pub id: i64,
    pub name: String,
    pub notes: Option<String>,
    pub rank: i32,
    pub active: bool,
    #[index]
    pub owner_id: i64,
    #[belongs_to]
    pub owner: Deferred<Item@NEXT@>,
    #[has_many(pair = owner)]    // all but the first
    pub parts: Deferred<Vec<Item@PREVIOUS@>>,    // all but the first
}

pub async fn load(db: &mut Db, id: i64) -> toasty::Result<Item@I@> {
    let query = Item@I@::filter_by_id(id);
    let query = query.include(Item@I@::fields().parts());    // all but the first
    query.get(db).await
}

pub async fn create(db: &mut Db, name: &str, owner_id: i64) -> toasty::Result<i64> {
    Ok(Item@I@::create().name(name).rank(1).active(true).owner_id(owner_id).exec(db).await?.id)
}

pub async fn rename(db: &mut Db, mut item: Item@I@, name: &str) -> toasty::Result<()> {
    item.update().name(name).exec(db).await
}

pub async fn run(db: &mut Db) -> Result<(), Box<dyn std::error::Error>> {
    let id = create(db, "one", 1).await?;
    let item = load(db, id).await?;
    println!("{REVISION} {}", item.name);
    rename(db, item, "two").await?;
    Ok(())
}
