//! `put_embed`: structs and changesets of the program; what differs is written.

use super::*;

fn a_link(id: u128, url: &str) -> Link {
    Link { id: Uuid::from_u128(id), url: url.into(), label: None }
}

both! {
    async fn structs_and_changesets_of_a_new_page(db: Db) {
        tables(&db).await;
        let made = Link::build().set(Link::url, "made");
        let page = Page::build().set(Page::title, "P").put_embed(Page::links, (a_link(1, "a"), made));
        let seo = Seo { robots: "all".into(), keywords: vec!["k".into()] };
        let page = db.repo.insert(page.put_embed(Page::seo, seo.clone())).await.unwrap();
        assert_eq!((urls(&page), page.seo.as_ref()), (vec!["a", "made"], Some(&seo)));
        assert_eq!(page.links[0], a_link(1, "a"));
        assert!(!page.links[1].id.is_nil());
        assert_eq!(page, reload(&db, page.id).await);
    }

    async fn what_is_the_same_is_not_sent(db: Db) {
        let old = loaded(&db).await;
        let changeset = old.clone().change().put_embed(Page::links, &old.links).put_embed(Page::seo, old.seo.as_ref());
        assert!(changeset.plan().unwrap().is_empty());
        assert_eq!(db.repo.update(changeset).await.unwrap(), old);
        assert_eq!(db.conversation(), [""; 0]);
    }

    async fn an_altered_struct_writes_its_difference(db: Db) {
        let old = loaded(&db).await;
        let mut links = old.links.clone();
        links[1].label = Some("B".into());
        let changeset = old.clone().change().put_embed(Page::links, links.clone());
        let rows = changeset.get_assoc(Page::links).unwrap();
        let changed: Vec<_> = rows.iter().map(|row| row.changed(Link::label).flatten()).collect();
        assert_eq!(changed, [None, Some("B".to_owned()), None]);
        assert!(rows.iter().all(|row| row.changed(Link::url).is_none() && row.changed(Link::id).is_none()));
        assert_eq!(changeset.plan().unwrap().writes()[0].set.keys().collect::<Vec<_>>(), [&"links"]);
        let new = db.repo.update(changeset).await.unwrap();
        assert_eq!(new.links, links);
        // And back to what it was.
        links[1].label = None;
        let back = db.repo.update(new.change().put_embed(Page::links, links)).await.unwrap();
        assert_eq!((&back, reload(&db, old.id).await), (&old, old.clone()));
    }

    async fn rows_come_go_and_change_places(db: Db) {
        let old = loaded(&db).await;
        let links = vec![old.links[2].clone(), a_link(9, "new"), old.links[0].clone()];
        let new = db.repo.update(old.clone().change().put_embed(Page::links, links.clone())).await.unwrap();
        assert_eq!((&new.links, db.statements().len()), (&links, 1));
        assert_eq!(new, reload(&db, old.id).await);
        let none = db.repo.update(new.change().put_embed(Page::links, Vec::<Link>::new()).put_embed(Page::seo, None::<Seo>)).await.unwrap();
        assert_eq!((&none.links, &none.seo), (&vec![], &None));
        assert_eq!(db.text("SELECT links FROM pages").await, "[]");
        assert_eq!(db.text("SELECT seo FROM pages").await, "NULL");
        assert_eq!(none, reload(&db, old.id).await);
    }

    async fn a_row_without_a_key_that_differs_takes_the_place(db: Db) {
        let old = loaded(&db).await;
        let seo = Seo { robots: "none".into(), keywords: vec![] };
        let new = db.repo.update(old.change().put_embed(Page::seo, seo.clone())).await.unwrap();
        assert_eq!((&new.seo, db.statements().len()), (&Some(seo), 1));
        assert_eq!(new, reload(&db, new.id).await);
    }

    async fn one_key_twice_is_an_error(db: Db) {
        let old = loaded(&db).await;
        let links = [a_link(1, "a"), a_link(1, "b")];
        let error = db.repo.update(old.clone().change().put_embed(Page::links, links)).await.unwrap_err();
        assert_eq!(errors(error), ["links[1].id has already been taken"]);
        let links = [old.links[0].clone(), old.links[0].clone()];
        let error = db.repo.update(old.clone().change().put_embed(Page::links, links)).await.unwrap_err();
        assert_eq!(errors(error), ["links[1].id has already been taken"]);
        assert_eq!(reload(&db, old.id).await, old);
    }

    async fn changesets_of_rows_that_are_there(db: Db) {
        let old = loaded(&db).await;
        let first = old.links[0].clone().change().set(Link::url, "a2");
        let links = (first, old.links[1].clone(), old.links[2].clone().change().mark_for_delete());
        let new = db.repo.update(old.change().put_embed(Page::links, links)).await.unwrap();
        assert_eq!(urls(&new), ["a2", "b"]);
        assert_eq!(new, reload(&db, new.id).await);
    }

    async fn an_ignored_row_stays_as_it_is(db: Db) {
        let old = loaded(&db).await;
        let ignored = old.links[0].clone().change().set(Link::url, "no").set_action(assoc::Action::Ignore);
        let second = old.links[1].clone().change().set(Link::url, "b2");
        let links = (ignored, second, Link::build().set(Link::url, "d").set_action(assoc::Action::Ignore), old.links[2].clone());
        let new = db.repo.update(old.change().put_embed(Page::links, links)).await.unwrap();
        assert_eq!(urls(&new), ["a", "b2", "c"]);
        assert_eq!(new, reload(&db, new.id).await);
    }
}
