use assoc::prelude::*;

#[derive(Debug, Clone, PartialEq)]
pub struct Money(i64);

#[derive(Debug, Clone, Schema)]
pub struct Order {
    pub id: i64,
    pub total: Option<Money>,
}

fn main() {}
