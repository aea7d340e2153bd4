//! Embeds of rows of associations: they are part of their batches.

use super::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Site {
    id: i64,
    #[has_many(on_replace = delete)]
    sections: HasMany<Section>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Section {
    id: i64,
    name: String,
    site_id: i64,
    #[embeds_many(on_replace = delete)]
    links: Vec<Link>,
    #[embeds_one(on_replace = update)]
    seo: Option<Seo>,
    #[belongs_to]
    site: BelongsTo<Site>,
}

fn site(site: Changeset<Site>, params: &Params) -> Changeset<Site> {
    site.cast(params, ()).cast_assoc(Site::sections, section)
}

fn section(section: Changeset<Section>, params: &Params) -> Changeset<Section> {
    section.cast(params, Section::name).cast_embed(Section::links, link).cast_embed(Section::seo, seo)
}

async fn loaded(db: &Db) -> Site {
    db.tables(
        "CREATE TABLE sites (id <key>);
         CREATE TABLE sections (id <key>, name TEXT NOT NULL, site_id BIGINT NOT NULL REFERENCES sites (id), links <json> NOT NULL, seo <json>)",
    )
    .await;
    let input = json!({"sections": [{"name": "a", "links": [{"url": "1"}]}, {"name": "b", "seo": {"keywords": ["k"]}}, {"name": "c"}]});
    let inserted = db.repo.insert(site(Site::build(), &params(input))).await.unwrap();
    assert_eq!(db.statements().len(), db.as_one(2));
    let loaded = reload(db, inserted.id).await;
    assert_eq!(inserted, loaded);
    loaded
}

async fn reload(db: &Db, id: i64) -> Site {
    let mut site: Site = db.repo.fetch(id).await.unwrap();
    db.repo.preload(&mut site, Site::sections).await.unwrap();
    db.forget();
    site
}

both! {
    async fn are_updated_in_one_statement(db: Db) {
        let old = loaded(&db).await;
        let sections = old.sections.get().unwrap().to_vec();
        let kept = sections[0].links[0].id;
        let input = json!({"sections": [
            {"id": sections[0].id, "links": [{"url": "0"}, {"id": kept.to_string(), "label": "L"}]},
            {"id": sections[1].id, "links": [{"url": "new"}]},
            {"id": sections[2].id},
        ]});
        let new = db.repo.update(site(old.change(), &params(input))).await.unwrap();
        assert_eq!(db.statements().len(), 1);
        assert_eq!(new, reload(&db, new.id).await);
        let rows = new.sections.get().unwrap();
        assert_eq!((rows[0].links[1].id, rows[0].links.len(), rows[1].links.len()), (kept, 2, 1));
        assert_eq!((&rows[1].seo, &rows[2]), (&sections[1].seo, &sections[2]));
    }

    async fn a_moved_row_takes_its_embeds_along(db: Db) {
        let old = loaded(&db).await;
        let first = old.sections.get().unwrap()[0].clone();
        let other = db.repo.insert(Site::build().put_assoc(Site::sections, [first.clone()])).await.unwrap();
        assert_eq!(reload(&db, other.id).await.sections.get().unwrap()[0].links, first.links);
    }

    async fn errors_have_the_whole_path(db: Db) {
        let old = loaded(&db).await;
        let id = old.sections.get().unwrap()[0].id;
        let input = json!({"sections": [{"name": "x"}, {"id": id, "links": [{"url": "ok"}, {"label": "no url"}]}]});
        let error = db.repo.update(site(old.change(), &params(input))).await.unwrap_err();
        assert_eq!(errors(error), ["sections[1].links[1].url can't be blank"]);
    }

    async fn parents_and_their_embeds(db: Db) {
        let old = loaded(&db).await;
        let mut found = db.repo.all(Section::query().filter(Section::name.eq("a")).preload(Section::site.then(Site::sections.order_by(Section::name.desc())))).await.unwrap();
        let section = found.pop().unwrap();
        assert_eq!(section.links, old.sections.get().unwrap()[0].links);
        let site = section.site.get().unwrap().unwrap();
        let names: Vec<_> = site.sections.get().unwrap().iter().map(|section| (&*section.name, section.links.len())).collect();
        assert_eq!(names, [("c", 0), ("b", 0), ("a", 1)]);
    }

    async fn a_constraint_is_blamed_on_its_row(db: Db) {
        let old = loaded(&db).await;
        db.execute("CREATE UNIQUE INDEX sections_name_index ON sections (name)").await;
        let rows = old.sections.get().unwrap();
        let input = json!({"sections": [{"id": rows[0].id, "links": []}, {"id": rows[1].id, "name": "b2", "links": [{"url": "x"}]}, {"name": "c", "links": [{"url": "y"}]}]});
        let changeset = old.clone().change().cast(&params(input), ()).cast_assoc(Site::sections, |row, params| section(row, params).unique_constraint(Section::name));
        // The old `c` leaves with the same save, so there is none.
        let new = db.repo.update(changeset).await.unwrap();
        let input = json!({"sections": [{"id": rows[0].id, "name": "b2"}, {"id": rows[1].id, "links": [{"url": "z"}]}]});
        let nothing = reload(&db, new.id).await;
        let changeset = nothing.clone().change().cast(&params(input), ()).cast_assoc(Site::sections, |row, params| section(row, params).unique_constraint(Section::name));
        assert_eq!(errors(db.repo.update(changeset).await.unwrap_err()), ["sections[0].name has already been taken"]);
        assert_eq!(reload(&db, new.id).await, nothing);
    }
}
