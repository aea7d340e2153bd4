use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Link {
    #[schema(database_default)]
    pub url: String,
}

fn main() {}
