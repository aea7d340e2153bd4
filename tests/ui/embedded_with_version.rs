use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
#[schema(embedded)]
pub struct Link {
    #[schema(version)]
    pub lock: i32,
}

fn main() {}
