//! For a save of a few rows, planning takes longer than running: PostgreSQL does that a few times, and not each time.

use assoc::prelude::*;

use crate::support::*;

#[derive(Debug, Clone, Schema)]
#[schema(table = "shelves")]
struct Shelf {
    id: i64,
    #[has_many(on_replace = delete)]
    books: HasMany<Book>,
}

#[derive(Debug, Clone, Schema)]
struct Book {
    id: i64,
    shelf_id: i64,
    title: String,
}

/// One book gets another title, one goes, and a new one comes.
async fn save(repo: &Repo, shelf: i64) {
    let mut shelf: Shelf = repo.fetch(shelf).await.unwrap();
    repo.preload(&mut shelf, Shelf::books).await.unwrap();
    let (id, books) = (shelf.id, shelf.books.get().unwrap().to_vec());
    let edited = books[0].clone().change().set(Book::title, "another title");
    let stay = books[2..].iter().map(|book| book.clone().change());
    let new = Book::build().set(Book::title, "a new book");
    let changes: Vec<_> = std::iter::once(edited).chain(stay).chain([new]).collect();
    let saved = repo.update(shelf.change().put_assoc(Shelf::books, changes)).await.unwrap();
    let titles = |title: &str| saved.books.get().unwrap().iter().filter(|book| book.title == title).count();
    assert_eq!((titles("another title"), titles("a book"), titles("a new book")), (1, 8, 1), "shelf {id}");
}

#[tokio::test]
async fn a_save_of_few_rows_is_not_planned_each_time() {
    const TIMES: i64 = 12;
    let db = Db::postgres().await;
    db.execute(
        "CREATE TABLE shelves (id bigserial PRIMARY KEY);
         CREATE TABLE books (id bigserial PRIMARY KEY, shelf_id bigint NOT NULL REFERENCES shelves, title text NOT NULL);
         CREATE INDEX ON books (shelf_id);
         INSERT INTO shelves SELECT FROM generate_series(1, 400);
         INSERT INTO books (shelf_id, title) SELECT shelf, 'a book' FROM generate_series(1, 400) shelf, generate_series(1, 10);
         ANALYZE shelves, books;",
    )
    .await;
    // A transaction keeps its connection, and this knows what was planned.
    let tx = db.repo.begin().await.unwrap();
    for shelf in 1..=TIMES {
        save(&tx, shelf).await;
    }
    const PLANS: &str =
        "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement LIKE 'WITH b0%'";
    let plans: Vec<(i64, i64)> = tx
        .with_postgres::<_, Box<dyn std::error::Error>>(async |it| Ok(sqlx::query_as(PLANS).fetch_all(it).await?))
        .await
        .unwrap();
    // After five plans for the values at hand, it makes one for any.
    assert_eq!(plans, [(5, TIMES - 5)]);
}
