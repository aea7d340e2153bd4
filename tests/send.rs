//! Every future of a repo can be spawned, as web frameworks do.

use assoc::{Multi, TransactionOptions, prelude::*};

#[derive(Debug, Clone, PartialEq, Schema)]
struct Note {
    id: i64,
    text: String,
    note_id: Option<i64>,
    #[has_many]
    notes: HasMany<Note>,
}

fn note_of(text: &str) -> Changeset<Note> {
    Note::build().set(Note::text, text)
}

#[tokio::test]
async fn every_future_can_be_spawned() {
    let repo = Repo::connect("sqlite::memory:").await.unwrap();
    let ddl = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, note_id INTEGER REFERENCES notes)";
    sqlx::raw_sql(ddl).execute(repo.sqlite().unwrap()).await.unwrap();
    let spawned = tokio::spawn(async move {
        let note = repo.insert(Note::build().set(Note::text, "one")).await.unwrap();
        let notes = repo.insert_many([Note::build().set(Note::text, "two")]).await.unwrap();
        let mut note = repo.update(note.change().set(Note::text, "uno")).await.unwrap();
        repo.preload(&mut note, Note::notes.then(Note::notes)).await.unwrap();
        let observed = repo.clone().observe(|_| ()).log_values();
        let query = Note::query().preload((Note::notes, Note::notes.then(Note::notes)));
        let (all, sent) = assoc::statements::record(observed.all(query)).await;
        assert_eq!((all.unwrap().len(), sent.count()), (2, 2));
        assert!(observed.stream(Note::query()).next().await.unwrap().is_ok());
        let note = repo.insert_or_update(note.change()).await.unwrap();
        let tx = repo.begin().await.unwrap();
        tx.delete(note).await.unwrap();
        tx.rollback().await.unwrap();
        let kept = repo
            .transaction(async |tx| {
                let kept = tx.transaction(async |tx| tx.insert(Note::build().set(Note::text, "three")).await).await?;
                tx.delete(notes[0].clone()).await?;
                Ok::<_, SaveError<Changeset<Note>>>(kept)
            })
            .await
            .unwrap();
        let options = TransactionOptions::serializable();
        repo.transaction_retrying(options.retries(1), async |tx| tx.insert(note_of("four")).await).await.unwrap();
        repo.transaction_with(options, async |tx| {
            tx.after_commit(async || {}).await?;
            tx.delete_all(Note::query().filter(Note::text.eq("four"))).await
        })
        .await
        .unwrap();
        let multi = Multi::new()
            .insert("five", note_of("five"))
            .delete_with("gone", |done| Ok(done.get::<Note>("five")?.clone().change()));
        repo.run(multi.run("six", async |tx: Repo, _| Ok(tx.count(Note::query()).await?))).await.unwrap();
        let by_hand = Note::from_sql("SELECT * FROM notes WHERE text = $1").bind("three");
        assert_eq!(repo.with_replicas([repo.clone()]).unwrap().all_sql(by_hand).await.unwrap().len(), 1);
        let found: Option<Note> = repo.get(kept.id).await.unwrap();
        let texts = repo.all(Note::query().order_by(Note::id.asc())).await.unwrap();
        (found, texts.into_iter().map(|note| note.text).collect::<Vec<_>>())
    });
    let (found, texts) = spawned.await.unwrap();
    assert_eq!(found.map(|note| note.text), Some("three".to_owned()));
    assert_eq!(texts, ["uno", "three"]);
}
