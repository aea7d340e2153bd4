//! Errors of the database in its own words.

use std::{error::Error, fmt};

use sqlx::error::BoxDynError;

/// An error that the database answered with. Its text is the message alone: sqlx adds a line of the database's own source code.
#[derive(Debug)]
struct Answer(sqlx::Error);

/// The error in a box: what the database answered, in its own words, with the error of sqlx as its source; or that itself.
pub fn boxed(error: sqlx::Error) -> BoxDynError {
    if error.as_database_error().is_some() { Box::new(Answer(error)) } else { Box::new(error) }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_database_error() {
            Some(answer) => f.write_str(answer.message()),
            None => self.0.fmt(f),
        }
    }
}

impl Error for Answer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
