//! What queries can ask: joins, shapes, expressions, windows, queries of queries.

mod combine;
mod composite;
mod depth;
mod expressions;
mod joined;
mod joins;
mod locks;
mod names;
mod odd;
mod one_statement;
mod pages;
mod prefixes;
mod scopes;
mod several_ways;
mod shapes;
mod typed_values;
mod whose_rows;
mod windows;

use crate::support::*;

/// Three users, four posts, six comments, three tags, a tree of categories.
pub async fn blog(db: &Db) {
    db.execute(
        "INSERT INTO users (id, name, email) VALUES (1, 'Ann', 'ann@x.y'), (2, 'Bob', NULL), (3, 'Cid', 'cid@x.y');
         INSERT INTO posts (id, title, body, author_id, editor_id) VALUES
           (1, 'Rust', 'On rust', 1, 2), (2, 'Iron', NULL, 1, NULL), (3, 'Gold', 'On gold', 2, 1), (4, 'Draft', NULL, NULL, NULL);
         INSERT INTO comments (id, body, rating, post_id, author_id) VALUES
           (1, 'first', 5, 1, 2), (2, 'second', 3, 1, 3), (3, 'third', NULL, 1, 2),
           (4, 'fourth', 4, 2, 3), (5, 'fifth', 1, 3, 1), (6, 'sixth', 2, 3, NULL);
         INSERT INTO tags (id, name) VALUES (1, 'metal'), (2, 'craft'), (3, 'unused');
         INSERT INTO posts_tags (post_id, tag_id) VALUES (1, 1), (1, 2), (2, 1), (3, 1);
         INSERT INTO categories (id, name, parent_id) VALUES
           (1, 'all', NULL), (2, 'things', 1), (3, 'metals', 2), (4, 'people', 1), (5, 'alone', NULL);",
    )
    .await;
}
