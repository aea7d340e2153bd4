//! Who takes part.

mod assoc;
mod assoc_tuned;
mod by_hand;
mod diesel;
mod diesel_upsert;
mod row_by_row;
mod sea_orm;
mod sea_orm_bulk;
mod sql;
mod three_statements;
mod toasty;

pub use sql::{insert, read_comment, read_post};

use crate::{
    contender::{Contender, Result},
    world::Address,
};

/// A contender, before it is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    ByHand,
    Assoc,
    AssocTuned,
    ThreeStatements,
    RowByRow,
    Diesel,
    DieselUpsert,
    SeaOrm,
    SeaOrmBulk,
    Toasty,
}

impl Who {
    pub const ALL: [Self; 10] = [
        Self::ByHand,
        Self::Assoc,
        Self::AssocTuned,
        Self::ThreeStatements,
        Self::RowByRow,
        Self::Diesel,
        Self::DieselUpsert,
        Self::SeaOrm,
        Self::SeaOrmBulk,
        Self::Toasty,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::ByHand => "sqlx, best by hand",
            Self::Assoc => "assoc",
            Self::AssocTuned => "assoc, tuned",
            Self::ThreeStatements => "sqlx, three statements",
            Self::RowByRow => "sqlx, row by row",
            Self::Diesel => "diesel-async",
            Self::DieselUpsert => "diesel-async, upsert",
            Self::SeaOrm => "SeaORM",
            Self::SeaOrmBulk => "SeaORM, bulk",
            Self::Toasty => "Toasty",
        }
    }

    pub async fn connect(self, address: &Address) -> Result<Box<dyn Contender>> {
        Ok(match self {
            Self::ByHand => Box::new(by_hand::ByHand::connect(address).await?),
            Self::Assoc => Box::new(assoc::Assoc::connect(address).await?),
            Self::AssocTuned => Box::new(assoc_tuned::AssocTuned::connect(address).await?),
            Self::ThreeStatements => Box::new(three_statements::ThreeStatements::connect(address).await?),
            Self::RowByRow => Box::new(row_by_row::RowByRow::connect(address).await?),
            Self::Diesel => Box::new(diesel::Diesel::connect(address).await?),
            Self::DieselUpsert => Box::new(diesel_upsert::DieselUpsert::connect(address).await?),
            Self::SeaOrm => Box::new(sea_orm::SeaOrm::connect(address).await?),
            Self::SeaOrmBulk => Box::new(sea_orm_bulk::SeaOrmBulk::connect(address).await?),
            Self::Toasty => Box::new(toasty::Toasty::connect(address).await?),
        })
    }
}
