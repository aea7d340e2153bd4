//! `add_to` and `remove_from` on `has_many` associations, whose rows need not be loaded.

use assoc::{DbError, Misuse, SaveError, prelude::*};

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "shelves")]
struct Shelf {
    id: i64,
    name: String,
    #[has_many(on_replace = delete)]
    books: HasMany<Book>,
    #[has_many(on_replace = delete_if_exists, foreign_key = shelf_id)]
    leaflets: HasMany<Book>,
    #[has_many(on_replace = nilify, foreign_key = shelf_id)]
    loans: HasMany<Book>,
    #[has_many(foreign_key = shelf_id)]
    fixed: HasMany<Book>,
    #[has_many(on_replace = mark_as_invalid, foreign_key = shelf_id)]
    marked: HasMany<Book>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Book {
    id: i64,
    title: String,
    shelf_id: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Tree {
    #[schema(primary_key)]
    land: i64,
    #[schema(primary_key)]
    code: String,
    #[has_many(foreign_key(land, tree_code), on_replace = delete)]
    leaves: HasMany<Leaf>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "leaves")]
struct Leaf {
    #[schema(primary_key)]
    land: i64,
    #[schema(primary_key)]
    number: i64,
    tree_code: Option<String>,
}

async fn shelf(db: &Db) -> Shelf {
    db.tables(
        "CREATE TABLE shelves (id <key>, name TEXT NOT NULL);
         CREATE TABLE books (id <key>, title TEXT NOT NULL, shelf_id BIGINT REFERENCES shelves (id));
         INSERT INTO shelves VALUES (1, 'mine'), (2, 'other');
         INSERT INTO books VALUES (11, 'a', 1), (12, 'b', 1), (21, 'c', 2), (31, 'd', NULL);",
    )
    .await;
    let shelf = db.repo.fetch(1).await.unwrap();
    db.forget();
    shelf
}

async fn books(db: &Db) -> String {
    all_of(db, "concat(title, coalesce(CAST(shelf_id AS TEXT), '-'))", "books").await
}

fn book(title: &str) -> Changeset<Book> {
    Book::build().set(Book::title, title)
}

fn titles(books: &HasMany<Book>) -> Vec<&str> {
    books.get().unwrap().iter().map(|book| book.title.as_str()).collect()
}

fn stale_path<S: Schema>(error: SaveError<Changeset<S>>) -> String {
    match error {
        SaveError::Database(DbError::Stale(path)) => path.to_string(),
        other => panic!("expected a stale row, got: {other}"),
    }
}

both! {
    async fn new_rows_and_rows_of_others_are_added(db: Db) {
        let shelf = shelf(&db).await;
        let theirs: Book = db.repo.fetch(21).await.unwrap();
        let free: Book = db.repo.fetch(31).await.unwrap();
        db.forget();
        let changeset = shelf.change().add_to(Shelf::books, (book("x"), theirs, free.change().set(Book::title, "D")));
        let plan = changeset.plan().unwrap().to_string();
        assert!(plan.contains("~ attach 21") && plan.contains("~ attach 31") && plan.contains("+ insert"), "{plan}");
        let shelf = db.repo.update(changeset).await.unwrap();
        assert!(shelf.books.get().is_err(), "what was not loaded stays so");
        assert_eq!(books(&db).await, "D1 a1 b1 c1 x1");
    }

    async fn what_is_loaded_gains_and_loses_the_rows(db: Db) {
        let mut shelf = shelf(&db).await;
        db.repo.preload(&mut shelf, Shelf::books).await.unwrap();
        let theirs: Book = db.repo.fetch(21).await.unwrap();
        let changeset = shelf.change().add_to(Shelf::books, (book("x"), theirs)).remove_from(Shelf::books, [12]);
        let shelf = db.repo.update(changeset).await.unwrap();
        assert_eq!(titles(&shelf.books), ["a", "x", "c"]);
        assert!(shelf.books.get().unwrap().iter().all(|book| book.shelf_id == Some(1) && book.id > 0));
        assert_eq!(books(&db).await, "a1 c1 d- x1");
        db.forget();
        let again = shelf.books.get().unwrap()[0].clone();
        db.repo.update(shelf.change().add_to(Shelf::books, [again])).await.unwrap();
        assert_eq!(db.statements().len(), 0, "it is there already");
    }

    async fn of_a_new_owner_are_loaded(db: Db) {
        shelf(&db).await;
        let theirs: Book = db.repo.fetch(21).await.unwrap();
        let new = Shelf::build().set(Shelf::name, "new").add_to(Shelf::books, [book("x")]).add_to(Shelf::books, [theirs]);
        let new = db.repo.insert(new).await.unwrap();
        assert_eq!(titles(&new.books), ["x", "c"]);
        assert_eq!(books(&db).await, format!("a1 b1 c{0} d- x{0}", new.id));
    }

    async fn a_thousand_take_as_many_statements_as_two(db: Db) {
        let shelf = shelf(&db).await;
        let mut sent = Vec::new();
        for count in [2_i64, 1000] {
            let rows: Vec<_> = (0..count).map(|n| book("n").set(Book::id, 10_000 * count + n)).collect();
            let shelf = db.repo.update(shelf.clone().change().add_to(Shelf::books, rows)).await.unwrap();
            let moved = (0..count).map(|n| 10_000 * count + n);
            let half: Vec<_> = moved.clone().take(count as usize / 2).collect();
            db.repo.update(shelf.clone().change().remove_from(Shelf::loans, half.clone())).await.unwrap();
            let rest: Vec<_> = moved.skip(count as usize / 2).collect();
            db.repo.update(shelf.change().remove_from(Shelf::books, rest)).await.unwrap();
            let expected = format!("SELECT count(*) FROM books WHERE title = 'n' AND shelf_id IS NULL AND id >= {}", 10_000 * count);
            let statements = db.statements().len();
            assert_eq!(db.text(&expected).await, half.len().to_string());
            sent.push(statements);
        }
        assert_eq!(sent, [3, 3]);
        assert_eq!(db.text("SELECT count(*) FROM books WHERE title = 'n'").await, "501");
    }

    async fn they_leave_by_way_of_on_replace(db: Db) {
        let shelf = shelf(&db).await;
        let shelf = db.repo.update(shelf.change().remove_from(Shelf::loans, [11])).await.unwrap();
        assert!(shelf.loans.get().is_err());
        assert_eq!(books(&db).await, "a- b1 c2 d-");
        let changeset = shelf.clone().change().remove_from(Shelf::leaflets, [12, 4711]);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(books(&db).await, "a- c2 d-");
        for refused in [
            shelf.clone().change().remove_from(Shelf::fixed, [11]),
            shelf.change().remove_from(Shelf::marked, [11]),
        ] {
            let error = db.repo.update(refused).await.unwrap_err();
            assert!(matches!(error, SaveError::Misuse(Misuse::Replaced(_))), "{error}");
        }
    }

    async fn rows_that_are_not_there_or_anothers(db: Db) {
        let shelf = shelf(&db).await;
        for key in [4711, 21, 31] {
            for changeset in [
                shelf.clone().change().remove_from(Shelf::books, [11, key]),
                shelf.clone().change().remove_from(Shelf::loans, [11, key]),
            ] {
                let path = stale_path(db.repo.update(changeset).await.unwrap_err());
                assert!(path == "books[1]" || path == "loans[1]", "{path}");
                assert_eq!(books(&db).await, "a1 b1 c2 d-");
            }
            db.repo.update(shelf.clone().change().remove_from(Shelf::leaflets, [key])).await.unwrap();
            assert_eq!(books(&db).await, "a1 b1 c2 d-");
        }
        let gone: Book = db.repo.fetch(31).await.unwrap();
        db.execute("DELETE FROM books WHERE id = 31").await;
        let path = stale_path(db.repo.update(shelf.change().add_to(Shelf::books, (book("x"), gone))).await.unwrap_err());
        assert_eq!((path.as_str(), books(&db).await.as_str()), ("books[1]", "a1 b1 c2"));
    }

    async fn of_one_row_the_last_call_counts(db: Db) {
        let shelf = shelf(&db).await;
        let changeset = shelf.clone().change().remove_from(Shelf::books, [11, 11]).remove_from(Shelf::books, [11]);
        assert_eq!(changeset.plan().unwrap().writes().len(), 1);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(books(&db).await, "b1 c2 d-");
        let own: Book = db.repo.fetch(12).await.unwrap();
        let changeset = shelf.clone().change().remove_from(Shelf::books, [12]).add_to(Shelf::books, [own.clone()]);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(books(&db).await, "b1 c2 d-");
        let changeset = shelf.clone().change().add_to(Shelf::books, [own.change()]).remove_from(Shelf::books, [12]);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(books(&db).await, "c2 d-");
        let theirs: Book = db.repo.fetch(21).await.unwrap();
        let changeset = shelf.change().add_to(Shelf::books, (theirs.clone(), theirs.change().set(Book::title, "C")));
        db.repo.update(changeset).await.unwrap();
        assert_eq!(books(&db).await, "C1 d-");
    }

    async fn by_composite_keys(db: Db) {
        db.tables(
            "CREATE TABLE trees (land BIGINT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (land, code));
             CREATE TABLE leaves (land BIGINT NOT NULL, number BIGINT NOT NULL, tree_code TEXT, PRIMARY KEY (land, number),
               FOREIGN KEY (land, tree_code) REFERENCES trees (land, code));
             INSERT INTO trees VALUES (1, 'a'), (1, 'b'), (2, 'a');
             INSERT INTO leaves VALUES (1, 1, 'a'), (1, 2, 'a'), (1, 3, 'b'), (2, 7, 'a');",
        )
        .await;
        let tree: Tree = db.repo.fetch((1, "a".to_owned())).await.unwrap();
        let other: Leaf = db.repo.fetch((1, 3)).await.unwrap();
        let new = Leaf::build().set(Leaf::number, 9);
        let changeset = tree.clone().change().remove_from(Tree::leaves, [(1, 2)]).add_to(Tree::leaves, (other, new));
        db.repo.update(changeset).await.unwrap();
        let all = "concat(land, '.', number, tree_code)";
        assert_eq!(all_of(&db, all, "leaves").await, "1.1a 1.3a 1.9a 2.7a");
        let error = db.repo.update(tree.clone().change().remove_from(Tree::leaves, [(1, 1), (2, 7)])).await.unwrap_err();
        assert_eq!(errors(error), ["leaves[1].land does not exist"]);
        assert_eq!(all_of(&db, all, "leaves").await, "1.1a 1.3a 1.9a 2.7a");
        let abroad: Leaf = db.repo.fetch((2, 7)).await.unwrap();
        db.repo.update(tree.change().add_to(Tree::leaves, [abroad])).await.unwrap();
        assert_eq!(all_of(&db, all, "leaves").await, "1.1a 1.3a 1.7a 1.9a");
    }
}
