use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct Post<T> {
    pub id: i64,
    pub body: T,
}

fn main() {}
