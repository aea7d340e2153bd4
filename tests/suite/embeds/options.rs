//! The options of `cast_embed`.

use super::*;

/// Casts the input into a new page, with the links cast in a way of their own.
macro_rules! cast {
    ($links:expr, $input:expr) => {
        Page::build().cast(&params($input), Page::title).cast_embed($links, link)
    };
}

fn errors_of(changeset: &Changeset<Page>) -> serde_json::Value {
    serde_json::to_value(changeset.errors()).unwrap()
}

both! {
    async fn required(db: Db) {
        let links = Page::links.required();
        for input in [json!({}), json!({"links": []})] {
            assert_eq!(errors_of(&cast!(links.clone(), input)), json!({"links": ["can't be blank"]}));
        }
        assert!(cast!(links, json!({"links": [{"url": "a"}]})).is_valid());
        let message = cast!(Page::links.required_message("are missing"), json!({}));
        assert_eq!(errors_of(&message), json!({"links": ["are missing"]}));
        let old = loaded(&db).await;
        let there = old.clone().change().cast(&params(json!({})), ()).cast_embed(Page::links.required(), link);
        assert!(there.is_valid() && there.plan().unwrap().is_empty());
        let gone = params(json!({"links": [], "seo": null}));
        let gone = old.change().cast(&gone, ()).cast_embed(Page::links.required(), link).cast_embed(Page::seo.required(), seo);
        let error = db.repo.update(gone).await.unwrap_err();
        assert_eq!(errors(error), ["links can't be blank", "seo can't be blank"]);
        assert_eq!(db.statements(), [""; 0]);
    }

    async fn the_wrong_shape(db: Db) {
        tables(&db).await;
        for input in [json!(7), json!("x"), json!([1]), json!([[]]), json!({"0": 1}), json!(null)] {
            let changeset = cast!(Page::links, json!({"links": input}));
            assert_eq!(errors_of(&changeset), json!({"links": ["is invalid"]}));
            let params = changeset.errors().own()[0].params.clone();
            assert_eq!(serde_json::to_value(params).unwrap(), json!({"validation": "embed", "type": ["array", "map"]}));
        }
        let worded = cast!(Page::links.invalid_message("are no links"), json!({"links": 7}));
        assert_eq!(errors_of(&worded), json!({"links": ["are no links"]}));
        let one = Page::build().cast(&params(json!({"seo": []})), ()).cast_embed(Page::seo, seo);
        assert_eq!(errors_of(&one), json!({"seo": ["is invalid"]}));
        assert!(db.repo.insert(worded).await.is_err());
        assert_eq!(db.statements(), [""; 0]);
    }

    async fn forms_sort_and_drop(db: Db) {
        let old = loaded(&db).await;
        let [a, b, c] = [0, 1, 2].map(|at| old.links[at].id.to_string());
        let input = json!({
            "links": {"0": {"id": a}, "1": {"id": b}, "2": {"id": c}},
            "links_sort": ["2", "new", "0"],
            "links_drop": ["1"],
        });
        let links = Page::links.sort_param("links_sort").drop_param("links_drop");
        let cast = |page: Page, input| page.change().cast(&params(input), ()).cast_embed(links.clone(), |row, params| row.cast(params, Link::url));
        let changeset = cast(old.clone(), input);
        let rows = changeset.get_assoc(Page::links).unwrap();
        assert_eq!(rows.iter().map(|row| row.get(Link::url)).collect::<Vec<_>>(), [Some("c".to_owned()), None, Some("a".into())]);
        let error = db.repo.update(changeset).await.unwrap_err();
        assert_eq!(errors(error), ["links[1].url can't be blank"]);
        assert_eq!(reload(&db, old.id).await, old);
        let new = db.repo.update(cast(old, json!({"links": {"0": {"id": a}, "1": {"id": b}, "2": {"id": c}}, "links_drop": ["0", "2"]}))).await.unwrap();
        assert_eq!(urls(&new), ["b"]);
        let none = db.repo.update(cast(new, json!({"links_drop": ["0"]}))).await.unwrap();
        assert_eq!((urls(&none), db.text("SELECT links FROM pages").await), (vec![], "[]".into()));
    }

    async fn positions_are_told(db: Db) {
        let old = loaded(&db).await;
        let input = json!({"links": [{"url": "x"}, {"id": old.links[0].id.to_string()}]});
        let number = |row: Changeset<Link>, params: &Params, at: usize| row.cast(params, Link::url).set(Link::label, at.to_string());
        let new = db.repo.update(old.change().cast(&params(input), ()).cast_embed_indexed(Page::links, number)).await.unwrap();
        let labels: Vec<_> = new.links.iter().filter_map(|link| link.label.as_deref()).collect();
        assert_eq!((urls(&new), labels), (vec!["x", "a"], vec!["0", "1"]));
    }

    async fn unknown_keys_can_be_refused(db: Db) {
        let old = loaded(&db).await;
        let input = params(json!({"links": [{"id": old.links[0].id.to_string()}, {"id": Uuid::nil().to_string(), "url": "x"}]}));
        let changeset = old.change().cast(&input, ()).cast_embed(Page::links.reject_unknown(), link);
        assert_eq!(errors(db.repo.update(changeset).await.unwrap_err()), ["links[1].id does not exist"]);
    }
}
