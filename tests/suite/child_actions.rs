//! What the changeset function of a child asks for: `set_action`, and what it does by position.

use assoc::{Action, Misuse, SaveError, prelude::*};
use serde_json::{Value as Json, json};

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Deck {
    id: i64,
    name: Option<String>,
    #[has_many(on_replace = nilify)]
    slides: HasMany<Slide>,
    #[has_many(foreign_key = deck_id)]
    fixed: HasMany<Slide>,
    #[many_to_many(join_through = "decks_themes", on_replace = delete)]
    themes: ManyToMany<Theme>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Slide {
    id: i64,
    title: String,
    position: Option<i32>,
    deck_id: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Theme {
    id: i64,
    name: String,
}

async fn deck(db: &Db) -> Deck {
    db.tables(
        "CREATE TABLE decks (id <key>, name TEXT);
         CREATE TABLE slides (id <key>, title TEXT NOT NULL, position INTEGER, deck_id BIGINT REFERENCES decks (id));
         CREATE TABLE themes (id <key>, name TEXT NOT NULL);
         CREATE TABLE decks_themes (deck_id BIGINT NOT NULL REFERENCES decks (id), theme_id BIGINT NOT NULL REFERENCES themes (id));
         INSERT INTO decks VALUES (1, NULL);
         INSERT INTO slides VALUES (11, 'a', 1, 1), (12, 'b', 2, 1), (13, 'c', 3, 1);
         INSERT INTO themes VALUES (1, 'x'), (2, 'y');
         INSERT INTO decks_themes VALUES (1, 1), (1, 2);",
    )
    .await;
    let mut deck: Deck = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut deck, (Deck::slides, Deck::fixed, Deck::themes)).await.unwrap();
    db.forget();
    deck
}

/// The action that the input names.
fn slide(slide: Changeset<Slide>, params: &Params) -> Changeset<Slide> {
    acting(slide.cast(params, (Slide::title, Slide::position)), params)
}

fn acting<S: Schema>(row: Changeset<S>, params: &Params) -> Changeset<S> {
    match params.get("action").and_then(Params::as_str) {
        Some("insert") => row.set_action(Action::Insert),
        Some("update") => row.set_action(Action::Update),
        Some("delete") => row.set_action(Action::Delete),
        Some("replace") => row.set_action(Action::Replace),
        Some("ignore") => row.set_action(Action::Ignore),
        _ => row,
    }
}

fn cast(deck: Deck, slides: Json) -> Changeset<Deck> {
    deck.change().cast(&params(json!({"slides": slides})), ()).cast_assoc(Deck::slides, slide)
}

async fn slides(db: &Db) -> String {
    all_of(db, "concat(title, coalesce(CAST(deck_id AS TEXT), '-'))", "slides").await
}

fn titles(deck: &Deck) -> Vec<&str> {
    deck.slides.get().unwrap().iter().map(|slide| slide.title.as_str()).collect()
}

both! {
    async fn each_action_of_a_list(db: Db) {
        let deck = deck(&db).await;
        let input = json!([
            {"id": 11, "title": "A", "action": "update"}, {"id": 12, "action": "delete"}, {"title": "new", "action": "insert"},
            {"id": 13, "title": "C", "action": "replace"}, {"title": "no", "action": "ignore"},
        ]);
        let changeset = cast(deck, input);
        let actions: Vec<_> = changeset.node().changed_rows(0).unwrap_or_default().iter().map(|row| row.action).collect();
        assert_eq!(actions.len(), 4);
        let deck = db.repo.update(changeset).await.unwrap();
        assert_eq!(titles(&deck), ["A", "new"]);
        assert_eq!(slides(&db).await, "A1 c- new1");
    }

    async fn what_is_ignored_stays_as_it_is(db: Db) {
        let deck = deck(&db).await;
        let input = json!([{"id": 11, "title": " ", "action": "ignore"}, {"id": 12, "title": "B"}, {"id": 13, "title": "C", "action": "ignore"}]);
        let deck = db.repo.update(cast(deck, input)).await.unwrap();
        assert_eq!(slides(&db).await, "B1 a1 c1");
        assert_eq!(titles(&deck), ["a", "B", "c"], "the struct is what the database holds");
        db.forget();
        let input = json!([{"id": 11, "title": "x", "action": "ignore"}, {"id": 12}, {"id": 13}, {"title": "y", "action": "ignore"}]);
        let deck = db.repo.update(cast(deck, input)).await.unwrap();
        assert_eq!((db.conversation().len(), titles(&deck)), (0, vec!["a", "B", "c"]));
    }

    async fn actions_that_the_row_does_not_allow(db: Db) {
        let deck = deck(&db).await;
        for (slides, action) in [
            (json!([{"title": "n", "action": "update"}]), "update"),
            (json!([{"title": "n", "action": "delete"}]), "delete"),
            (json!([{"title": "n", "action": "replace"}]), "replace"),
        ] {
            let error = db.repo.update(cast(deck.clone(), slides)).await.unwrap_err();
            assert!(matches!(error, SaveError::Misuse(Misuse::NotAssociated { schema: "Slide", action: found }) if found == action), "{error}");
        }
        let error = db.repo.update(cast(deck.clone(), json!([{"id": 11, "action": "insert"}]))).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(Misuse::AlreadyThere { schema: "Slide" })), "{error}");
        let fixed = params(json!({"fixed": [{"id": 11, "action": "replace"}, {"id": 12}, {"id": 13}]}));
        let error = db.repo.update(deck.change().cast(&fixed, ()).cast_assoc(Deck::fixed, slide)).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(Misuse::Replaced(_))), "{error}");
        assert_eq!(slides(&db).await, "a1 b1 c1");
    }

    async fn a_row_that_is_replaced_keeps_its_place_in_errors(db: Db) {
        let deck = deck(&db).await;
        let changeset = cast(deck, json!([{"id": 12}, {"id": 13, "action": "replace"}, {"id": 11, "action": "delete"}]));
        db.execute("DELETE FROM slides WHERE id = 13").await;
        let error = db.repo.update(changeset.clone()).await.unwrap_err();
        assert!(error.to_string().contains("`slides[1]`"), "{error}");
        db.execute("INSERT INTO slides VALUES (13, 'c', 3, 1); DELETE FROM slides WHERE id = 11").await;
        let error = db.repo.update(changeset).await.unwrap_err();
        assert!(error.to_string().contains("`slides[2]`"), "{error}");
    }

    async fn of_a_many_to_many(db: Db) {
        let deck = deck(&db).await;
        let input = params(json!({"themes": [{"id": 1, "action": "delete"}, {"id": 2, "action": "ignore", "name": "Y"}, {"name": "n"}]}));
        let changeset = deck.change().cast(&input, ()).cast_assoc(Deck::themes, |theme, params| acting(theme.cast(params, Theme::name), params));
        let deck = db.repo.update(changeset).await.unwrap();
        assert_eq!(deck.themes.get().unwrap().iter().map(|theme| theme.name.as_str()).collect::<Vec<_>>(), ["y", "n"]);
        assert_eq!(all_of(&db, "name", "themes t JOIN decks_themes d ON d.theme_id = t.id").await, "n y");
        assert_eq!(all_of(&db, "name", "themes").await, "n x y");
    }

    async fn positions_of_the_list(db: Db) {
        let deck = deck(&db).await;
        let placed = |slide: Changeset<Slide>, params: &Params, at: usize| {
            let at = i32::try_from(at).unwrap();
            slide.cast(params, Slide::title).set(Slide::position, at + 1)
        };
        let input = params(json!({"slides": [{"id": 13}, {"title": "new"}, {"id": 11}, {"id": 12}]}));
        let deck = db.repo.update(deck.change().cast(&input, ()).cast_assoc_indexed(Deck::slides, placed)).await.unwrap();
        assert_eq!(all_of(&db, "concat(position, title)", "slides").await, "1c 2new 3a 4b");
        db.forget();
        let ids: Vec<i64> = deck.slides.get().unwrap().iter().map(|slide| slide.id).collect();
        let input = params(json!({"slides": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()}));
        db.repo.update(deck.change().cast(&input, ()).cast_assoc_indexed(Deck::slides, placed)).await.unwrap();
        assert_eq!(db.conversation().len(), 0, "the same order is no change");
    }

    async fn sorted_and_dropped_by_a_form(db: Db) {
        let deck = deck(&db).await;
        let placed = |slide: Changeset<Slide>, params: &Params, at: usize| {
            let slide = slide.cast(params, Slide::title).validate_required(Slide::title);
            slide.set(Slide::position, i32::try_from(at).unwrap() + 1)
        };
        let sorted = || Deck::slides.sort_param("slides_sort").drop_param("slides_drop");
        let form = "slides_sort[]=2&slides_sort[]=0&slides_sort[]=new&slides_drop[]=1&slides_drop[]=\
                    &slides[0][id]=11&slides[0][title]=A&slides[1][id]=12&slides[1][title]=b&slides[2][id]=13&slides[2][title]=c";
        let changeset = deck.clone().change().cast(&Params::from_form(form), ()).cast_assoc_indexed(sorted(), placed);
        assert_eq!(lines(&changeset.errors()), ["slides[2].title can't be blank"]);
        let form = form.replace("&slides_sort[]=new", "");
        let changeset = deck.clone().change().cast(&Params::from_form(&form), ()).cast_assoc_indexed(sorted(), placed);
        let changed = db.repo.update(changeset).await.unwrap();
        assert_eq!(titles(&changed), ["c", "A"]);
        assert_eq!(all_of(&db, "concat(position, title, coalesce(CAST(deck_id AS TEXT), '-'))", "slides").await, "1c1 2A1 2b-");
        // The form of a list whose last rows were dropped names none.
        let changeset = changed.clone().change().cast(&Params::from_form("slides_drop[]=0"), ()).cast_assoc_indexed(sorted(), placed);
        assert_eq!(titles(&db.repo.update(changeset).await.unwrap()), Vec::<&str>::new());
        db.forget();
        let changeset = deck.change().cast(&Params::from_form("name="), ()).cast_assoc_indexed(sorted(), placed);
        db.repo.update(changeset).await.unwrap();
        assert_eq!(db.conversation().len(), 0, "without any of the names nothing changes");
    }
}
