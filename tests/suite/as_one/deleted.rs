//! Rows that are deleted, and rows that have to do with them in a way that associations do not tell in full.

use assoc::prelude::*;

use super::pair::Pair;

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "shelves")]
struct Shelf {
    id: i64,
    #[has_many(on_replace = delete)]
    books: HasMany<Book>,
    #[has_many]
    notes: HasMany<Note>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Book {
    id: i64,
    shelf_id: i64,
}

/// Nothing says that it is about a book, but the database.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Note {
    id: i64,
    shelf_id: i64,
    about: i64,
    page: i32,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Post {
    id: i64,
    author_id: Option<i64>,
    #[belongs_to(on_replace = delete)]
    author: BelongsTo<User>,
    #[has_many]
    comments: HasMany<Comment>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct User {
    id: i64,
    #[has_many(foreign_key = author_id, on_delete = delete_all)]
    comments: HasMany<Comment>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Comment {
    id: i64,
    post_id: i64,
    author_id: Option<i64>,
}

#[tokio::test]
async fn a_row_that_names_a_deleted_one() {
    let pair = Pair::of(
        "CREATE TABLE shelves (id <key>); CREATE TABLE books (id <key>, shelf_id BIGINT);
         CREATE TABLE notes (id <key>, shelf_id BIGINT, about BIGINT REFERENCES books ON DELETE CASCADE, page INTEGER);
         INSERT INTO shelves VALUES (1); INSERT INTO books VALUES (1, 1), (2, 1);",
    )
    .await;
    let all = "SELECT concat((SELECT count(*) FROM books), (SELECT string_agg(about::text, ' ') FROM notes))";
    let rewrite = async |repo: Repo, about: i64| {
        let mut shelf: Shelf = repo.fetch(1).await?;
        repo.preload(&mut shelf, (Shelf::books, Shelf::notes)).await?;
        let kept = shelf.books.get().expect("loaded").iter().filter(|book| book.id != 1).cloned().collect::<Vec<_>>();
        let note = Note::build().set(Note::id, about).set(Note::about, about).set(Note::page, 1);
        repo.update(shelf.change().put_assoc(Shelf::books, kept).add_to(Shelf::notes, vec![note])).await
    };
    let error = pair.saves(all, async |repo| rewrite(repo, 1).await).await.error();
    assert!(error.contains("foreign key"), "{error}");
    assert!(pair.saves(all, async |repo| rewrite(repo, 2).await).await.is_one());
    assert_eq!(pair.one.text(all).await, "12");
}

#[tokio::test]
async fn a_new_row_that_goes_with_a_deleted_one() {
    let pair = Pair::of(
        "CREATE TABLE users (id <key>); CREATE TABLE posts (id <key>, author_id BIGINT);
         CREATE TABLE comments (id <key>, post_id BIGINT, author_id BIGINT);
         INSERT INTO users VALUES (1), (2); INSERT INTO posts VALUES (1, 1);",
    )
    .await;
    let all = "SELECT concat((SELECT count(*) FROM users), ' ', (SELECT count(*) FROM comments))";
    let replaced = pair.saves(all, async |repo| {
        let mut post: Post = repo.fetch(1).await?;
        repo.preload(&mut post, (Post::author, Post::comments)).await?;
        let other: User = repo.fetch(2).await?;
        let comment = Comment::build().set(Comment::id, 1).set(Comment::author_id, 1);
        repo.update(post.change().put_assoc(Post::author, other).add_to(Post::comments, vec![comment])).await
    });
    let outcome = replaced.await;
    assert!(outcome.result.is_ok() && !outcome.is_one(), "{outcome:?}");
    assert_eq!(pair.one.text(all).await, "1 0");
}
