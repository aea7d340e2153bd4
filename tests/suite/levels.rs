//! Children of children, three levels deep: inserted, updated and deleted in one save.

use assoc::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Board {
    id: i64,
    name: String,
    #[has_many(on_replace = delete)]
    columns: HasMany<Lane>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Lane {
    id: i64,
    name: String,
    board_id: i64,
    #[has_many(on_replace = delete)]
    cards: HasMany<Card>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Card {
    id: i64,
    name: String,
    lane_id: i64,
    #[has_many(on_replace = delete)]
    items: HasMany<Item>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "card_items")]
struct Item {
    id: i64,
    name: String,
    card_id: i64,
}

fn board(board: Changeset<Board>, params: &Params) -> Changeset<Board> {
    board.cast(params, Board::name).cast_assoc(Board::columns, |lane, params| {
        lane.cast(params, Lane::name).cast_assoc(Lane::cards, |card, params| {
            card.cast(params, Card::name).cast_assoc(Card::items, |item, params| item.cast(params, Item::name))
        })
    })
}

async fn tables(db: &Db) {
    db.tables(
        "CREATE TABLE boards (id <key>, name TEXT NOT NULL);
         CREATE TABLE lanes (id <key>, name TEXT NOT NULL, board_id BIGINT NOT NULL REFERENCES boards (id) ON DELETE CASCADE);
         CREATE TABLE cards (id <key>, name TEXT NOT NULL, lane_id BIGINT NOT NULL REFERENCES lanes (id) ON DELETE CASCADE);
         CREATE TABLE card_items (id <key>, name TEXT NOT NULL, card_id BIGINT NOT NULL REFERENCES cards (id) ON DELETE CASCADE);",
    )
    .await;
}

/// `width` children at each of three levels.
fn full(width: usize) -> Json {
    let rows = |prefix: &str, below: &dyn Fn(&str) -> Json| -> Json {
        (0..width)
            .map(|n| {
                let name = format!("{prefix}{n}");
                let mut row = below(&name);
                row["name"] = json!(name);
                row
            })
            .collect()
    };
    let items = |name: &str| json!({"items": rows(&format!("{name}."), &|_| json!({}))});
    let cards = |name: &str| json!({"cards": rows(&format!("{name}."), &items)});
    json!({"name": "board", "columns": rows("", &cards)})
}

async fn load(db: &Db, id: i64) -> Board {
    let mut board: Board = db.repo.fetch(id).await.unwrap();
    db.repo.preload(&mut board, Board::columns.then(Lane::cards.then(Card::items))).await.unwrap();
    db.forget();
    board
}

/// At each level: the first row is dropped, the second one renamed, the others kept, and a new one added.
fn change(board: &Board) -> Json {
    let renamed = |at: usize, row: Json, name: &str| {
        let mut row = row;
        if at == 0 {
            row["name"] = json!(format!("{name}!"));
        }
        row
    };
    let new = |below: &str| {
        let mut row = json!({"name": "new"});
        match below {
            "cards" => row["cards"] = json!([{"name": "new", "items": [{"name": "new"}]}]),
            "items" => row["items"] = json!([{"name": "new"}]),
            _ => {}
        }
        row
    };
    let mut columns = Vec::new();
    for (at, lane) in board.columns.get().unwrap().iter().skip(1).enumerate() {
        let mut cards = Vec::new();
        for (at, card) in lane.cards.get().unwrap().iter().skip(1).enumerate() {
            let items = card.items.get().unwrap().iter().skip(1).enumerate();
            let mut items: Vec<_> = items.map(|(at, item)| renamed(at, json!({"id": item.id}), &item.name)).collect();
            items.push(new(""));
            cards.push(renamed(at, json!({"id": card.id, "items": items}), &card.name));
        }
        cards.push(new("items"));
        columns.push(renamed(at, json!({"id": lane.id, "cards": cards}), &lane.name));
    }
    columns.push(new("cards"));
    json!({"columns": columns})
}

/// The names of the three levels below the board, in their order.
fn names(board: &Board) -> Vec<String> {
    let mut names = Vec::new();
    for lane in board.columns.get().unwrap() {
        names.push(lane.name.clone());
        for card in lane.cards.get().unwrap() {
            names.push(format!("{} {}", lane.name, card.name));
            names.extend(
                card.items.get().unwrap().iter().map(|item| format!("{} {} {}", lane.name, card.name, item.name)),
            );
        }
    }
    names
}

/// How many statements a change of a board of that width takes.
async fn changed(db: &Db, width: usize) -> usize {
    let inserted = db.repo.insert(board(Board::build(), &params(full(width)))).await.unwrap();
    assert_eq!(db.statements().len(), db.as_one(4));
    let before = load(db, inserted.id).await;
    assert_eq!(names(&before), names(&inserted));
    let changeset = board(before.clone().change(), &params(change(&before)));
    let (planned, sql) = (changeset.plan().unwrap().statements(), db.repo.in_turn().to_sql(&changeset.plan().unwrap()));
    let after = db.repo.in_turn().update(changeset).await.unwrap();
    let sent = db.statements();
    assert_eq!((sent.len(), &sent), (planned, &sql));
    let again = load(db, after.id).await;
    assert_eq!(names(&again), names(&after));
    let expected: Vec<String> = names(&after).iter().filter(|name| name.ends_with('!')).cloned().collect();
    assert_eq!(expected.len(), 1 + (width - 1) + (width - 1) * (width - 1), "renamed at each level");
    assert_eq!(
        names(&after).iter().filter(|name| *name == "new" || name.ends_with(" new")).count(),
        3 + 2 * (width - 1) + (width - 1) * (width - 1)
    );
    sent.len()
}

both! {
    async fn everything_at_once_in_statements_that_do_not_grow(db: Db) {
        tables(&db).await;
        let few = changed(&db, 3).await;
        assert_eq!(changed(&db, 7).await, few);
        assert!(few <= 3 + 3 + 6, "deletes, updates, inserts of the three tables at three depths: {few}");
    }

    async fn a_dropped_branch_goes_with_all_below(db: Db) {
        tables(&db).await;
        let inserted = db.repo.insert(board(Board::build(), &params(full(2)))).await.unwrap();
        let before = load(&db, inserted.id).await;
        db.repo.update(board(before.change(), &params(json!({"columns": []})))).await.unwrap();
        assert_eq!(db.statements().len(), 1);
        assert_eq!((db.count("lanes").await, db.count("cards").await, db.count("card_items").await), (0, 0, 0));
    }

    async fn dropped_at_two_levels_without_a_cascade(db: Db) {
        tables(&db).await;
        let inserted = db.repo.insert(board(Board::build(), &params(full(2)))).await.unwrap();
        let before = load(&db, inserted.id).await;
        let (first, second) = (&before.columns.get().unwrap()[0], &before.columns.get().unwrap()[1]);
        let input = json!({"columns": [{"id": first.id, "cards": [{"id": first.cards.get().unwrap()[0].id, "items": []}]}, {"id": second.id, "cards": []}]});
        let after = db.repo.update(board(before.clone().change(), &params(input))).await.unwrap();
        assert_eq!(names(&after), ["0", "0 0.0", "1"]);
        assert_eq!((db.count("lanes").await, db.count("cards").await, db.count("card_items").await), (2, 1, 0));
    }

    async fn an_error_at_the_bottom_writes_nothing(db: Db) {
        tables(&db).await;
        let mut input = full(3);
        input["columns"][1]["cards"][2]["items"][0]["name"] = json!(7);
        let error = db.repo.insert(board(Board::build(), &params(input))).await.unwrap_err();
        assert_eq!(errors(error), ["columns[1].cards[2].items[0].name is invalid"]);
        assert_eq!(db.count("boards").await, 0);
    }
}
