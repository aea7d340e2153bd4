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

/// A ring: each belongs to the next, the last to the first.
macro_rules! ring {
    ($first:ident $($rest:ident)+) => {
        ring! { @from $first to $first $($rest)+ }
    };
    (@from $first:ident to $one:ident $next:ident $($rest:ident)*) => {
        ring! { @model $one $next }
        ring! { @from $first to $next $($rest)* }
    };
    (@from $first:ident to $last:ident) => {
        ring! { @model $last $first }
    };
    (@model $one:ident $next:ident) => {
        #[derive(Debug, Clone, PartialEq, Schema)]
        struct $one {
            id: i64,
            next_id: i64,
            #[belongs_to]
            next: BelongsTo<$next>,
        }
    };
}

ring! {
    M0 M1 M2 M3 M4 M5 M6 M7 M8 M9 M10 M11 M12 M13 M14 M15 M16 M17 M18 M19 M20 M21 M22 M23 M24 M25 M26 M27 M28
    M29 M30 M31 M32 M33 M34 M35 M36 M37 M38 M39 M40 M41 M42 M43 M44 M45 M46 M47 M48 M49 M50 M51 M52 M53 M54 M55
    M56 M57 M58 M59 M60 M61 M62 M63 M64 M65 M66 M67 M68 M69 M70 M71 M72 M73 M74 M75 M76 M77 M78 M79 M80 M81 M82
    M83 M84 M85 M86 M87 M88 M89 M90 M91 M92 M93 M94 M95 M96 M97 M98 M99
}

/// The compiler follows the fields of a struct 128 levels deep when it looks whether it can be sent, and a function through
/// that many schemas.
#[tokio::test]
async fn so_can_those_of_schemas_that_hang_together_by_many_associations() {
    let repo = Repo::connect("sqlite::memory:").await.unwrap();
    sqlx::raw_sql("CREATE TABLE m0s (id INTEGER PRIMARY KEY, next_id INTEGER NOT NULL)")
        .execute(repo.sqlite().unwrap())
        .await
        .unwrap();
    let spawned = tokio::spawn(async move {
        let saved = repo.insert(M0::build().set(M0::next_id, 7)).await.unwrap();
        let found: M0 = repo.fetch(saved.id).await.unwrap();
        (found == saved, format!("{:?}", found.clone()))
    });
    assert_eq!(spawned.await.unwrap(), (true, "M0 { id: 1, next_id: 7, next: NotLoaded }".to_owned()));
}
