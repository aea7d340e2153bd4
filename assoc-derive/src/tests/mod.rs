//! What the derive emits for a model of eight columns and three associations: the text, and how much of it.

use std::{env, fs, path::Path};

use syn::parse_quote;

/// Compilers read every line of it, for every model.
const MOST_LINES: usize = 300;

#[test]
fn the_expansion_is_small_and_known() {
    let text = expansion();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/post.expanded.rs");
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &text).expect("the snapshot can be written");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == known, "the expansion changed; look at it with UPDATE_SNAPSHOTS=1 and `git diff`:\n{text}");
    let lines = text.lines().count();
    assert!(lines < MOST_LINES, "the expansion has {lines} lines");
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
            #[has_many(on_replace = delete)]
            pub comments: HasMany<Comment>,
            #[many_to_many(join_through = "posts_tags", on_replace = delete)]
            pub tags: ManyToMany<Tag>,
            #[schema(database_default = "0")]
            rating: i32,
            #[timestamps]
            pub inserted_at: DateTime<Utc>,
            pub updated_at: DateTime<Utc>,
        }
    });
    let file = syn::parse2(tokens).expect("the expansion is Rust");
    prettyplease::unparse(&file)
}
