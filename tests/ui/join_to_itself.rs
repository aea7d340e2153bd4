use assoc::prelude::*;

#[derive(Debug, Clone, Schema)]
pub struct User {
    pub id: i64,
    #[many_to_many(join_through = "friendships")]
    pub friends: ManyToMany<User>,
}

fn main() {}
