use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
#[schema(embedded, table = "links")]
pub struct Link {
    pub url: String,
}

fn main() {}
