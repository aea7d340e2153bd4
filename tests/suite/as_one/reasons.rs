//! Why a plan is sent in turn: the smallest of each kind, and one that is a step away.

use assoc::prelude::*;
use chrono::NaiveTime;
use rust_decimal::Decimal;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Board {
    id: i64,
    name: Option<String>,
    #[has_many(on_replace = delete)]
    cards: HasMany<Card>,
    #[has_many(on_replace = delete)]
    marks: HasMany<Mark>,
    #[has_many(on_replace = delete)]
    pens: HasMany<Pen>,
}

/// The client makes the key.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Card {
    #[schema(primary_key)]
    code: String,
    name: Option<String>,
    #[schema(database_default)]
    color: Option<String>,
    board_id: Option<i64>,
    parent_code: Option<String>,
    #[belongs_to(foreign_key = parent_code)]
    parent: BelongsTo<Card>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Mark {
    id: i64,
    board_id: Option<i64>,
    card_code: Option<String>,
    #[belongs_to(foreign_key = card_code)]
    card: BelongsTo<Card>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Pen {
    id: i64,
    board_id: Option<i64>,
    a: Option<i32>,
    b: Option<i32>,
    c: Option<i32>,
    d: Option<i32>,
    e: Option<i32>,
}

/// The database makes a part of the key.
#[derive(Debug, Clone, PartialEq, Schema)]
struct Part {
    #[schema(primary_key)]
    shop: i64,
    #[schema(primary_key)]
    no: i64,
    #[has_many(foreign_key(part_shop, part_no))]
    screws: HasMany<Screw>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Screw {
    id: i64,
    part_shop: i64,
    part_no: i64,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Price {
    id: i64,
    #[schema(database_default)]
    amount: Decimal,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Slot {
    #[schema(primary_key)]
    at: NaiveTime,
    #[schema(database_default)]
    length: i32,
}

fn card(code: &str) -> Card {
    new_card(code).set(Card::name, code.to_owned()).set(Card::board_id, 1).apply_changes().unwrap()
}

fn new_card(code: &str) -> Changeset<Card> {
    Card::build().set(Card::code, code)
}

fn pen(id: i64) -> Changeset<Pen> {
    Pen::build().set(Pen::id, id).set(Pen::board_id, 1).apply_changes().unwrap().change()
}

/// With cards `a` and `b`, a mark and many pens.
fn board() -> Changeset<Board> {
    let mut board = Board::build().set(Board::id, 1).apply_changes().unwrap();
    board.cards = HasMany::loaded([card("a"), card("b")]);
    board.marks = HasMany::loaded([Mark::build().set(Mark::id, 1).set(Mark::board_id, 1).apply_changes().unwrap()]);
    board.pens = HasMany::loaded((1..=20).map(|id| pen(id).apply_changes().unwrap()));
    board.change()
}

fn reason<S: Stored>(changeset: Changeset<S>) -> String {
    let plan = changeset.plan().unwrap();
    plan.in_turn().map_or_else(|| "none".to_owned(), |reason| reason.to_string())
}

#[test]
fn a_unique_value_moves() {
    let named = |first: &str, second: &str| {
        let named =
            |code, name: &str| card(code).change().set(Card::name, name.to_owned()).unique_constraint(Card::name);
        board().put_assoc(Board::cards, vec![named("a", first), named("b", second)])
    };
    assert_eq!(reason(named("b", "x")), "a unique value moves between rows of `cards`");
    assert_eq!(reason(named("x", "y")), "none");
}

#[test]
fn a_row_twice() {
    let replaced = |code| board().put_assoc(Board::cards, vec![card("b").change(), new_card(code)]);
    assert_eq!(reason(replaced("a")), "a row of `cards` may be written twice");
    assert_eq!(
        reason(replaced("c")),
        "rows of `cards` are deleted before rows of `cards` are written, which refers to it"
    );
    let added = |code| board().add_to(Board::cards, vec![new_card(code)]);
    assert_eq!(reason(added("a")), "none");
}

#[test]
fn a_key_changes() {
    let changed = |board: Changeset<Board>| board.add_to(Board::pens, vec![pen(99)]);
    let reasons =
        (reason(changed(board().set(Board::id, 2))), reason(changed(board().set(Board::name, "x".to_owned()))));
    assert_eq!(reasons, ("a key of `boards` changes, to which other rows refer".to_owned(), "none".to_owned()));
    assert_eq!(reason(board().set(Board::id, 2)), "none");
}

#[test]
fn rows_that_others_refer_to_are_deleted() {
    let dropped = |board: Changeset<Board>| board.put_assoc(Board::cards, vec![card("b").change()]);
    let mark = Mark::build().set(Mark::card_code, "b".to_owned());
    let refers = "rows of `cards` are deleted before rows of `marks` are written, which refers to it";
    assert_eq!(reason(dropped(board().add_to(Board::marks, vec![mark]))), refers);
    assert_eq!(reason(dropped(board().add_to(Board::pens, vec![Pen::build()]))), "none");
}

#[test]
fn a_parent_comes_later() {
    // Whether the colour is given tells in which statement a row is inserted.
    let grown = |parent: &str| {
        let leaf = new_card("leaf").set(Card::parent_code, parent.to_owned());
        board().add_to(Board::cards, vec![leaf, new_card("root").set(Card::color, "red".to_owned())])
    };
    assert_eq!(reason(grown("root")), "rows of `cards` refer to rows of `cards` that are inserted after them");
    assert_eq!(reason(grown("a")), "none");
}

#[test]
fn rows_may_be_there() {
    let added = |pen: Changeset<Pen>| board().add_to(Board::pens, vec![pen.set(Pen::a, 1), Pen::build()]);
    assert_eq!(reason(added(Pen::build().on_conflict_nothing(()))), "rows of `pens` may be there already");
    assert_eq!(reason(added(Pen::build())), "none");
    // By itself, one row is one statement.
    assert_eq!(reason(Pen::build().on_conflict_nothing(())), "none");
}

#[test]
fn some_rows_may_be_gone() {
    let changed =
        |second: Changeset<Pen>| board().add_to(Board::pens, vec![pen(1).set(Pen::a, 1), second.set(Pen::a, 2)]);
    assert_eq!(reason(changed(pen(2).allow_stale())), "some rows of `pens` may be gone, others may not");
    assert_eq!(reason(changed(pen(2))), "none");
}

#[test]
fn a_value_is_needed() {
    let new = Part::build().set(Part::shop, 1).add_to(Part::screws, vec![Screw::build()]);
    let needed = "values that the database makes for `parts` cannot be handed on inside of a statement";
    assert_eq!((reason(new.clone()).as_str(), reason(new.set(Part::no, 1)).as_str()), (needed, "none"));
}

#[test]
fn a_value_comes_back() {
    let price = Price::build();
    assert_eq!(reason(price.clone()), "`amount` of `prices` comes back and must fit its field");
    assert_eq!(reason(price.set(Price::amount, Decimal::ONE)), "none");
    let slot = Slot::build().set(Slot::at, NaiveTime::MIN);
    assert_eq!(reason(slot.clone()), "`at` of `slots` comes back and must fit its field");
    assert_eq!(reason(slot.set(Slot::length, 1)), "none");
}

#[test]
fn many_statements() {
    let columns = [Pen::a, Pen::b, Pen::c, Pen::d, Pen::e];
    // Each of them with other columns.
    let changed = |count: i64| {
        let pens = (1..=count).map(|id| {
            let some = columns.iter().enumerate().filter(|(at, _)| id >> at & 1 == 1);
            some.fold(pen(id), |pen, (_, column)| pen.set(*column, 1))
        });
        board().add_to(Board::pens, pens.collect::<Vec<_>>())
    };
    assert_eq!(
        (reason(changed(17)).as_str(), reason(changed(16)).as_str()),
        ("17 statements are too many for one", "none")
    );
}
