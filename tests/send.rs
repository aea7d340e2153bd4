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
    ($derive:tt $($one:ident:$next:ident)+) => {
        $(ring! { @model $derive $one $next })+
    };
    (@model ($($derive:ident)*) $one:ident $next:ident) => {
        #[derive($($derive),*)]
        struct $one {
            id: i64,
            next_id: i64,
            #[belongs_to]
            next: BelongsTo<$next>,
        }
    };
}

ring! {
    (Debug Clone PartialEq Schema)
    M0:M1 M1:M2 M2:M3 M3:M4 M4:M5 M5:M6 M6:M7 M7:M8 M8:M9 M9:M10 M10:M11 M11:M12 M12:M13 M13:M14 M14:M15 M15:M16
    M16:M17 M17:M18 M18:M19 M19:M20 M20:M21 M21:M22 M22:M23 M23:M24 M24:M25 M25:M26 M26:M27 M27:M28 M28:M29
    M29:M30 M30:M31 M31:M32 M32:M33 M33:M34 M34:M35 M35:M36 M36:M37 M37:M38 M38:M39 M39:M40 M40:M41 M41:M42
    M42:M43 M43:M44 M44:M45 M45:M46 M46:M47 M47:M48 M48:M49 M49:M50 M50:M51 M51:M52 M52:M53 M53:M54 M54:M55
    M55:M56 M56:M57 M57:M58 M58:M59 M59:M60 M60:M61 M61:M62 M62:M63 M63:M64 M64:M65 M65:M66 M66:M67 M67:M68
    M68:M69 M69:M70 M70:M71 M71:M72 M72:M73 M73:M74 M74:M75 M75:M76 M76:M77 M77:M78 M78:M79 M79:M80 M80:M81
    M81:M82 M82:M83 M83:M84 M84:M85 M85:M86 M86:M87 M87:M88 M88:M89 M89:M90 M90:M91 M91:M92 M92:M93 M93:M94
    M94:M95 M95:M96 M96:M97 M97:M98 M98:M99 M99:M0
}

ring! {
    (Schema)
    N0:N1 N1:N2 N2:N3 N3:N4 N4:N5 N5:N6 N6:N7 N7:N8 N8:N9 N9:N10 N10:N11 N11:N12 N12:N13 N13:N14 N14:N15 N15:N16
    N16:N17 N17:N18 N18:N19 N19:N20 N20:N21 N21:N22 N22:N23 N23:N24 N24:N25 N25:N26 N26:N27 N27:N28 N28:N29
    N29:N30 N30:N31 N31:N32 N32:N33 N33:N34 N34:N35 N35:N36 N36:N37 N37:N38 N38:N39 N39:N40 N40:N41 N41:N42
    N42:N43 N43:N44 N44:N45 N45:N46 N46:N47 N47:N48 N48:N49 N49:N50 N50:N51 N51:N52 N52:N53 N53:N54 N54:N55
    N55:N56 N56:N57 N57:N58 N58:N59 N59:N60 N60:N61 N61:N62 N62:N63 N63:N64 N64:N65 N65:N66 N66:N67 N67:N68
    N68:N69 N69:N70 N70:N71 N71:N72 N72:N73 N73:N74 N74:N75 N75:N76 N76:N77 N77:N78 N78:N79 N79:N80 N80:N81
    N81:N82 N82:N83 N83:N84 N84:N85 N85:N86 N86:N87 N87:N88 N88:N89 N89:N90 N90:N91 N91:N92 N92:N93 N93:N94
    N94:N95 N95:N96 N96:N97 N97:N98 N98:N99 N99:N100 N100:N101 N101:N102 N102:N103 N103:N104 N104:N105 N105:N106
    N106:N107 N107:N108 N108:N109 N109:N110 N110:N111 N111:N112 N112:N113 N113:N114 N114:N115 N115:N116
    N116:N117 N117:N118 N118:N119 N119:N120 N120:N121 N121:N122 N122:N123 N123:N124 N124:N125 N125:N126
    N126:N127 N127:N128 N128:N129 N129:N130 N130:N131 N131:N132 N132:N133 N133:N134 N134:N135 N135:N136
    N136:N137 N137:N138 N138:N139 N139:N0
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

/// More than the compiler follows generic functions from each to the next.
#[tokio::test]
async fn nor_is_there_a_limit_to_the_length_of_a_chain() {
    let repo = Repo::connect("sqlite::memory:").await.unwrap();
    let ddl = "CREATE TABLE n0s (id INTEGER PRIMARY KEY, next_id INTEGER NOT NULL);\
               CREATE TABLE n1s (id INTEGER PRIMARY KEY, next_id INTEGER NOT NULL); INSERT INTO n1s VALUES (7, 8)";
    sqlx::raw_sql(ddl).execute(repo.sqlite().unwrap()).await.unwrap();
    let mut saved = repo.insert(N0::build().set(N0::next_id, 7)).await.unwrap();
    repo.preload(&mut saved, N0::next).await.unwrap();
    assert_eq!(saved.next.get().unwrap().map(|next| next.next_id), Some(8));
}
