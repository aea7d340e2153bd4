//! Statements whose equal values share a placeholder: for PostgreSQL, `a + $1` and `a + $2` are two expressions, whatever
//! is bound, and only one of them would be that of a group.

use std::fmt::{Display, Formatter, Result, Write};

use assoc_core::{
    Value,
    adapter::{Bind, Sql},
    query::Statement,
};
use sea_query::{PostgresQueryBuilder, QueryBuilder, SqlWriter};

/// Renders a statement so.
pub(crate) fn shared(statement: Statement) -> Sql<'static> {
    let mut shared = Shared::default();
    match statement {
        Statement::Select(select) => select.build_collect_into(PostgresQueryBuilder, &mut shared),
        Statement::Update(update) => update.build_collect_into(PostgresQueryBuilder, &mut shared),
        Statement::Delete(delete) => delete.build_collect_into(PostgresQueryBuilder, &mut shared),
        Statement::Grouped(statement) => return self::shared(*statement),
    }
    Sql { text: shared.text.into(), binds: shared.values.into_iter().map(Bind::One).collect() }
}

#[derive(Default)]
struct Shared {
    text: String,
    values: Vec<Value>,
}

impl Write for Shared {
    fn write_str(&mut self, text: &str) -> Result {
        self.text.write_str(text)
    }
}

impl Display for Shared {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.text)
    }
}

impl SqlWriter for Shared {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, _: &T) {
        let at = self.values.iter().position(|known| *known == value).unwrap_or_else(|| {
            self.values.push(value);
            self.values.len() - 1
        });
        // Writing to a text cannot fail.
        let _ = write!(self.text, "${}", at + 1);
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self
    }
}
