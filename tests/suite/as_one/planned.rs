//! For a save of a few rows, planning takes longer than running: PostgreSQL does that a few times, and not each time.

use assoc::prelude::*;

use crate::support::*;

#[derive(Debug, Clone, Schema)]
#[schema(table = "shelves")]
struct Shelf {
    id: i64,
    label: Option<String>,
    #[has_many(on_replace = delete)]
    books: HasMany<Book>,
    #[has_many]
    slips: HasMany<Slip>,
}

#[derive(Debug, Clone, Schema)]
struct Book {
    id: i64,
    shelf_id: i64,
    title: String,
    #[many_to_many(join_through = "books_topics")]
    topics: ManyToMany<Topic>,
}

#[derive(Debug, Clone, Schema)]
struct Topic {
    #[schema(database_default = "gen_random_uuid()")]
    id: uuid::Uuid,
    name: String,
}

#[derive(Debug, Clone, Schema)]
struct Slip {
    #[schema(primary_key)]
    shelf_id: i64,
    #[schema(primary_key)]
    number: i64,
    text: String,
}

const TABLES: &str = "
    CREATE TABLE shelves (id bigserial PRIMARY KEY, label text);
    CREATE TABLE books (id bigserial PRIMARY KEY, shelf_id bigint NOT NULL REFERENCES shelves, title text NOT NULL);
    CREATE INDEX ON books (shelf_id);
    CREATE TABLE topics (id uuid PRIMARY KEY, name text NOT NULL);
    CREATE TABLE books_topics (book_id bigint NOT NULL REFERENCES books, topic_id uuid NOT NULL REFERENCES topics);
    CREATE TABLE slips (shelf_id bigint, number bigint, text text NOT NULL, PRIMARY KEY (shelf_id, number));
    INSERT INTO shelves SELECT FROM generate_series(1, 400);
    INSERT INTO books (shelf_id, title) SELECT shelf, 'a book' FROM generate_series(1, 400) shelf, generate_series(1, 10);
    INSERT INTO slips SELECT shelf, number, 'a slip' FROM generate_series(1, 400) shelf, generate_series(1, 10) number;
    ANALYZE shelves, books, slips;";

const TIMES: i64 = 12;

/// How often PostgreSQL has planned the statements of saves for the values at hand, and how often it had a plan for any.
async fn plans(tx: &Repo) -> Vec<(i64, i64)> {
    const PLANS: &str = "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement LIKE 'WITH _0 AS%' ORDER BY 1, 2";
    let plans = tx
        .with_postgres::<_, Box<dyn std::error::Error>>(async |it| Ok(sqlx::query_as(PLANS).fetch_all(it).await?))
        .await;
    plans.unwrap()
}

/// What that is after a save, again and again.
async fn planned(save: impl AsyncFn(&Repo, i64)) -> Vec<(i64, i64)> {
    let db = Db::postgres().await;
    db.execute(TABLES).await;
    // A transaction keeps its connection, and this knows what was planned.
    let tx = db.repo.begin().await.unwrap();
    for time in 1..=TIMES {
        save(&tx, time).await;
    }
    plans(&tx).await
}

/// After five plans for the values at hand, it makes one for any.
const FEW: (i64, i64) = (5, TIMES - 5);

fn book(title: &str) -> Changeset<Book> {
    Book::build().set(Book::title, title)
}

/// The shelf, of whose books one gets another title, one goes, and new ones come.
async fn changed(repo: &Repo, shelf: i64, new: usize) -> Changeset<Shelf> {
    let mut shelf: Shelf = repo.fetch(shelf).await.unwrap();
    repo.preload(&mut shelf, Shelf::books).await.unwrap();
    let books = shelf.books.get().unwrap().to_vec();
    let edited = books[0].clone().change().set(Book::title, "another title");
    let stay = books[2..].iter().map(|book| book.clone().change());
    let changes: Vec<_> = std::iter::once(edited).chain(stay).chain((0..new).map(|_| book("a new book"))).collect();
    shelf.change().put_assoc(Shelf::books, changes)
}

#[tokio::test]
async fn changes_of_an_association() {
    let planned = planned(async |repo, shelf| {
        // How many rows there are of each kind is no reason for another statement.
        let new = 1 + shelf as usize % 2;
        let saved = repo.update(changed(repo, shelf, new).await).await.unwrap();
        let titles = |title: &str| saved.books.get().unwrap().iter().filter(|book| book.title == title).count();
        assert_eq!((titles("another title"), titles("a book"), titles("a new book")), (1, 8, new), "shelf {shelf}");
    });
    assert_eq!(planned.await, [FEW]);
}

#[tokio::test]
async fn new_rows_with_new_children() {
    let shelf = |label: String| Shelf::build().set(Shelf::label, label);
    let planned = planned(async |repo, time| {
        let one = shelf(format!("{time}")).put_assoc(Shelf::books, vec![book("first"), book("second")]);
        let one = repo.insert(one).await.unwrap();
        let titles = repo.all(Book::query().filter(Book::shelf_id.eq(one.id)).select(Book::title)).await.unwrap();
        assert_eq!(titles, ["first", "second"]);
        let two: Vec<_> =
            ["a", "b"].map(|label| shelf(label.to_owned()).put_assoc(Shelf::books, vec![book(label)])).into();
        for shelf in repo.insert_many(two).await.unwrap() {
            let books = repo.all(Book::query().filter(Book::shelf_id.eq(shelf.id)).select(Book::title)).await.unwrap();
            assert_eq!(Some(&books[0]), shelf.label.as_ref());
        }
    });
    assert_eq!(planned.await, [FEW, FEW]);
}

#[tokio::test]
async fn links_to_rows_whose_keys_are_drawn() {
    let planned = planned(async |repo, id| {
        let mut book: Book = repo.fetch(id).await.unwrap();
        repo.preload(&mut book, Book::topics).await.unwrap();
        let new = ["sea", "land"].map(|name| Topic::build().set(Topic::name, name));
        let saved = repo.update(book.change().put_assoc(Book::topics, new)).await.unwrap();
        let mut linked: Book = repo.fetch(id).await.unwrap();
        repo.preload(&mut linked, Book::topics).await.unwrap();
        let ids = |book: &Book| {
            let mut ids: Vec<_> = book.topics.get().unwrap().iter().map(|topic| topic.id).collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!((ids(&saved).len(), ids(&saved)), (2, ids(&linked)));
    });
    assert_eq!(planned.await, [FEW]);
}

#[tokio::test]
async fn a_key_of_several_columns() {
    let planned = planned(async |repo, shelf| {
        let mut shelf_row: Shelf = repo.fetch(shelf).await.unwrap();
        repo.preload(&mut shelf_row, Shelf::slips).await.unwrap();
        let slips = shelf_row.slips.get().unwrap().to_vec().into_iter().enumerate();
        let changes = slips.map(|(at, slip)| match at {
            0 | 1 => slip.change().set(Slip::text, "another"),
            _ => slip.change(),
        });
        let changes: Vec<_> = changes.collect();
        repo.update(shelf_row.change().put_assoc(Shelf::slips, changes)).await.unwrap();
        let texts = repo.all(Slip::query().filter(Slip::shelf_id.eq(shelf)).select(Slip::text)).await.unwrap();
        assert_eq!(texts.iter().filter(|text| *text == "another").count(), 2);
    });
    assert_eq!(planned.await, [FEW]);
}

#[tokio::test]
async fn only_where_no_list_is_long_are_lists_hidden() {
    let db = Db::postgres().await;
    db.execute(TABLES).await;
    for (new, is_hidden) in [(1, true), (10, true), (11, false)] {
        let changeset = changed(&db.repo, 1, new).await;
        let sql = db.repo.to_sql(&changeset.plan().unwrap()).join(";\n");
        assert!(sql.starts_with("WITH b0 AS (DELETE FROM"), "{sql}");
        assert_eq!(
            (sql.contains("(SELECT $"), sql.contains("IS NOT DISTINCT")),
            (is_hidden, is_hidden),
            "{new}: {sql}"
        );
    }
}

#[tokio::test]
async fn the_row_of_an_only_root_is_no_list() {
    let db = Db::postgres().await;
    db.execute(TABLES).await;
    let root = Shelf::build().set(Shelf::label, "a").put_assoc(Shelf::books, vec![book("a"), book("b")]);
    let sql = db.repo.to_sql(&root.plan().unwrap()).join(";\n");
    assert!(sql.contains(r#"b0 AS (INSERT INTO "shelves" ("label") VALUES ($1) RETURNING "#), "{sql}");
    assert!(sql.contains(r#"SELECT (SELECT v0 FROM b0), u.c1 FROM unnest("#), "{sql}");
    assert!(sql.contains("WHEN (SELECT count(*) <> 1 FROM b0)"), "{sql}");
}
