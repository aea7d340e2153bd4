//! Embedded rows have no table whose columns would refuse a value: what could not be read again is an error here.

use super::{
    FieldError, Node,
    cast::required,
    node::{Child, Role},
};
use crate::types::is_null;

impl Node {
    /// Adds an error to each field of an embedded row that cannot hold the value which it is to have.
    pub(crate) fn check_embeds(&mut self) {
        let meta = self.meta;
        for (index, children) in self.associations.iter_mut() {
            let embedded = meta.associations[index].embedded_in().is_some();
            for Child { node, .. } in children.iter_mut().filter(|child| !matches!(child.role, Role::Detach(_))) {
                if embedded {
                    node.check_fields();
                }
                node.check_embeds();
            }
        }
    }

    fn check_fields(&mut self) {
        let meta = self.meta;
        for (index, field) in
            meta.column_fields().iter().enumerate().filter(|(index, _)| meta.embed_in(*index).is_none())
        {
            let value = self.get(index).cloned().unwrap_or_else(|| field.ty.null());
            if (field.fits)(&value).is_ok() || self.has_error(field.name) {
                continue;
            }
            self.errors.push(match is_null(&value) {
                true => required(field.name).with("constraint", "not_null"),
                false => FieldError::new("is invalid").with("constraint", "value").on(field.name),
            });
        }
    }
}
