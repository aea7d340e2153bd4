//! The type of an association's field: a container around the schema at the other end.

use quote::ToTokens;
use syn::{Attribute, GenericArgument, Ident, PathArguments, PathSegment, Type};

use crate::{ctxt::Ctxt, kind::Kind};

/// The schema inside of the container. If it is another container, the best guess at what was meant.
pub fn target<'a>(cx: &Ctxt, ty: &'a Type, kind: Kind, attr: Option<&Attribute>) -> &'a Type {
    let mut target = ty;
    if let Some((container, inner)) = generic(ty) {
        target = inner;
        if container == kind.container() {
            return target;
        }
    }
    while let Some((_, inner)) = generic(target) {
        target = inner;
    }
    if attr.is_some() {
        let (attribute, container) = (kind.attribute(), kind.container());
        let target = target.to_token_stream();
        cx.error(
            ty,
            format!("a field with `#[{attribute}]` has the type `{container}<…>`; write `{container}<{target}>`"),
        );
    }
    target
}

/// `Name` and `T` of a type `path::Name<T>`.
pub fn generic(ty: &Type) -> Option<(&Ident, &Type)> {
    let segment = last_segment(ty)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some((&segment.ident, inner)),
        _ => None,
    }
}

/// `Name<T>` of a type `path::Name<T>`. A type that came through a macro is in an invisible group.
pub fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}
