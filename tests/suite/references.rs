//! Foreign keys that refer to a unique column which is not the primary key.

use assoc::{SaveError, prelude::*};
use serde_json::json;

use crate::support::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Account {
    id: i64,
    handle: String,
    name: Option<String>,
    #[has_many(foreign_key = account_handle, references = handle, on_replace = nilify)]
    letters: HasMany<Letter>,
    #[has_one(foreign_key = account_handle, references = handle, on_replace = nilify)]
    letter: HasOne<Letter>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Letter {
    id: i64,
    text: String,
    account_handle: Option<String>,
    #[belongs_to(foreign_key = account_handle, references = handle, on_replace = nilify)]
    account: BelongsTo<Account>,
}

fn letter(letter: Changeset<Letter>, params: &Params) -> Changeset<Letter> {
    letter
        .cast(params, (Letter::text, Letter::account_handle))
        .validate_required(Letter::text)
        .foreign_key_constraint(Letter::account_handle)
}

fn account(account: Changeset<Account>, params: &Params) -> Changeset<Account> {
    account
        .cast(params, (Account::handle, Account::name))
        .validate_required(Account::handle)
        .unique_constraint(Account::handle)
        .cast_assoc(Account::letters, letter)
}

async fn prepare(db: &Db) -> Account {
    db.tables(
        "CREATE TABLE accounts (id <key>, handle TEXT NOT NULL UNIQUE, name TEXT);
         CREATE TABLE letters (id <key>, text TEXT NOT NULL, account_handle TEXT REFERENCES accounts (handle) ON UPDATE CASCADE);
         INSERT INTO accounts (id, handle) VALUES (1, 'ann'), (2, 'bob');
         INSERT INTO letters (id, text, account_handle) VALUES (11, 'a', 'ann'), (12, 'b', 'ann'), (21, 'c', 'bob'), (31, 'd', NULL);",
    )
    .await;
    let mut ann: Account = db.repo.fetch(1).await.unwrap();
    db.repo.preload(&mut ann, Account::letters.then(Letter::account)).await.unwrap();
    db.forget();
    ann
}

async fn letters(db: &Db) -> String {
    all_of(db, "concat(text, ':', coalesce(account_handle, '-'))", "letters").await
}

both! {
    async fn loaded_from_both_ends(db: Db) {
        let ann = prepare(&db).await;
        let texts: Vec<_> = ann.letters.get().unwrap().iter().map(|letter| letter.text.as_str()).collect();
        assert_eq!(texts, ["a", "b"]);
        assert_eq!(ann.letters.get().unwrap()[0].account.get().unwrap().unwrap().id, 1);
        let mut all = db.repo.all(Letter::query().order_by(Letter::id.asc())).await.unwrap();
        db.repo.preload(&mut all, Letter::account).await.unwrap();
        let ids: Vec<_> = all.iter().map(|letter| letter.account.get().unwrap().map(|account| account.id)).collect();
        assert_eq!(ids, [Some(1), Some(1), Some(2), None]);
        let mut accounts = db.repo.all(Account::query().order_by(Account::id.asc())).await.unwrap();
        db.repo.preload(&mut accounts, Account::letter.filter(Letter::text.ne("a"))).await.unwrap();
        let texts: Vec<_> = accounts.iter().map(|account| account.letter.get().unwrap().map(|letter| letter.text.as_str())).collect();
        assert_eq!(texts, [Some("b"), Some("c")]);
    }

    async fn the_difference_is_written_and_the_rest_nilified(db: Db) {
        let ann = prepare(&db).await;
        let input = json!({"letters": [{"id": 11, "text": "A"}, {"text": "new"}, {"id": 21, "text": "stolen"}]});
        let ann = db.repo.update(account(ann.change(), &params(input))).await.unwrap();
        assert!(ann.letters.get().unwrap().iter().all(|letter| letter.account_handle.as_deref() == Some("ann")));
        assert_eq!(letters(&db).await, "A:ann b:- c:bob d:- new:ann stolen:ann");
    }

    async fn inserted_with_its_owner(db: Db) {
        prepare(&db).await;
        let input = |handle: &str| json!({"handle": handle, "letters": [{"text": format!("{handle}1")}, {"text": format!("{handle}2")}]});
        let all = ["cid", "dan"].map(|handle| account(Account::build(), &params(input(handle))));
        db.repo.insert_many(all).await.unwrap();
        assert_eq!(letters(&db).await, "a:ann b:ann c:bob cid1:cid cid2:cid d:- dan1:dan dan2:dan");
    }

    async fn built_from_its_owner(db: Db) {
        let ann = prepare(&db).await;
        let built = db.repo.insert(ann.build_assoc(Account::letters).set(Letter::text, "built")).await.unwrap();
        assert_eq!(built.account_handle.as_deref(), Some("ann"));
        assert_eq!(letters(&db).await, "a:ann b:ann built:ann c:bob d:-");
    }

    async fn a_parent_that_is_put(db: Db) {
        prepare(&db).await;
        let mut lost: Letter = db.repo.fetch(31).await.unwrap();
        db.repo.preload(&mut lost, Letter::account).await.unwrap();
        let bob: Account = db.repo.fetch(2).await.unwrap();
        let lost = db.repo.update(lost.change().put_assoc(Letter::account, bob)).await.unwrap();
        assert_eq!(lost.account_handle.as_deref(), Some("bob"));
        let lost = db.repo.update(lost.change().put_assoc(Letter::account, Account::build().set(Account::handle, "cid"))).await.unwrap();
        assert_eq!(lost.account_handle.as_deref(), Some("cid"));
        assert_eq!(letters(&db).await, "a:ann b:ann c:bob d:cid");
        let lost = db.repo.update(lost.change().put_assoc(Letter::account, None::<Account>)).await.unwrap();
        assert_eq!((lost.account_handle, letters(&db).await.as_str()), (None, "a:ann b:ann c:bob d:-"));
    }

    async fn a_letter_that_moves(db: Db) {
        let ann = prepare(&db).await;
        let (c, d): (Letter, Letter) = (db.repo.fetch(21).await.unwrap(), db.repo.fetch(31).await.unwrap());
        db.repo.update(ann.change().put_assoc(Account::letters, (c, d))).await.unwrap();
        assert_eq!(letters(&db).await, "a:- b:- c:ann d:ann");
    }

    async fn a_foreign_key_that_is_cast(db: Db) {
        prepare(&db).await;
        let lost: Letter = db.repo.fetch(31).await.unwrap();
        let error = db.repo.update(letter(lost.clone().change(), &params(json!({"account_handle": "nobody"})))).await.unwrap_err();
        assert_eq!(errors(error), ["account_handle does not exist"]);
        db.repo.update(letter(lost.change(), &params(json!({"account_handle": "bob"})))).await.unwrap();
        assert_eq!(letters(&db).await, "a:ann b:ann c:bob d:bob");
    }

    async fn a_letter_that_left_meanwhile_is_stale(db: Db) {
        let ann = prepare(&db).await;
        db.execute("UPDATE letters SET account_handle = 'bob' WHERE id = 11").await;
        let input = json!({"letters": [{"id": 12}, {"id": 11, "text": "mine"}]});
        let error = db.repo.update(account(ann.change(), &params(input))).await.unwrap_err();
        assert!(error.to_string().contains("letters[1]"), "{error}");
    }

    async fn a_new_parent_without_the_column_writes_nothing(db: Db) {
        prepare(&db).await;
        db.tables("CREATE TABLE hosts (id <key>, code TEXT UNIQUE); CREATE TABLE guests (id <key>, code TEXT REFERENCES hosts (code))").await;
        let guest = Guest::build().put_assoc(Guest::host, Host::build());
        let error = db.repo.insert(guest).await.unwrap_err();
        assert!(matches!(error, SaveError::Misuse(_)), "{error}");
        assert_eq!((db.count("hosts").await, db.count("guests").await), (0, 0));
    }

    async fn the_column_changes_with_its_letters(db: Db) {
        let ann = prepare(&db).await;
        let ann = db.repo.update(ann.change().set(Account::handle, "anna")).await.unwrap();
        assert_eq!(letters(&db).await, "a:anna b:anna c:bob d:-");
        let mut ann: Account = db.repo.fetch(ann.id).await.unwrap();
        db.repo.preload(&mut ann, Account::letters).await.unwrap();
        let input = json!({"handle": "ann", "letters": [{"id": 11, "text": "A"}, {"text": "new"}]});
        let ann = db.repo.update(account(ann.change(), &params(input))).await.unwrap();
        assert!(ann.letters.get().unwrap().iter().all(|letter| letter.account_handle.as_deref() == Some("ann")));
        assert_eq!(letters(&db).await, "A:ann b:- c:bob d:- new:ann");
    }
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Host {
    id: i64,
    code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Guest {
    id: i64,
    code: Option<String>,
    #[belongs_to(foreign_key = code, references = code)]
    host: BelongsTo<Host>,
}
