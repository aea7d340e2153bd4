//! Why a case ends before its end.

use assoc::{DbError, Misuse, PlanError, ViolationKind};
use serde_json::{Value as Json, json};

/// What ends a case.
#[derive(Debug)]
pub enum Stop {
    /// The program would raise here: `kind` and what is known of it, as in the format.
    Raise(Json),
    /// A typed program cannot say this at all; the kind of mistake.
    Type(&'static str, String),
    /// The harness does not know what the case asks for.
    Harness(String),
}

impl Stop {
    /// The harness does not know what is asked.
    pub fn harness(message: String) -> Self {
        Self::Harness(message)
    }

    /// The schemas could not be derived.
    pub fn schema(message: String) -> Self {
        Self::Type("schema_definition", message)
    }

    /// A typed program cannot say this.
    pub fn typed(kind: &'static str, message: impl Into<String>) -> Self {
        Self::Type(kind, message.into())
    }
}

impl From<&Misuse> for Stop {
    fn from(misuse: &Misuse) -> Self {
        let kind = match misuse {
            Misuse::NotLoaded(_) => "not_loaded",
            Misuse::Replaced(_) => "on_replace_raise",
            Misuse::UpdateOnly(_) => "struct_with_on_replace_update",
            Misuse::KeyConflict(_) => "key_and_assoc_conflict",
            Misuse::MissingKey { .. } => "no_primary_key",
            Misuse::WrongAction { .. } => "action_mismatch",
            Misuse::NotAssociated { .. } => "child_not_associated",
            Misuse::AlreadyThere { .. } => "child_already_associated",
            _ => "bad_call",
        };
        Self::Raise(json!({"kind": kind, "message": misuse.to_string()}))
    }
}

impl From<PlanError> for Stop {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Misuse(misuse) => Self::from(&misuse),
            PlanError::Invalid(errors) => Self::Harness(format!("there is no plan of an invalid changeset: {errors}")),
        }
    }
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        let message = error.to_string();
        Self::Raise(match error {
            DbError::Stale(_) => json!({"kind": "stale", "message": message}),
            DbError::Violation(violation) => {
                let kind = match violation.kind {
                    ViolationKind::NotNull
                    | ViolationKind::OutOfRange
                    | ViolationKind::TooLong
                    | ViolationKind::Value => "db_error",
                    _ => "constraint",
                };
                json!({"kind": kind, "constraint": violation.constraint, "message": message})
            }
            DbError::Type(_) => json!({"kind": "bad_value", "message": message}),
            DbError::Driver(_) => json!({"kind": "driver", "message": message}),
            _ => json!({"kind": "db_error", "message": message}),
        })
    }
}
