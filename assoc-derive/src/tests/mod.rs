//! What the derive emits for a model of ten columns, three associations and an embed, and for a struct that a
//! query selects: the text, and how much of it.

use std::{env, fs, path::Path};

use syn::parse_quote;

/// Compilers read every line of it, for every model.
const MOST_LINES: usize = 400;
/// The same of a struct of three fields that a query selects.
const MOST_LINES_OF_SELECT: usize = 80;

#[test]
fn the_expansion_is_small_and_known() {
    compare("post", &expansion(), MOST_LINES);
}

#[test]
fn the_expansion_of_a_selected_struct_is_small_and_known() {
    let tokens = crate::select::derive(&parse_quote! {
        #[select(from(Post, Comment))]
        pub struct PostSummary {
            pub title: String,
            #[select(Comment::id.count())]
            pub comments: i64,
            #[select(Comment::body)]
            r#last: Option<String>,
        }
    });
    compare("post_summary", &text(tokens), MOST_LINES_OF_SELECT);
}

fn compare(name: &str, text: &str, most_lines: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/tests/{name}.expanded.rs"));
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, text).expect("the snapshot can be written");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == known, "the expansion changed; look at it with UPDATE_SNAPSHOTS=1 and `git diff`:\n{text}");
    let lines = text.lines().count();
    assert!(lines < most_lines, "the expansion has {lines} lines");
}

fn text(tokens: proc_macro2::TokenStream) -> String {
    let file = syn::parse2(tokens).expect("the expansion is Rust");
    prettyplease::unparse(&file)
}

fn expansion() -> String {
    let tokens = crate::expand::derive(&parse_quote! {
        pub struct Post {
            pub id: i64,
            pub title: String,
            pub body: Option<String>,
            #[schema(column = "kind", default = State::Draft)]
            pub r#type: State,
            pub author_id: Option<i64>,
            #[belongs_to(on_replace = nilify)]
            pub author: BelongsTo<User>,
            #[has_many(on_replace = delete, on_delete = delete_all, defaults(kind = "note"), order_by(desc(id)))]
            pub comments: HasMany<Comment>,
            #[many_to_many(join_through = PostTag, join_defaults(rank = 1), on_replace = delete)]
            pub tags: ManyToMany<Tag>,
            #[schema(database_default = "0")]
            rating: i32,
            #[embeds_many(on_replace = delete)]
            pub links: Vec<Link>,
            #[schema(version)]
            pub lock: i32,
            #[timestamps]
            pub inserted_at: DateTime<Utc>,
            pub updated_at: DateTime<Utc>,
        }
    });
    text(tokens)
}

/// Broken input ends in messages, and in code that still stands for the type.
#[test]
fn every_mistake_is_a_message() {
    for (count, body) in [
        (1, "#[schema] #[schema = \"a\"] pub struct S { id: i64 }"),
        (1, "#[schema(crate = 7)] pub struct S { id: i64 }"),
        (1, "#[schema(table)] pub struct S { id: i64 }"),
        (1, "#[schema(table = )] pub struct S { id: i64 }"),
        (2, "#[schema(table \"a\", \"b\")] pub struct S { id: i64 }"),
        (1, "pub struct S { #[schema(primary_key = true)] id: i64 }"),
        (1, "pub struct S { #[schema(primary_key, virtual)] id: i64 }"),
        (1, "pub struct S { id: i64, #[schema(column = \"id\")] name: i64 }"),
        (1, "pub struct S { id: i64, #[has_many(through())] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(through(a))] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(through(a, b))] a: HasMany<T> }"),
        (2, "pub struct S { id: i64, #[has_many] a: HasMany<T>, #[has_many(through(a, b, c, d))] e: HasMany<T> }"),
        (
            1,
            "pub struct S { id: i64, #[has_many] a: HasMany<T>, #[has_many(through(a, b), on_replace = raise)] e: HasMany<T> }",
        ),
        (1, "pub struct S { id: i64, #[has_many(foreign_key())] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(foreign_key(a, b))] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(references = name)] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(on_replace = \"delete\")] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(on_replace = destroy)] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many] a: (T, U) }"),
        (1, "pub struct S { id: i64, #[many_to_many(join_through = 7)] a: ManyToMany<(T, U)> }"),
        (1, "pub struct S { id: i64, #[many_to_many(join_through = \"t\", owner_key(a, b))] a: ManyToMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(on_delete = nilify)] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(defaults = a)] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(defaults())] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(defaults(a = 1, a = 2))] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(defaults(s_id = 1))] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[many_to_many(join_through = J, join_defaults(t_id = 1))] a: ManyToMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(filter(a == 1))] a: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[has_many(order_by(up(a)))] a: HasMany<T> }"),
        (
            1,
            "pub struct S { id: i64, #[many_to_many(join_through = \"t\", on_join_conflict = keep)] a: ManyToMany<T> }",
        ),
        (1, "pub struct S { id: i64, #[many_to_many(join_through = \"t\", join_defaults(a))] a: ManyToMany<T> }"),
        (1, "pub struct S { id: i64, #[embeds_many] a: T }"),
        (1, "pub struct S { id: i64, #[embeds_many] a: Option<T> }"),
        (1, "pub struct S { id: i64, #[embeds_one(column = name)] a: Option<T> }"),
        (1, "pub struct S { id: i64, #[embeds_one(column = \"id\")] a: Option<T> }"),
        (1, "pub struct S { id: i64, #[embeds_many(on_replace = update)] a: Vec<T> }"),
        (1, "pub struct S { id: i64, #[embeds_many] a: Vec<T>, #[has_many(through(a, b))] c: HasMany<T> }"),
        (1, "pub struct S { id: i64, #[embeds_many] a: Vec<T>, #[belongs_to(foreign_key = a)] c: BelongsTo<T> }"),
        (2, "#[schema(embedded, table = \"a\", prefix = \"b\")] pub struct S {}"),
        (1, "#[schema(embedded)] pub struct S { #[has_many] a: HasMany<T> }"),
        (1, "#[schema(embedded)] pub struct S { #[schema(version)] a: i32 }"),
        (1, "#[schema(embedded)] pub struct S { #[schema(database_default)] a: i32 }"),
        (1, "#[schema(embedded)] pub enum S {}"),
        (1, "pub struct S { #[schema(version)] id: i64 }"),
        (1, "pub struct S { id: i64, #[schema(version)] a: i32, #[schema(version)] b: i32 }"),
        (1, "pub struct S { id: i64, #[schema(version = a)] a: i32 }"),
        (2, "pub struct S { id: i64, #[schema(version = xmin, column = \"a\", default = 1)] a: i64 }"),
        (1, "pub struct S { id: i64, #[timestamps] #[timestamps] inserted_at: i64 }"),
        (1, "pub struct S { id: i64, #[timestamps(updated_at = a)] inserted_at: i64 }"),
        (1, "pub struct S<'a> { id: &'a str }"),
        (1, "pub struct S;"),
        (1, "pub union S { id: i64 }"),
    ] {
        let input = syn::parse_str(body).expect("a type");
        let expanded = crate::expand::derive(&input);
        let text = expanded.to_string();
        assert_eq!(text.matches("compile_error !").count(), count, "{body}\n{text}");
        for name in ["Schema", "Stored", "Embedded"] {
            assert!(text.contains(&format!("__assoc :: {name} for S")), "{body}");
        }
        assert!(syn::parse2::<syn::File>(expanded).is_ok(), "{body}");
    }
}

/// The same for a struct that a query selects.
#[test]
fn every_mistake_of_a_selected_struct_is_a_message() {
    let many: String = (0..17).map(|field| format!("a{field}: i64,")).collect();
    for (count, body) in [
        (1, "struct S;"),
        (1, "struct S {}"),
        (1, "struct S(i64);"),
        (1, "enum S { A }"),
        (1, "union S { a: i64 }"),
        (2, "struct S<T>(T);"),
        (1, "struct S<T: Clone> where T: 'static { a: T }"),
        (1, "#[select(form = Post)] struct S { a: i64 }"),
        (1, "#[select(table = \"posts\")] struct S { a: i64 }"),
        (1, "#[select(from)] struct S { a: i64 }"),
        (1, "#[select(from = \"posts\")] struct S { #[select(b)] a: i64 }"),
        (1, "#[select(from(Post, Post))] struct S { a: i64 }"),
        (2, "#[select(name = 7, crate = 7)] struct S { a: i64 }"),
        (1, "struct S { #[select(Post::id)] a: i64 }"),
        (2, "#[select(from = Post)] struct S { #[select] a: i64, #[select()] b: i64 }"),
        (2, "#[select(from = Post)] struct S { #[select(name = \"b\")] a: i64, #[select = \"b\"] b: i64 }"),
        (1, "#[select(from = Post)] struct S { #[select(Post::id)] #[select(Post::id)] a: i64 }"),
        (1, &format!("struct S {{ {many} }}")),
        (0, &format!("#[select(from = Post)] struct S {{ {many} }}")),
    ] {
        let input = syn::parse_str(body).expect("a type");
        let expanded = crate::select::derive(&input);
        let text = expanded.to_string();
        assert_eq!(text.matches("compile_error !").count(), count, "{body}\n{text}");
        for name in ["Source", "Selection", "SelectFrom < __Q , "] {
            assert!(text.contains(&format!("__assoc :: query :: {name}")), "{body}");
        }
        assert!(syn::parse2::<syn::File>(expanded).is_ok(), "{body}");
    }
}
