//! `#[derive(Select)]`: a struct whose fields a query selects.

mod expand;
mod field;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Fields, FieldsNamed, LitStr, Path, ext::IdentExt};

use crate::{
    ast::{facade, named},
    attr::Args,
    ctxt::Ctxt,
    expand::in_private,
    keys::{self, Place},
    naming::snake_case,
};
use field::Field;

/// As many expressions can be given to `select_into`.
const MOST_GIVEN: usize = 16;

/// The pipeline: read, check, write down.
pub fn derive(input: &DeriveInput) -> TokenStream {
    let cx = Ctxt::default();
    let facade = facade(&cx, input, Place::Select);
    let selection = Selection::parse(&cx, input);
    check(&cx, &selection);
    let errors = cx.into_errors();
    let expanded = if errors.is_empty() { expand::expand(&selection) } else { expand::inert(&selection) };
    in_private(&facade, quote!(#errors #expanded))
}

/// A struct that derives `Select`.
struct Selection<'a> {
    /// The struct.
    input: &'a DeriveInput,
    /// The name by which queries know its rows.
    name: String,
    /// What its columns are columns of.
    from: Vec<Path>,
    /// Its fields; none if they have no names.
    fields: Vec<Field<'a>>,
}

impl<'a> Selection<'a> {
    fn parse(cx: &Ctxt, input: &'a DeriveInput) -> Self {
        let mut args = Args::parse(cx, Place::Select, named(&input.attrs, "select"));
        let name = args.take(keys::NAME).and_then(|entry| entry.value::<LitStr>(cx, keys::NAME));
        let from = args.take(keys::FROM).map(|entry| entry.list(cx, keys::FROM).unwrap_or_default());
        let fields = fields(cx, input).into_iter().flat_map(|fields| &fields.named);
        let fields = fields.filter_map(|field| Field::parse(cx, field, from.is_some())).collect();
        Self {
            input,
            name: name.map_or_else(|| snake_case(&input.ident.unraw().to_string()), |name| name.value()),
            from: from.unwrap_or_default(),
            fields,
        }
    }
}

fn fields<'a>(cx: &Ctxt, input: &'a DeriveInput) -> Option<&'a FieldsNamed> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => return Some(fields),
            _ => {}
        },
        Data::Enum(_) | Data::Union(_) => {}
    }
    let ident = &input.ident;
    let message = format!(
        "`{ident}` has no named fields that a query could select; write a struct with some, as in `struct {ident} {{ comments: i64 }}`"
    );
    cx.error(ident, message);
    None
}

fn check(cx: &Ctxt, selection: &Selection<'_>) {
    check_parameters(cx, selection);
    check_from(cx, &selection.from);
    check_number(cx, selection);
}

/// Its name stands for one list of columns.
fn check_parameters(cx: &Ctxt, selection: &Selection<'_>) {
    if !selection.input.generics.params.is_empty() {
        cx.error(&selection.input.generics, "what a query selects cannot be generic; remove the parameters");
    }
}

/// Columns of two sources of one name could not be told apart.
fn check_from(cx: &Ctxt, from: &[Path]) {
    let paths: Vec<TokenStream> = from.iter().map(Path::to_token_stream).collect();
    for (index, path) in paths.iter().enumerate() {
        if paths[..index].iter().any(|other| same(other, path)) {
            cx.error(path, format!("`{path}` is given twice; an alias stands for its second time: `assoc::alias!`"));
        }
    }
}

/// Whether both are written with the same words.
fn same(a: &TokenStream, b: &TokenStream) -> bool {
    a.to_string() == b.to_string()
}

/// A struct that does not say what its fields are is told by a tuple.
fn check_number(cx: &Ctxt, selection: &Selection<'_>) {
    let Some(field) = selection.fields.get(MOST_GIVEN).filter(|_| selection.from.is_empty()) else { return };
    let count = selection.fields.len();
    cx.error(
        field.ident,
        format!(
            "{count} fields, but `.select_into` gives {MOST_GIVEN} at most; say what they are by `#[select(from = …)]`, or select fewer"
        ),
    );
}
