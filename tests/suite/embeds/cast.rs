//! `cast_embed`: with keys and without, and what of it is sent.

use super::*;

both! {
    async fn rows_with_keys_are_matched(db: Db) {
        let old = loaded(&db).await;
        let ids: Vec<Uuid> = old.links.iter().map(|link| link.id).collect();
        let input = json!({"links": [{"id": ids[2].to_string(), "label": "C"}, {"url": "new"}, {"id": ids[0].to_string()}]});
        let new = db.repo.update(page(old.clone().change(), &params(input))).await.unwrap();
        assert_eq!(db.statements().len(), 1);
        assert_eq!(new, reload(&db, old.id).await);
        assert_eq!(urls(&new), ["c", "new", "a"]);
        assert_eq!((new.links[0].id, new.links[2].id), (ids[2], ids[0]));
        assert_eq!((new.links[0].label.as_deref(), new.links[2].clone()), (Some("C"), old.links[0].clone()));
        assert!(!ids.contains(&new.links[1].id));
        assert_eq!((new.title, new.seo), (old.title, old.seo));
    }

    async fn an_unknown_key_makes_a_new_row_with_a_key_of_its_own(db: Db) {
        let old = loaded(&db).await;
        let (id, alien) = (old.links[0].id.to_string(), Uuid::from_u128(7));
        let input = json!({"links": [{"id": id}, {"id": alien.to_string(), "url": "alien"}, {"id": "no uuid", "url": "x"}]});
        let new = db.repo.update(page(old.change(), &params(input))).await.unwrap();
        assert_eq!(urls(&new), ["a", "alien", "x"]);
        assert!(new.links[1].id != alien && new.links[1].id != new.links[2].id);
    }

    async fn an_id_that_comes_twice_is_an_error(db: Db) {
        let old = loaded(&db).await;
        let (page_id, id) = (old.id, old.links[0].id.to_string());
        let input = json!({"links": [{"id": id}, {"id": id, "url": "again"}]});
        let error = db.repo.update(page(old.clone().change(), &params(input))).await.unwrap_err();
        assert_eq!(errors(error), ["links[1].id has already been taken"]);
        assert_eq!(reload(&db, page_id).await, old);
    }

    async fn a_row_without_a_key_is_replaced_as_a_whole(db: Db) {
        let old = loaded(&db).await;
        // The keywords are those of a new row: none were given.
        let new = db.repo.update(page(old.clone().change(), &params(json!({"seo": {"robots": "none"}})))).await;
        assert_eq!(errors(new.unwrap_err()), ["seo.keywords can't be blank"]);
        assert_eq!(reload(&db, old.id).await, old);
        let input = params(json!({"seo": {"robots": "none", "keywords": []}}));
        let new = db.repo.update(page(old.change(), &input)).await.unwrap();
        assert_eq!(new.seo, Some(Seo { robots: "none".into(), keywords: vec![] }));
        let none = db.repo.update(page(new.change(), &params(json!({"seo": null})))).await.unwrap();
        assert_eq!(none.seo, None);
        assert_eq!(db.text("SELECT seo FROM pages").await, "NULL");
    }

    async fn what_does_not_change_is_not_sent(db: Db) {
        let old = loaded(&db).await;
        let all: Vec<_> = old.links.iter().map(|link| json!({"id": link.id.to_string(), "url": link.url, "label": null})).collect();
        let changeset = page(old.clone().change(), &params(json!({"title": "P", "links": all})));
        assert!(changeset.plan().unwrap().is_empty());
        assert_eq!(db.repo.update(changeset).await.unwrap(), old);
        let changeset = page(old.clone().change(), &params(json!({"title": "Q"})));
        assert_eq!(changeset.plan().unwrap().writes()[0].set.keys().collect::<Vec<_>>(), [&"title"]);
        let new = db.repo.update(changeset).await.unwrap();
        assert_eq!((new.links, new.seo), (old.links, old.seo));
        assert_eq!(db.conversation().len(), 1);
    }

    async fn the_order_counts(db: Db) {
        let old = loaded(&db).await;
        let turned: Vec<_> = old.links.iter().rev().map(|link| json!({"id": link.id.to_string()})).collect();
        let new = db.repo.update(page(old.clone().change(), &params(json!({"links": turned})))).await.unwrap();
        assert_eq!((urls(&new), db.statements().len()), (vec!["c", "b", "a"], 1));
        assert_eq!(new, reload(&db, old.id).await);
    }

    async fn errors_have_the_path_of_the_input(db: Db) {
        let old = loaded(&db).await;
        let input = json!({"links": [{"id": old.links[1].id.to_string(), "label": 7}, {"url": "d"}, {"label": "x"}], "seo": {"keywords": "k"}});
        let error = db.repo.update(page(old.clone().change(), &params(input))).await.unwrap_err();
        assert_eq!(errors(error), ["links[0].label is invalid", "links[2].url can't be blank", "seo.keywords is invalid"]);
        assert_eq!(db.statements(), [""; 0]);
        assert_eq!(reload(&db, old.id).await, old);
    }

    async fn rows_with_and_without_embeds_are_one_insert(db: Db) {
        tables(&db).await;
        let inputs = [json!({"title": "a"}), json!({"title": "b", "links": [{"url": "u"}]}), json!({"title": "c", "seo": {"keywords": ["k"]}}), json!({"title": "d", "links": [], "seo": null})];
        let changesets = inputs.into_iter().map(|input| page(Page::build(), &params(input)));
        let pages = db.repo.insert_many(changesets).await.unwrap();
        assert_eq!(db.statements().len(), 1);
        let found = db.repo.all(Page::query().order_by(Page::id.asc())).await.unwrap();
        assert_eq!(found, pages);
        assert_eq!(pages.iter().map(|page| page.links.len()).collect::<Vec<_>>(), [0, 1, 0, 0]);
        assert_eq!(pages.iter().map(|page| page.seo.is_some()).collect::<Vec<_>>(), [false, false, true, false]);
        assert_eq!(db.count("pages WHERE seo IS NULL").await, 3);
    }
}
