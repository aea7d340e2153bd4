//! Keys that a row has from its owner: what is read back is what stands in the database, also where the row hands them on to
//! its own children.

use assoc::prelude::*;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Land {
    id: i64,
    name: String,
    #[has_many(foreign_key = land, on_replace = delete)]
    towns: HasMany<Town>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Town {
    #[schema(primary_key)]
    land: i64,
    #[schema(primary_key)]
    code: String,
    #[belongs_to(foreign_key = land)]
    of: BelongsTo<Land>,
    #[has_many(foreign_key(land, town), on_replace = delete)]
    streets: HasMany<Street>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Street {
    id: i64,
    land: i64,
    town: String,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "shelves")]
struct Shelf {
    id: i64,
    name: String,
    #[has_many(on_replace = nilify)]
    books: HasMany<Book>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Book {
    id: i64,
    title: String,
    shelf_id: Option<i64>,
    #[belongs_to]
    shelf: BelongsTo<Shelf>,
    #[has_many(foreign_key = shelf_id, references = shelf_id)]
    stickers: HasMany<Sticker>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Sticker {
    id: i64,
    shelf_id: Option<i64>,
    text: String,
}

async fn tables(db: &Db) {
    db.tables(
        "CREATE TABLE lands (id <key>, name TEXT NOT NULL);
         CREATE TABLE towns (land BIGINT NOT NULL REFERENCES lands (id), code TEXT NOT NULL, PRIMARY KEY (land, code));
         CREATE TABLE streets (id <key>, land BIGINT NOT NULL, town TEXT NOT NULL, name TEXT NOT NULL,
                               FOREIGN KEY (land, town) REFERENCES towns (land, code));
         CREATE TABLE shelves (id <key>, name TEXT NOT NULL);
         CREATE TABLE books (id <key>, title TEXT NOT NULL, shelf_id BIGINT REFERENCES shelves (id));
         CREATE TABLE stickers (id <key>, shelf_id BIGINT REFERENCES shelves (id), text TEXT NOT NULL);",
    )
    .await;
}

fn town(code: &str, streets: &[&str]) -> Changeset<Town> {
    let streets = streets.iter().map(|name| Street::build().set(Street::name, *name));
    Town::build().set(Town::code, code).put_assoc(Town::streets, streets.collect::<Vec<_>>())
}

fn sticker(text: &str) -> Changeset<Sticker> {
    Sticker::build().set(Sticker::text, text)
}

both! {
    async fn a_part_of_a_key_passes_through_a_row(db: Db) {
        tables(&db).await;
        let lands = ["a", "b"].map(|name| {
            let towns = [town("x", &["x1", "x2"]), town("y", &[]), town("z", &["z1"])];
            Land::build().set(Land::name, name).put_assoc(Land::towns, towns)
        });
        let mut written = db.repo.insert_many(lands).await.unwrap();
        written.extend([db.repo.insert(Land::build().set(Land::name, "c").put_assoc(Land::towns, [town("x", &["x1"])])).await.unwrap()]);
        let streets = |land: &Land| -> Vec<(i64, String, String)> {
            let towns = land.towns.get().unwrap().iter();
            let streets = towns.flat_map(|town| town.streets.get().unwrap());
            streets.map(|street| (street.land, street.town.clone(), street.name.clone())).collect()
        };
        let of = |land: i64, town: &str, name: &str| (land, town.to_owned(), name.to_owned());
        let [a, b, c] = [0, 1, 2].map(|at| written[at].id);
        assert_eq!(streets(&written[0]), [of(a, "x", "x1"), of(a, "x", "x2"), of(a, "z", "z1")]);
        assert_eq!(streets(&written[1]), [of(b, "x", "x1"), of(b, "x", "x2"), of(b, "z", "z1")]);
        assert_eq!(streets(&written[2]), [of(c, "x", "x1")]);
        let query = Land::query().order_by(Land::id.asc()).preload(Land::towns.then(Town::streets));
        assert_eq!(db.repo.all(query).await.unwrap(), written);
    }

    async fn a_foreign_key_is_the_key_of_others(db: Db) {
        tables(&db).await;
        let book = Book::build().set(Book::title, "a").put_assoc(Book::stickers, [sticker("red"), sticker("blue")]);
        let shelf = db.repo.insert(Shelf::build().set(Shelf::name, "mine").put_assoc(Shelf::books, [book])).await.unwrap();
        let mut again: Shelf = db.repo.fetch(shelf.id).await.unwrap();
        db.repo.preload(&mut again, Shelf::books.then(Book::stickers)).await.unwrap();
        assert_eq!(again, shelf);
        let stickers = shelf.books.get().unwrap()[0].stickers.get().unwrap();
        assert_eq!(stickers.iter().map(|sticker| sticker.shelf_id).collect::<Vec<_>>(), [Some(shelf.id); 2]);
    }

    async fn a_row_that_moves_has_its_old_owner_no_longer(db: Db) {
        tables(&db).await;
        let shelf = |name: &str| Shelf::build().set(Shelf::name, name);
        let book = Book::build().set(Book::title, "a");
        let old = db.repo.insert(shelf("old").put_assoc(Shelf::books, [book])).await.unwrap();
        let mut new = db.repo.insert(shelf("new")).await.unwrap();
        db.repo.preload(&mut new, Shelf::books).await.unwrap();
        let mut book: Book = db.repo.fetch(old.books.get().unwrap()[0].id).await.unwrap();
        db.repo.preload(&mut book, Book::shelf).await.unwrap();
        assert_eq!(book.shelf.get().unwrap().map(|shelf| shelf.id), Some(old.id));
        let new = db.repo.update(new.change().put_assoc(Shelf::books, [book])).await.unwrap();
        let [book] = new.books.get().unwrap() else { panic!("{new:?}") };
        assert_eq!((book.shelf_id, book.shelf.is_loaded()), (Some(new.id), false));
        assert_eq!(db.repo.fetch::<Book>(book.id).await.unwrap().shelf_id, Some(new.id));
    }
}
