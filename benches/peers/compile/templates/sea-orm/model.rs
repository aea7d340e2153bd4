use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, EntityLoaderTrait, IntoActiveModel, Set};

pub const REVISION: u32 = @REVISION@;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "item@I@s")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub notes: Option<String>,
    pub rank: i32,
    pub active: bool,
    pub owner_id: i64,
    #[sea_orm(belongs_to, from = "owner_id", to = "id")]
    pub owner: BelongsTo<super::item@NEXT@::Entity>,
    #[sea_orm(has_many)]    // all but the first
    pub parts: HasMany<super::item@PREVIOUS@::Entity>,    // all but the first
}

impl ActiveModelBehavior for ActiveModel {}

pub async fn load(db: &DatabaseConnection, id: i64) -> Result<ModelEx, DbErr> {
    let load = Entity::load().filter_by_id(id);
    let load = load.with(super::item@PREVIOUS@::Entity);    // all but the first
    load.one(db).await?.ok_or(DbErr::RecordNotFound(String::new()))
}

pub async fn create(db: &DatabaseConnection, name: &str, owner_id: i64) -> Result<i64, DbErr> {
    let item = ActiveModel::builder().set_name(name).set_rank(1).set_active(true).set_owner_id(owner_id);
    Ok(item.insert(db).await?.id)
}

pub async fn rename(db: &DatabaseConnection, item: ModelEx, name: &str) -> Result<(), DbErr> {
    let mut item = item.into_active_model();
    item.name = Set(name.to_owned());
    item.update(db).await?;
    Ok(())
}

pub async fn run(db: &DatabaseConnection) -> Result<(), Box<dyn std::error::Error>> {
    let id = create(db, "one", 1).await?;
    let item = load(db, id).await?;
    println!("{REVISION} {}", item.name);
    rename(db, item, "two").await?;
    Ok(())
}
