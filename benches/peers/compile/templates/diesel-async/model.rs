use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::item@NEXT@::{Item@NEXT@, item@NEXT@s};
use super::item@PREVIOUS@::Item@PREVIOUS@;    // all but the first

type Loaded = (Item@I@, ());    // the first
type Loaded = (Item@I@, Vec<Item@PREVIOUS@>);    // all but the first

pub const REVISION: u32 = @REVISION@;

diesel::table! {
    item@I@s (id) {
        id -> BigInt,
        name -> Text,
        notes -> Nullable<Text>,
        rank -> Integer,
        active -> Bool,
        owner_id -> BigInt,
    }
}
diesel::joinable!(item@I@s -> item@NEXT@s (owner_id));
diesel::allow_tables_to_appear_in_same_query!(item@I@s, item@NEXT@s);

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = item@I@s, belongs_to(Item@NEXT@, foreign_key = owner_id), check_for_backend(diesel::pg::Pg))]
pub struct Item@I@ {
    pub id: i64,
    pub name: String,
    pub notes: Option<String>,
    pub rank: i32,
    pub active: bool,
    pub owner_id: i64,
}

#[derive(Insertable)]
#[diesel(table_name = item@I@s)]
struct NewItem@I@<'a> {
    name: &'a str,
    rank: i32,
    active: bool,
    owner_id: i64,
}

pub async fn load(db: &mut AsyncPgConnection, id: i64) -> QueryResult<Loaded> {
    let item = item@I@s::table.find(id).select(Item@I@::as_select()).first(db).await?;
    let parts = ();    // the first
    let parts = Item@PREVIOUS@::belonging_to(&item).select(Item@PREVIOUS@::as_select()).load(db).await?;    // all but the first
    Ok((item, parts))
}

pub async fn create(db: &mut AsyncPgConnection, name: &str, owner_id: i64) -> QueryResult<i64> {
    diesel::insert_into(item@I@s::table)
        .values(NewItem@I@ { name, rank: 1, active: true, owner_id })
        .returning(item@I@s::id)
        .get_result(db)
        .await
}

pub async fn rename(db: &mut AsyncPgConnection, item: Loaded, name: &str) -> QueryResult<()> {
    diesel::update(&item.0).set(item@I@s::name.eq(name)).execute(db).await?;
    Ok(())
}

pub async fn run(db: &mut AsyncPgConnection) -> Result<(), Box<dyn std::error::Error>> {
    let id = create(db, "one", 1).await?;
    let item = load(db, id).await?;
    println!("{REVISION} {}", item.0.name);
    rename(db, item, "two").await?;
    Ok(())
}
