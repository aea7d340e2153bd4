//! What the column holds that nobody wrote by way of a changeset: members that are missing, NULL, malformed JSON.

use assoc::{DbError, SaveError};

use super::*;

/// A page whose columns hold these texts.
async fn read(db: &Db, links: &str, seo: &str) -> Result<Page, DbError> {
    db.execute(&format!(
        "DELETE FROM pages; INSERT INTO pages (id, title, links, seo) VALUES (1, 'P', {links}, {seo})"
    ))
    .await;
    db.repo.fetch(1).await
}

async fn fails(db: &Db, links: &str, seo: &str, message: &str) {
    match read(db, links, seo).await {
        Err(DbError::Type(error)) => assert!(error.to_string().starts_with(message), "{error}"),
        other => panic!("expected a type error that begins with `{message}`, got {other:?}"),
    }
}

async fn loose_tables(db: &Db) {
    db.tables("CREATE TABLE pages (id <key>, title TEXT NOT NULL, links <json>, seo <json>)").await;
}

const LINK: &str = "00000000-0000-0000-0000-000000000001";

both! {
    async fn missing_members_have_their_defaults(db: Db) {
        loose_tables(&db).await;
        let page = read(&db, &format!(r#"'[{{"id": "{LINK}", "url": "a", "unknown": {{}}}}]'"#), r#"'{"keywords": ["k"]}'"#).await.unwrap();
        assert_eq!(page.links, [Link { id: Uuid::from_u128(1), url: "a".into(), label: None }]);
        assert_eq!(page.seo, Some(Seo { robots: "index".into(), keywords: vec!["k".into()] }));
        let changeset = page.clone().change().put_embed(Page::seo, page.seo.as_ref()).put_embed(Page::links, &page.links);
        assert!(changeset.plan().unwrap().is_empty());
    }

    async fn null_is_nothing(db: Db) {
        loose_tables(&db).await;
        for null in ["NULL", "'null'"] {
            let page = read(&db, null, null).await.unwrap();
            assert_eq!((page.links, page.seo), (vec![], None));
        }
    }

    async fn what_does_not_fit_names_its_field(db: Db) {
        loose_tables(&db).await;
        fails(&db, "'[7]'", "NULL", "Page.links: ").await;
        fails(&db, "'7'", "NULL", "Page.links: ").await;
        fails(&db, "'[null]'", "NULL", "Page.links: ").await;
        fails(&db, "'{}'", "NULL", "Page.links: ").await;
        fails(&db, "'[]'", "'[]'", "Page.seo: ").await;
        fails(&db, "'[]'", "'\"x\"'", "Page.seo: ").await;
        fails(&db, "'[]'", r#"'{"keywords": "k"}'"#, "Page.seo: Seo.keywords").await;
        fails(&db, "'[]'", r#"'{}'"#, "Page.seo: Seo.keywords").await;
        fails(&db, "'[]'", r#"'{"keywords": [], "robots": null}'"#, "Page.seo: Seo.robots").await;
        fails(&db, &format!(r#"'[{{"id": "{LINK}", "url": 7}}]'"#), "NULL", "Page.links: Link.url").await;
        fails(&db, r#"'[{"url": "u"}]'"#, "NULL", "Page.links: Link.id").await;
    }

    async fn a_preload_that_does_not_fit_leaves_nothing_half_loaded(db: Db) {
        loose_tables(&db).await;
        assert!(matches!(db.repo.all(Page::query()).await, Ok(pages) if pages.is_empty()));
        read(&db, "'[]'", "NULL").await.unwrap();
        let pages = db.repo.all(Page::query().filter(Page::title.eq("P")).order_by(Page::title.asc())).await.unwrap();
        assert_eq!(pages.len(), 1);
    }

    async fn a_row_that_cannot_be_read_back_is_not_written(db: Db) {
        tables(&db).await;
        // Without a URL, the link that is written could not be read again: as if its column were NOT NULL.
        let changeset = Page::build().set(Page::title, "P").put_embed(Page::links, [Link::build()]);
        let SaveError::Invalid(back) = db.repo.insert(changeset).await.unwrap_err() else { panic!("errors of the input") };
        assert_eq!(lines(&back.errors()), ["links[0].url can't be blank"]);
        assert_eq!(serde_json::to_value(&back.errors().list()[0].1.params).unwrap(), json!({"validation": "required", "constraint": "not_null"}));
        assert_eq!((db.statements().len(), db.count("pages").await), (0, 0));
        let link = back.get_assoc(Page::links).unwrap().swap_remove(0).set(Link::url, "u");
        let saved = db.repo.insert(back.put_embed(Page::links, [link])).await.unwrap();
        assert_eq!((urls(&saved), &saved), (vec!["u"], &reload(&db, saved.id).await));
    }
}

#[tokio::test]
async fn malformed_text_on_sqlite() {
    let db = Db::sqlite().await;
    loose_tables(&db).await;
    for malformed in ["'{'", "''", "'[1'", "x'00ff'", "7"] {
        fails(&db, malformed, "NULL", "Page.links: ").await;
        fails(&db, "'[]'", malformed, "Page.seo: ").await;
    }
}
