use assoc::{ColumnType as _, Enum};

#[derive(Debug, Clone, Enum)]
pub enum State {
    Draft,
    #[schema(name = "draft")]
    Published,
}

fn main() {
    let _ = State::Draft.into_value();
}
