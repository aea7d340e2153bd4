use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Page {
    pub id: i64,
    #[schema(version)]
    pub version: String,
}

fn main() {}
