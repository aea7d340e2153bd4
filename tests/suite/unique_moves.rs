//! Unique values that move further than between two rows of one list.

use assoc::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Board {
    id: i64,
    #[has_many(on_replace = delete)]
    lists: HasMany<List>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct List {
    id: i64,
    board_id: Option<i64>,
    #[has_many(on_replace = delete)]
    cards: HasMany<Card>,
    #[has_one(on_replace = delete)]
    cover: HasOne<Cover>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Card {
    id: i64,
    name: String,
    position: i32,
    list_id: i64,
    owner_id: Option<i64>,
    #[belongs_to(on_replace = delete)]
    owner: BelongsTo<Cover>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Cover {
    id: i64,
    name: String,
    list_id: Option<i64>,
}

fn card(card: Changeset<Card>, params: &Params) -> Changeset<Card> {
    card.cast(params, (Card::name, Card::position))
        .unique_constraint((Card::list_id, Card::position))
        .unique_constraint(Card::name)
        .cast_assoc(Card::owner, cover)
}

fn cover(cover: Changeset<Cover>, params: &Params) -> Changeset<Cover> {
    cover.cast(params, Cover::name).unique_constraint(Cover::name)
}

fn list(list: Changeset<List>, params: &Params) -> Changeset<List> {
    list.cast(params, ()).cast_assoc(List::cards, card).cast_assoc(List::cover, cover)
}

async fn board(db: &Db, check: &str) -> Board {
    db.tables(&format!(
        "CREATE TABLE boards (id <key>);
         CREATE TABLE lists (id <key>, board_id BIGINT REFERENCES boards (id));
         CREATE TABLE covers (id <key>, name TEXT NOT NULL UNIQUE, list_id BIGINT REFERENCES lists (id));
         CREATE TABLE cards (id <key>, name TEXT NOT NULL UNIQUE, position INTEGER NOT NULL {check},
           list_id BIGINT NOT NULL REFERENCES lists (id), owner_id BIGINT REFERENCES covers (id), UNIQUE (list_id, position));
         INSERT INTO boards VALUES (1);
         INSERT INTO lists VALUES (1, 1), (2, 1);
         INSERT INTO covers VALUES (1, 'red', 1), (2, 'blue', 2), (3, 'owner', NULL);
         INSERT INTO cards VALUES (11, 'a', 1, 1, NULL), (12, 'b', 2, 1, NULL), (13, 'c', 3, 1, NULL), (14, 'd', 4, 1, 3),
           (21, 'x', 1, 2, NULL), (22, 'y', 2, 2, NULL);"
    ))
    .await;
    let mut board: Board = db.repo.fetch(1).await.unwrap();
    let cards = List::cards.then(Card::owner);
    db.repo.preload(&mut board, Board::lists.then((cards, List::cover))).await.unwrap();
    db.forget();
    board
}

/// Casts the cards of list 1.
async fn recast(db: &Db, board: Board, cards: Json) -> String {
    let first = board.lists.get().unwrap()[0].clone();
    db.repo.update(list(first.change(), &params(json!({"cards": cards})))).await.unwrap();
    cards_of(db).await
}

async fn cards_of(db: &Db) -> String {
    all_of(db, "concat(list_id, '.', position, name)", "cards").await
}

both! {
    async fn a_list_is_reordered(db: Db) {
        let board = board(&db, "").await;
        let cards = json!([{"id": 14, "position": 1}, {"id": 13, "position": 2}, {"id": 11, "position": 3}, {"id": 12, "position": 4}]);
        assert_eq!(recast(&db, board, cards).await, "1.1d 1.2c 1.3a 1.4b 2.1x 2.2y");
        assert!(db.statements().len() <= 2);
    }

    async fn a_list_is_reordered_under_a_check(db: Db) {
        let board = board(&db, "CHECK (position > 0)").await;
        let cards = json!([{"id": 14, "position": 1}, {"id": 11, "position": 2}, {"id": 12, "position": 3}, {"id": 13, "position": 4}]);
        assert_eq!(recast(&db, board, cards).await, "1.1d 1.2a 1.3b 1.4c 2.1x 2.2y");
    }

    async fn rotated_over_three(db: Db) {
        let board = board(&db, "").await;
        let cards = json!([{"id": 11, "name": "b"}, {"id": 12, "name": "c"}, {"id": 13, "name": "a"}, {"id": 14}]);
        assert_eq!(recast(&db, board, cards).await, "1.1b 1.2c 1.3a 1.4d 2.1x 2.2y");
    }

    async fn inserted_at_the_front(db: Db) {
        let board = board(&db, "").await;
        let cards = json!([
            {"name": "new", "position": 1}, {"id": 11, "position": 2}, {"id": 12, "position": 3}, {"id": 13, "position": 4}, {"id": 14, "position": 5},
        ]);
        assert_eq!(recast(&db, board, cards).await, "1.1new 1.2a 1.3b 1.4c 1.5d 2.1x 2.2y");
    }

    async fn dropped_from_the_middle_and_closed_up(db: Db) {
        let board = board(&db, "").await;
        let cards = json!([{"id": 11}, {"id": 13, "position": 2, "name": "b"}, {"id": 14, "position": 3}]);
        assert_eq!(recast(&db, board, cards).await, "1.1a 1.2b 1.3d 2.1x 2.2y");
    }

    async fn swapped_between_children_of_two_parents(db: Db) {
        let board = board(&db, "").await;
        let input = params(json!({"lists": [
            {"id": 1, "cards": [{"id": 11, "name": "x"}, {"id": 12}, {"id": 13}, {"id": 14}], "cover": {"id": 1, "name": "blue"}},
            {"id": 2, "cards": [{"id": 21, "name": "a"}, {"id": 22}], "cover": {"id": 2, "name": "red"}},
        ]}));
        db.repo.update(board.change().cast(&input, ()).cast_assoc(Board::lists, list)).await.unwrap();
        assert_eq!(cards_of(&db).await, "1.1x 1.2b 1.3c 1.4d 2.1a 2.2y");
        assert_eq!(all_of(&db, "concat(id, name)", "covers").await, "1blue 2red 3owner");
    }

    async fn a_card_moves_into_a_place_that_is_freed(db: Db) {
        let board = board(&db, "").await;
        let lists = board.lists.get().unwrap();
        let mut cards: Vec<_> = lists[0].cards.get().unwrap().iter().map(|card| {
            let position = card.position + 1;
            card.clone().change().set(Card::position, position).unique_constraint((Card::list_id, Card::position))
        }).collect();
        let moved = lists[1].cards.get().unwrap()[0].clone();
        cards.insert(0, moved.change().unique_constraint((Card::list_id, Card::position)));
        let first = lists[0].clone();
        db.repo.update(first.change().put_assoc(List::cards, cards)).await.unwrap();
        assert_eq!(cards_of(&db).await, "1.1x 1.2a 1.3b 1.4c 1.5d 2.2y");
    }

    async fn freed_by_a_row_that_waits_for_its_new_parent(db: Db) {
        let board = board(&db, "").await;
        let cards = json!([
            {"id": 11, "name": "z", "owner": {"name": "new"}}, {"id": 12}, {"id": 13}, {"id": 14},
            {"name": "a", "position": 9},
        ]);
        assert_eq!(recast(&db, board, cards).await, "1.1z 1.2b 1.3c 1.4d 1.9a 2.1x 2.2y");
    }

    async fn a_parent_is_replaced_by_one_of_the_same_name(db: Db) {
        let board = board(&db, "").await;
        let cards = json!([{"id": 11}, {"id": 12}, {"id": 13}, {"id": 14, "owner": {"name": "owner"}}]);
        recast(&db, board, cards).await;
        assert_eq!(db.text("SELECT name FROM covers WHERE id = (SELECT owner_id FROM cards WHERE id = 14)").await, "owner");
        assert_eq!(db.count("covers").await, 3);
    }

    async fn a_cover_is_replaced_by_one_of_the_same_name(db: Db) {
        let board = board(&db, "").await;
        let first = board.lists.get().unwrap()[0].clone();
        db.repo.update(list(first.change(), &params(json!({"cover": {"name": "red"}})))).await.unwrap();
        assert_eq!(all_of(&db, "concat(name, list_id)", "covers WHERE list_id IS NOT NULL").await, "blue2 red1");
        assert_ne!(db.text("SELECT id FROM covers WHERE name = 'red'").await, "1");
    }

    async fn a_value_that_is_taken_by_others_still_is(db: Db) {
        let board = board(&db, "").await;
        let first = board.lists.get().unwrap()[0].clone();
        let cards = json!({"cards": [{"id": 11, "name": "b"}, {"id": 12, "name": "a"}, {"id": 13, "name": "x"}, {"id": 14}]});
        let error = db.repo.update(list(first.change(), &params(cards))).await.unwrap_err();
        assert_eq!(errors(error), ["cards[2].name has already been taken"]);
        assert_eq!(cards_of(&db).await, "1.1a 1.2b 1.3c 1.4d 2.1x 2.2y");
    }
}
