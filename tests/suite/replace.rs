//! `on_replace` of every kind: what happens to rows that leave an association.

use assoc::{Misuse, SaveError, prelude::*};
use serde_json::{Value as Json, json};

use crate::support::*;

/// Items with every option; the table is the same.
macro_rules! owners {
    ($($module:ident: $many:meta, $one:meta, $parent:meta;)+) => {$(
        mod $module {
            use assoc::prelude::*;

            #[derive(Debug, Clone, PartialEq, Schema)]
            pub struct Owner {
                pub id: i64,
                pub name: String,
                pub favourite_id: Option<i64>,
                #[$many]
                pub items: HasMany<Item>,
                #[$one]
                pub item: HasOne<Item>,
                #[$parent]
                pub favourite: BelongsTo<Item>,
            }

            #[derive(Debug, Clone, PartialEq, Schema)]
            pub struct Item {
                pub id: i64,
                pub name: String,
                pub owner_id: Option<i64>,
            }
        }
    )+};
}

owners! {
    raise: has_many, has_one, belongs_to;
    mark: has_many(on_replace = mark_as_invalid), has_one(on_replace = mark_as_invalid), belongs_to(on_replace = mark_as_invalid);
    nilify: has_many(on_replace = nilify), has_one(on_replace = nilify), belongs_to(on_replace = nilify);
    delete: has_many(on_replace = delete), has_one(on_replace = delete), belongs_to(on_replace = delete);
    if_exists: has_many(on_replace = delete_if_exists), has_one(on_replace = delete_if_exists), belongs_to(on_replace = delete_if_exists);
    update: has_many(on_replace = delete), has_one(on_replace = update), belongs_to(on_replace = update);
}

/// Owner 1 with item 11, which is also the favourite.
async fn prepare(db: &Db) {
    db.execute(
        "INSERT INTO owners (id, name, favourite_id) VALUES (1, 'Ann', 12);
         INSERT INTO items (id, name, owner_id) VALUES (11, 'hat', 1), (12, 'cup', NULL);",
    )
    .await;
}

async fn items(db: &Db) -> String {
    let concat = if db.is_postgres() {
        "SELECT string_agg(name || ':' || coalesce(owner_id::text, '-'), ' ' ORDER BY name) FROM items"
    } else {
        "SELECT group_concat(name || ':' || coalesce(owner_id, '-'), ' ') FROM (SELECT * FROM items ORDER BY name)"
    };
    db.text(concat).await
}

/// Casts an association of owner 1.
macro_rules! cast {
    ($db:ident, $module:ident, $association:ident, $input:expr) => {{
        use $module::{Item, Owner};
        let mut owner: Owner = $db.repo.fetch(1).await.unwrap();
        $db.repo.preload(&mut owner, Owner::$association).await.unwrap();
        let input: Json = $input;
        let changeset = owner
            .change()
            .cast(&params(json!({stringify!($association): input})), ())
            .cast_assoc(Owner::$association, |item: Changeset<Item>, params| item.cast(params, Item::name));
        $db.repo.update(changeset).await
    }};
}

macro_rules! is_replaced {
    ($result:expr) => {
        assert!(matches!($result, Err(SaveError::Misuse(Misuse::Replaced(_)))))
    };
}

both! {
    async fn raise_refuses(db: Db) {
        prepare(&db).await;
        is_replaced!(cast!(db, raise, items, json!([])));
        is_replaced!(cast!(db, raise, item, json!(null)));
        is_replaced!(cast!(db, raise, item, json!({"name": "new"})));
        is_replaced!(cast!(db, raise, favourite, json!(null)));
        is_replaced!(cast!(db, raise, favourite, json!({"name": "new"})));
        cast!(db, raise, item, json!({"id": 11, "name": "cap"})).unwrap();
        cast!(db, raise, favourite, json!({"id": 12, "name": "mug"})).unwrap();
        assert_eq!(items(&db).await, "cap:1 mug:-");
    }

    async fn mark_as_invalid_is_an_error_of_the_association(db: Db) {
        prepare(&db).await;
        assert_eq!(errors(cast!(db, mark, items, json!([])).unwrap_err()), ["items is invalid"]);
        assert_eq!(errors(cast!(db, mark, item, json!({"name": "new"})).unwrap_err()), ["item is invalid"]);
        assert_eq!(errors(cast!(db, mark, favourite, json!(null)).unwrap_err()), ["favourite is invalid"]);
        assert_eq!(items(&db).await, "cup:- hat:1");
    }

    async fn nilify_of_many(db: Db) {
        prepare(&db).await;
        let owner = cast!(db, nilify, items, json!([{"name": "new"}])).unwrap();
        assert_eq!(owner.items.get().unwrap().len(), 1);
        assert_eq!(items(&db).await, "cup:- hat:- new:1");
    }

    async fn nilify_of_one(db: Db) {
        prepare(&db).await;
        cast!(db, nilify, item, json!({"name": "new"})).unwrap();
        assert_eq!(items(&db).await, "cup:- hat:- new:1");
        let owner = cast!(db, nilify, item, json!(null)).unwrap();
        assert_eq!(owner.item.get().unwrap(), None);
        assert_eq!(items(&db).await, "cup:- hat:- new:-");
    }

    async fn nilify_of_a_parent(db: Db) {
        prepare(&db).await;
        let owner = cast!(db, nilify, favourite, json!(null)).unwrap();
        assert_eq!((owner.favourite_id, owner.favourite.get().unwrap()), (None, None));
        assert_eq!(db.text("SELECT favourite_id FROM owners").await, "NULL");
        assert_eq!(items(&db).await, "cup:- hat:1");
        let owner = cast!(db, nilify, favourite, json!({"name": "new"})).unwrap();
        assert_eq!(owner.favourite_id, owner.favourite.get().unwrap().map(|item| item.id));
        assert_eq!(db.text("SELECT favourite_id FROM owners").await, owner.favourite_id.unwrap().to_string());
    }

    async fn delete_of_many_and_one(db: Db) {
        prepare(&db).await;
        cast!(db, delete, items, json!([{"name": "new"}])).unwrap();
        assert_eq!(items(&db).await, "cup:- new:1");
        cast!(db, delete, item, json!({"name": "newer"})).unwrap();
        assert_eq!(items(&db).await, "cup:- newer:1");
        cast!(db, delete, item, json!(null)).unwrap();
        assert_eq!(items(&db).await, "cup:-");
    }

    async fn delete_of_a_parent(db: Db) {
        prepare(&db).await;
        let owner = cast!(db, delete, favourite, json!({"name": "new"})).unwrap();
        assert_eq!(items(&db).await, "hat:1 new:-");
        assert_eq!(db.text("SELECT favourite_id FROM owners").await, owner.favourite_id.unwrap().to_string());
        cast!(db, delete, favourite, json!(null)).unwrap();
        assert_eq!(items(&db).await, "hat:1");
        assert_eq!(db.text("SELECT favourite_id FROM owners").await, "NULL");
    }

    async fn delete_if_exists_takes_rows_that_are_gone(db: Db) {
        use if_exists::{Item, Owner};
        prepare(&db).await;
        let mut owner: Owner = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut owner, Owner::items).await.unwrap();
        db.execute("DELETE FROM items WHERE id = 11").await;
        let changeset = owner.change().cast(&params(json!({"items": [{"name": "new"}]})), ());
        let changeset = changeset.cast_assoc(Owner::items, |item: Changeset<Item>, params| item.cast(params, Item::name));
        db.repo.update(changeset).await.unwrap();
        assert_eq!(items(&db).await, "cup:- new:1");
        cast!(db, if_exists, item, json!(null)).unwrap();
        cast!(db, if_exists, favourite, json!(null)).unwrap();
        assert_eq!(db.count("items").await, 0);
    }

    async fn update_changes_the_row_that_is_there(db: Db) {
        prepare(&db).await;
        let owner = cast!(db, update, item, json!({"name": "cap"})).unwrap();
        assert_eq!(owner.item.get().unwrap().map(|item| item.id), Some(11));
        cast!(db, update, favourite, json!({"name": "mug"})).unwrap();
        assert_eq!(items(&db).await, "cap:1 mug:-");
        cast!(db, update, item, json!(null)).unwrap();
        assert_eq!(items(&db).await, "cap:- mug:-");
        cast!(db, update, item, json!({"name": "new"})).unwrap();
        assert_eq!(items(&db).await, "cap:- mug:- new:1");
    }

    async fn a_marked_child_is_deleted_whatever_the_option(db: Db) {
        use raise::{Item, Owner};
        prepare(&db).await;
        let mut owner: Owner = db.repo.fetch(1).await.unwrap();
        db.repo.preload(&mut owner, Owner::items).await.unwrap();
        let input = params(json!({"items": [{"id": 11, "delete": "true"}, {"name": "new"}]}));
        let changeset = owner.change().cast(&input, ()).cast_assoc(Owner::items, |item: Changeset<Item>, params| {
            let item = item.cast(params, Item::name);
            if params.get("delete").is_some() { item.mark_for_delete() } else { item }
        });
        let owner = db.repo.update(changeset).await.unwrap();
        assert_eq!(owner.items.get().unwrap().len(), 1);
        assert_eq!(items(&db).await, "cup:- new:1");
    }
}
