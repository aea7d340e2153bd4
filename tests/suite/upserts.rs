//! `on_conflict_nothing` and `on_conflict_replace`: one row, many rows, children, and rows that come twice.

use assoc::{DbError, SaveError, prelude::*};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::support::*;

/// The database makes the key.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Page {
    id: i64,
    slug: String,
    lang: Option<String>,
    title: String,
    site_id: Option<i64>,
    #[has_many(on_replace = delete)]
    lines: HasMany<Line>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Line {
    id: i64,
    text: String,
    page_id: i64,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Site {
    id: i64,
    name: String,
    #[has_many(on_replace = nilify)]
    pages: HasMany<Page>,
}

/// The client makes the key.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Token {
    id: Uuid,
    name: String,
    uses: i32,
    #[has_many(on_replace = delete)]
    grants: HasMany<Grant>,
    #[timestamps]
    inserted_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Grant {
    id: i64,
    scope: String,
    token_id: Uuid,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Crate {
    id: i64,
    name: String,
    code: String,
    size: i32,
    #[has_many(foreign_key = crate_code, references = code)]
    boxes: HasMany<Box>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Box {
    id: i64,
    crate_code: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "stickers")]
struct Label {
    id: i64,
    name: String,
    uses: i32,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "stickers")]
struct Measure {
    id: i64,
    name: Decimal,
    uses: i32,
}

async fn site(db: &Db) -> Site {
    let uuid = if db.is_postgres() { "UUID" } else { "BLOB" };
    db.tables(&format!(
        "CREATE TABLE sites (id <key>, name TEXT NOT NULL);
         CREATE TABLE pages (id <key>, slug TEXT NOT NULL, lang TEXT, title TEXT NOT NULL,
           site_id BIGINT REFERENCES sites (id), UNIQUE (slug), UNIQUE (lang, title));
         CREATE TABLE lines (id <key>, text TEXT NOT NULL, page_id BIGINT NOT NULL REFERENCES pages (id));
         CREATE TABLE tokens (id {uuid} PRIMARY KEY, name TEXT NOT NULL UNIQUE, uses INTEGER NOT NULL, inserted_at <time> NOT NULL);
         CREATE TABLE grants (id <key>, scope TEXT NOT NULL, token_id {uuid} NOT NULL REFERENCES tokens (id));
         INSERT INTO sites VALUES (1, 'mine'), (2, 'other');
         INSERT INTO pages VALUES (11, 'a', 'de', 'A', 1), (21, 'b', 'de', 'B', 2);"
    ))
    .await;
    let site = db.repo.fetch(1).await.unwrap();
    db.forget();
    site
}

fn page(slug: &str, title: &str) -> Changeset<Page> {
    Page::build().set(Page::slug, slug).set(Page::title, title)
}

fn upsert(slug: &str, title: &str) -> Changeset<Page> {
    page(slug, title).on_conflict_replace(Page::slug, Page::title)
}

fn token(name: &str, uses: i32) -> Changeset<Token> {
    Token::build().set(Token::name, name).set(Token::uses, uses)
}

async fn pages(db: &Db) -> String {
    all_of(db, "concat(slug, title, coalesce(CAST(site_id AS TEXT), '-'))", "pages").await
}

both! {
    async fn a_row_that_is_there_takes_the_values(db: Db) {
        site(&db).await;
        let there = db.repo.insert(upsert("a", "New")).await.unwrap();
        assert_eq!((there.id, db.statements().len()), (11, 1));
        let new = db.repo.insert(upsert("c", "C")).await.unwrap();
        assert!(new.id != 11 && new.id != 21);
        assert_eq!(pages(&db).await, "aNew1 bB2 cC-");
        let plan = upsert("a", "x");
        assert!(db.repo.to_sql(&plan.plan().unwrap())[0].contains("ON CONFLICT (\"slug\") DO UPDATE SET \"title\" = excluded.\"title\""));
    }

    async fn many_of_which_some_are_there(db: Db) {
        site(&db).await;
        let rows = ["x", "b", "y", "a", "z"].map(|slug| upsert(slug, &slug.to_uppercase().repeat(2)));
        let saved = db.repo.insert_many(rows).await.unwrap();
        assert_eq!(db.statements().len(), 1);
        let found: Vec<_> = saved.iter().map(|page| (page.slug.as_str(), page.title.as_str())).collect();
        assert_eq!(found, [("x", "XX"), ("b", "BB"), ("y", "YY"), ("a", "AA"), ("z", "ZZ")]);
        assert_eq!((saved[1].id, saved[3].id), (21, 11));
        for page in &saved {
            assert_eq!(db.text(&format!("SELECT slug FROM pages WHERE id = {}", page.id)).await, page.slug);
        }
        assert_eq!(pages(&db).await, "aAA1 bBB2 xXX- yYY- zZZ-");
    }

    async fn one_row_twice_in_a_batch_is_written_in_turn(db: Db) {
        site(&db).await;
        let rows = [upsert("a", "1"), upsert("x", "2"), upsert("a", "3"), upsert("x", "4"), upsert("y", "5"), upsert("a", "6")];
        let saved = db.repo.insert_many(rows).await.unwrap();
        assert_eq!(pages(&db).await, "a61 bB2 x4- y5-");
        assert!([0, 2, 5].iter().all(|&at| saved[at].id == 11));
        assert_eq!(saved[1].id, saved[3].id);
        assert_eq!(db.statements().len(), 0);
    }

    async fn one_row_twice_among_the_children_of_a_parent(db: Db) {
        let site = site(&db).await;
        let rows = [upsert("a", "1"), upsert("n", "2"), upsert("n", "3"), upsert("a", "4")];
        let changeset = site.change().add_to(Site::pages, rows);
        assert_eq!(changeset.plan().unwrap().statements(), 2);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(pages(&db).await, "a41 bB2 n31");
        let lines = |text: &str| [Line::build().set(Line::text, text)];
        let roots = ["x", "y"].map(|text| upsert("r", text).put_assoc(Page::lines, lines(text)));
        let roots = db.repo.insert_many(roots).await.unwrap();
        assert_eq!((roots[0].id, all_of(&db, "concat(slug, title, text)", "lines JOIN pages ON pages.id = page_id").await.as_str()), (roots[1].id, "ryx ryy"));
    }

    async fn a_violation_among_rows_of_which_some_are_there(db: Db) {
        site(&db).await;
        let checked = |slug: &str, title: &str| upsert(slug, title).set(Page::lang, "de").unique_constraint((Page::lang, Page::title));
        let error = db.repo.insert_many([checked("a", "A2"), checked("n", "B"), checked("m", "M")]).await.unwrap_err();
        let SaveError::Invalid(rows) = error else { panic!("{error}") };
        assert_eq!(rows.iter().map(|row| row.errors().to_string()).collect::<Vec<_>>(), ["", "lang has already been taken", ""]);
        assert_eq!(pages(&db).await, "aA1 bB2");
    }

    async fn composite_targets(db: Db) {
        site(&db).await;
        let row = |slug: &str, lang: &str, title: &str| page(slug, title).set(Page::lang, lang).on_conflict_replace((Page::lang, Page::title), Page::slug);
        let saved = db.repo.insert_many([row("n", "de", "B"), row("m", "en", "B"), row("o", "de", "A")]).await.unwrap();
        assert_eq!((saved[0].id, saved[2].id), (21, 11));
        assert_eq!(pages(&db).await, "mB- nB2 oA1");
        let error = db.repo.insert(row("m", "fr", "B").unique_constraint(Page::slug)).await.unwrap_err();
        assert_eq!(errors(error), ["slug has already been taken"], "another constraint than the target's");
    }

    async fn children_of_a_row_that_is_there_are_its_own(db: Db) {
        site(&db).await;
        let lines = |text: &str| [Line::build().set(Line::text, text)];
        let rows = [upsert("a", "A").put_assoc(Page::lines, lines("1")), upsert("n", "N").put_assoc(Page::lines, lines("2"))];
        let saved = db.repo.insert_many(rows).await.unwrap();
        assert_eq!(saved[0].lines.get().unwrap()[0].page_id, 11);
        assert_eq!(all_of(&db, "concat(slug, text)", "lines JOIN pages ON pages.id = page_id").await, "a1 n2");
    }

    async fn as_children_of_a_parent(db: Db) {
        let site = site(&db).await;
        let theirs = [upsert("a", "AA"), upsert("b", "BB"), upsert("c", "CC")];
        let refused = db.repo.update(site.clone().change().add_to(Site::pages, theirs)).await.unwrap_err();
        assert!(matches!(&refused, SaveError::Database(DbError::Stale(path)) if path.to_string() == "pages[1]"), "{refused}");
        let form = [upsert("b", "BB").stale_error_message(Page::slug, "is another site's")];
        let refused = db.repo.update(site.clone().change().add_to(Site::pages, form)).await.unwrap_err();
        assert_eq!(errors(refused), ["pages[0].slug is another site's"]);
        assert_eq!(pages(&db).await, "aA1 bB2");
        let rows = [upsert("a", "AA"), upsert("c", "CC")];
        let site = db.repo.update(site.change().add_to(Site::pages, rows)).await.unwrap();
        assert_eq!(pages(&db).await, "aAA1 bB2 cCC1", "only what is to be replaced is");
        let taken = page("b", "Mine").on_conflict_replace(Page::slug, (Page::title, Page::site_id));
        db.repo.update(site.change().add_to(Site::pages, [taken])).await.unwrap();
        assert_eq!(pages(&db).await, "aAA1 bMine1 cCC1");
    }

    async fn children_refer_to_what_the_row_that_is_there_keeps(db: Db) {
        // The code of a crate stays; the name is replaced; boxes refer to the code.
        db.tables(
            "CREATE TABLE crates (id <key>, name TEXT NOT NULL UNIQUE, code TEXT NOT NULL UNIQUE, size INTEGER NOT NULL);
             CREATE TABLE boxes (id <key>, crate_code TEXT NOT NULL REFERENCES crates (code));
             INSERT INTO crates VALUES (1, 'a', 'old', 1);",
        )
        .await;
        let upsert = |name: &str, code: &str| {
            Crate::build().set(Crate::name, name).set(Crate::code, code).set(Crate::size, 2)
                .on_conflict_replace(Crate::name, Crate::size).put_assoc(Crate::boxes, [Box::build()])
        };
        let saved = db.repo.insert_many([upsert("a", "new"), upsert("b", "b")]).await.unwrap();
        let codes: Vec<_> = saved.iter().map(|it| (it.id == 1, it.code.as_str(), it.boxes.get().unwrap()[0].crate_code.as_str())).collect();
        assert_eq!(codes, [(true, "old", "old"), (false, "b", "b")]);
        assert_eq!(all_of(&db, "concat(code, size)", "crates").await, "b2 old2");
        assert_eq!(all_of(&db, "crate_code", "boxes").await, "b old");
    }

    async fn a_value_that_comes_back_otherwise_than_it_was_sent(db: Db) {
        let name = if db.is_postgres() { "NUMERIC(10,2)" } else { "TEXT COLLATE NOCASE" };
        db.tables(&format!("CREATE TABLE stickers (id <key>, name {name} NOT NULL UNIQUE, uses INTEGER NOT NULL)")).await;
        if db.is_postgres() {
            let label = |name: i64, uses: i32| Measure::build().set(Measure::name, Decimal::new(name, 3)).set(Measure::uses, uses);
            let first = db.repo.insert(label(1005, 1).on_conflict_replace(Measure::name, Measure::uses)).await.unwrap();
            let again = db.repo.insert(label(1006, 2).on_conflict_replace(Measure::name, Measure::uses)).await.unwrap();
            assert_eq!((first.id, db.count("stickers").await), (again.id, 1));
        } else {
            let label = |name: &str, uses: i32| Label::build().set(Label::name, name).set(Label::uses, uses);
            let first = db.repo.insert(label("Rust", 1)).await.unwrap();
            let again = db.repo.insert(label("RUST", 2).on_conflict_replace(Label::name, Label::uses)).await.unwrap();
            assert_eq!((first.id, db.count("stickers").await), (again.id, 1));
        }
        assert_eq!(db.text("SELECT uses FROM stickers").await, "2");
    }

    async fn rows_of_which_none_is_there_come_back_in_their_order(db: Db) {
        site(&db).await;
        let rows = ["z", "y", "x"].map(|slug| page(slug, slug).on_conflict_nothing(()));
        let saved = db.repo.insert_many(rows).await.unwrap();
        for page in saved {
            assert_eq!(db.text(&format!("SELECT slug FROM pages WHERE id = {}", page.id)).await, page.slug);
        }
    }

    async fn nothing_of_a_row_whose_key_must_come_back(db: Db) {
        site(&db).await;
        let new = db.repo.insert(page("n", "N").on_conflict_nothing(Page::slug)).await.unwrap();
        assert_eq!(db.text("SELECT id FROM pages WHERE slug = 'n'").await, new.id.to_string());
        let rows = [page("m", "M"), page("a", "changed")].map(|page| page.on_conflict_nothing(Page::slug));
        let error = db.repo.insert_many(rows).await.unwrap_err();
        assert!(matches!(error, SaveError::Database(DbError::Type(_))), "{error}");
        assert_eq!(pages(&db).await, "aA1 bB2 nN-", "an error means that nothing was written");
        let error = db.repo.insert(page("a", "changed").on_conflict_nothing(())).await.unwrap_err();
        assert!(error.to_string().contains("id"), "{error}");
        let child = page("b", "x").on_conflict_nothing(Page::slug).put_assoc(Page::lines, [Line::build().set(Line::text, "t")]);
        db.repo.insert(child).await.unwrap_err();
        assert_eq!(db.count("lines").await, 0);
    }

    async fn nothing_of_a_row_whose_key_the_client_makes(db: Db) {
        site(&db).await;
        let first = db.repo.insert(token("a", 1)).await.unwrap();
        for changeset in [token("a", 2).on_conflict_nothing(Token::name), token("a", 3).on_conflict_nothing(()), token("a", 4).on_conflict_nothing(())] {
            let kept = db.repo.insert(changeset).await.unwrap();
            assert_ne!(kept.uses, 1, "what was to be inserted comes back");
        }
        let rows = [token("b", 5), token("a", 6), token("b", 7), token("c", 8)].map(|token| token.on_conflict_nothing(()));
        let saved = db.repo.insert_many(rows).await.unwrap();
        assert_eq!(saved.iter().map(|token| token.uses).collect::<Vec<_>>(), [5, 6, 7, 8]);
        assert_eq!(all_of(&db, "concat(name, uses)", "tokens").await, "a1 b5 c8");
        assert_eq!(db.repo.fetch::<Token>(first.id).await.unwrap(), Token { grants: first.grants.clone(), ..db.repo.fetch(first.id).await.unwrap() });
    }

    async fn keys_of_the_client_give_way_to_those_that_are_there(db: Db) {
        site(&db).await;
        let first = db.repo.insert(token("a", 1)).await.unwrap();
        let grant = |scope: &str| [Grant::build().set(Grant::scope, scope)];
        let upsert = |name: &str, uses: i32| token(name, uses).on_conflict_replace(Token::name, Token::uses);
        let again = db.repo.insert(upsert("a", 2).put_assoc(Token::grants, grant("x"))).await.unwrap();
        assert_eq!((again.id, again.grants.get().unwrap()[0].token_id), (first.id, first.id));
        let many = [upsert("b", 1).put_assoc(Token::grants, grant("y")), upsert("a", 3).put_assoc(Token::grants, grant("z"))];
        let many = db.repo.insert_many(many).await.unwrap();
        assert_eq!(many[1].id, first.id);
        assert_eq!(all_of(&db, "concat(name, uses, scope)", "grants JOIN tokens ON tokens.id = token_id").await, "a3x a3z b1y");
    }

    async fn nothing_by_the_key_of_the_client_keeps_its_children(db: Db) {
        site(&db).await;
        let first = db.repo.insert(token("a", 1)).await.unwrap();
        let again = token("other", 2).set(Token::id, first.id).on_conflict_nothing(Token::id).put_assoc(Token::grants, [Grant::build().set(Grant::scope, "x")]);
        let again = db.repo.insert(again).await.unwrap();
        assert_eq!((again.id, db.count("tokens").await), (first.id, 1));
        assert_eq!(all_of(&db, "concat(name, scope)", "grants JOIN tokens ON tokens.id = token_id").await, "ax");
    }
}
