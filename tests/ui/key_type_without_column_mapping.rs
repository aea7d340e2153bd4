use assoc::prelude::*;

pub struct Number(u64);

#[derive(Schema)]
pub struct Order {
    pub id: Number,
    pub total: i64,
}

fn main() {}
