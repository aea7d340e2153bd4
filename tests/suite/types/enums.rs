//! Enums: as text everywhere, as an enumeration type of PostgreSQL.

use assoc::Enum;

#[derive(Debug, Clone, Copy, PartialEq, Enum)]
enum State {
    Draft,
    InReview,
    #[schema(name = "it's \"live\"")]
    Published,
}

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Enum)]
#[schema(database_type = "Mood \"1\"")]
enum Mood {
    Sad,
    Ok,
    #[schema(name = "very, {happy}")]
    Happy,
}

column_type!(state: State, "TEXT", "TEXT", vec![State::Draft, State::InReview, State::Published], keyed);
column_type!(mood: Mood, r#""Mood ""1""""#, "TEXT", vec![Mood::Sad, Mood::Ok, Mood::Happy], keyed);
column_type!(states: Vec<State>, "TEXT[]", "TEXT", vec![vec![], vec![State::Draft, State::Published]]);
column_type!(moods: Vec<Mood>, r#""Mood ""1"""[]"#, "TEXT", vec![vec![], vec![Mood::Sad, Mood::Happy]]);
