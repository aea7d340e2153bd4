//! Plans, queries and errors of the database over rows with embeds.

use assoc::Op;

use super::*;

both! {
    async fn a_plan_prints_what_is_written(db: Db) {
        let old = loaded(&db).await;
        let insert = page(Page::build(), &params(json!({"title": "N", "seo": {"robots": "none", "keywords": []}})));
        assert_eq!(
            insert.plan().unwrap().to_string(),
            "pages · insert   title: \"N\", seo: {\"keywords\":[],\"robots\":\"none\"}\n1 write, 1 statement"
        );
        let ids: Vec<Uuid> = old.links.iter().map(|link| link.id).collect();
        let update = page(old.clone().change(), &params(json!({"links": [{"id": ids[1].to_string(), "label": "B"}], "seo": null})));
        let (id, b) = (old.id, ids[1]);
        assert_eq!(
            update.plan().unwrap().to_string(),
            format!("pages {id} · update   links: [{{\"id\":\"{b}\",\"label\":\"B\",\"url\":\"b\"}}], seo: null\n1 write, 1 statement")
        );
        let same = old.clone().change().put_embed(Page::links, &old.links);
        assert_eq!(same.plan().unwrap().to_string(), format!("pages {id} · unchanged\n0 writes, 0 statements"));
    }

    async fn a_plan_serialises(db: Db) {
        let old = loaded(&db).await;
        let update = page(old.clone().change(), &params(json!({"seo": {"keywords": ["k"]}, "links": []})));
        let plan = update.plan().unwrap();
        assert_eq!(
            serde_json::to_value(&plan).unwrap(),
            json!({
                "writes": [{"op": "update", "table": "pages", "path": "", "key": {"id": old.id}, "set": {"links": [], "seo": {"robots": "index", "keywords": ["k"]}}}],
                "statements": 1,
            })
        );
        assert_eq!(plan, update.plan().unwrap());
        assert_eq!(db.repo.to_sql(&plan).len(), 1);
        assert_eq!(plan.writes()[0].op, Op::Update);
    }

    async fn queries_over_the_other_columns(db: Db) {
        let old = loaded(&db).await;
        let changesets = ["Q", "R"].map(|title| Page::build().set(Page::title, title));
        db.repo.insert_many(changesets).await.unwrap();
        let found = db.repo.all(Page::query().filter(Page::title.is_in(["P", "R"])).order_by(Page::title.desc())).await.unwrap();
        assert_eq!(found.iter().map(|page| (&*page.title, page.links.len())).collect::<Vec<_>>(), [("R", 0), ("P", 3)]);
        let one = db.repo.one(Page::query().filter(Page::title.like("P%")).limit(1)).await.unwrap();
        assert_eq!(one, Some(old));
    }

    async fn a_delete_and_what_is_given_back(db: Db) {
        let old = loaded(&db).await;
        assert_eq!(db.repo.delete(old.clone()).await.unwrap(), old);
        assert_eq!(db.count("pages").await, 0);
    }

    async fn the_struct_as_it_would_be(db: Db) {
        let old = loaded(&db).await;
        let input = params(json!({"links": [{"id": old.links[2].id.to_string(), "url": "C"}], "seo": null}));
        let applied = page(old.clone().change(), &input).apply_action().unwrap();
        assert_eq!((urls(&applied), &applied.seo), (vec!["C"], &None));
        assert_eq!(reload(&db, old.id).await, old);
    }

    async fn an_upsert_takes_embeds_over(db: Db) {
        let old = loaded(&db).await;
        db.execute("CREATE UNIQUE INDEX pages_title_index ON pages (title)").await;
        let links = [Link { id: Uuid::nil(), url: "z".into(), label: None }];
        let changeset = Page::build().set(Page::title, "P").put_embed(Page::links, links.clone());
        let saved = db.repo.insert(changeset.on_conflict_replace(Page::title, Page::title)).await.unwrap();
        // Only the columns that were named are taken over.
        assert_eq!((saved.id, reload(&db, old.id).await.links), (old.id, old.links));
    }
}
