use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Link {
    #[has_many]
    pub clicks: HasMany<Click>,
    pub url: String,
}

#[derive(Debug, Clone, Schema)]
pub struct Click {
    pub id: i64,
}

fn main() {}
