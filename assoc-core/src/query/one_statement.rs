//! A query and what it preloads as one statement: `WITH` a part for each association, whose rows follow each other.
//!
//! ```sql
//! WITH "rows 0" ("id", "title", "in order") AS (SELECT "id", "title", row_number() OVER () FROM "posts"),
//! "rows 1" ("id", "body", "post_id", "in order") AS (
//!     SELECT "id", "body", "post_id", "id" FROM "comments" WHERE ("post_id") IN (SELECT "id" FROM "rows 0"))
//! SELECT 0, "id", "title", CAST(NULL AS bigint), 0 * 2^48 + "in order", "in order" FROM "rows 0"
//! UNION ALL SELECT 1, "id", "body", "post_id", 1 * 2^48 + "in order", "in order" FROM "rows 1"
//! ORDER BY 5, 6
//! ```

use super::{
    ColumnAt, Context, Node, Parts, Renderer, Selected, Statement, Window,
    load::Load,
    parts::Distinct,
    preload::Spec,
    union::{Part, Union, part_name},
    window::{dense_rank, row_number},
};
use crate::{
    adapter::{DbError, Sql},
    schema::Meta,
    types::Type,
};

/// Where the values of its rows stand in those of one statement.
pub(super) struct OneStatement {
    /// Those of the query's own rows.
    pub rows: Vec<usize>,
    /// The associations, in the order in which their rows come.
    pub levels: Vec<Level>,
}

/// An association that is a part of the statement.
pub(super) struct Level {
    /// The part that has its owners.
    pub owners: usize,
    /// Its place among the owners' associations.
    pub index: usize,
    pub spec: Spec,
    /// The owner's fields to which its rows refer.
    pub fields: Vec<usize>,
    /// Where the values of its row are that refer to them.
    pub key: Vec<(usize, Type)>,
    pub at: Vec<usize>,
}

impl Parts {
    /// Whether it is sent with all that it preloads.
    pub(super) fn is_one_statement(&self) -> bool {
        // Databases lock neither the rows of a `WITH` nor what is numbered.
        let loads = |spec: &Spec| spec.association.embedded_in().is_none();
        self.in_one_statement && self.lock.is_none() && self.preloads.iter().any(loads)
    }

    /// The statement, where rows of a schema are what it returns.
    ///
    /// # Errors
    /// The database cannot do what is asked for.
    pub(super) fn one_statement(
        mut self,
        meta: &'static Meta,
        cx: &Context,
    ) -> Result<(Sql<'static>, OneStatement), DbError> {
        let specs = std::mem::take(&mut self.preloads);
        let specs = Spec::merged(&specs)?.into_owned();
        let mut building = Building { union: Union::new(cx.dialect), levels: Vec::new(), r: Renderer::new(cx), cx };
        let rows = building.add(self.part(meta, cx));
        building.add_levels(specs, meta, 0);
        let Building { union, levels, r, .. } = building;
        let sql = cx.dialect.render(r.finish(Statement::Select(union.statement()))?);
        Ok((sql, OneStatement { rows, levels }))
    }

    /// Its rows as the first part.
    fn part(mut self, meta: &Meta, cx: &Context) -> (Part, Renderer) {
        let own = meta.column_fields().iter().map(|field| field.column.into());
        let further = (meta.columns..self.selection.len()).map(|at| format!("value {at}").into());
        let columns = own.chain(further).zip(self.selection.iter().map(|selected| selected.ty)).collect();
        self.selection.push(Selected::of::<i64>(self.place()));
        if !self.is_windowed() && !matches!(self.distinct, Distinct::On(_)) {
            self.order.clear();
        }
        let mut r = Renderer::new(cx);
        let select = self.statement(&mut r, true);
        (Part { select, columns, order: Type::I64 }, r)
    }

    /// What ascends in the order of its rows.
    fn place(&self) -> Node {
        let window = || Window::<()>::in_order(self.order.clone());
        match self.distinct {
            Distinct::No => row_number().over(window()).node,
            // Equal rows must stay equal.
            _ if self.order.is_empty() => Node::Sql("1".into(), Vec::new()),
            _ => dense_rank().over(window()).node,
        }
    }
}

struct Building<'c> {
    union: Union,
    levels: Vec<Level>,
    r: Renderer,
    cx: &'c Context,
}

impl Building<'_> {
    /// Adds a part, and tells where the values of its rows stand.
    fn add(&mut self, (part, r): (Part, Renderer)) -> Vec<usize> {
        self.r.absorb(r);
        self.union.add(part)
    }

    /// Adds the associations of the rows of a part, each followed by those of its own rows.
    fn add_levels(&mut self, specs: Vec<Spec>, owner: &'static Meta, owners: usize) {
        for mut spec in specs {
            // The rows of an embed are there already, and have no associations.
            let table = spec.association.embedded_in().is_none();
            let Some(index) = owner.association_index(spec.association.name).filter(|_| table) else { continue };
            let nested = std::mem::take(&mut spec.nested);
            let load = Load::of(&spec, owner, self.cx);
            let (fields, key) = (load.fields.clone(), load.at.clone());
            let owner_key = fields.iter().map(|&field| ColumnAt::aliased(owner, field, part_name(owners).into()));
            let part = load.part(&owner_key.collect::<Vec<_>>());
            let (at, related) = (self.add(part), (spec.association.related)());
            self.levels.push(Level { owners, index, spec, fields, key, at });
            self.add_levels(nested, related, self.levels.len());
        }
    }
}
