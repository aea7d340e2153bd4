//! `link`, `unlink`, `add_to`, `remove_from` on many-to-many associations, whose rows need not be loaded.

use assoc::{DbError, SaveError, ViolationKind, prelude::*};
use chrono::{DateTime, Utc};

use crate::{constraints::violation, support::*};

#[derive(Debug, Clone, PartialEq, Schema)]
struct Album {
    id: i64,
    name: String,
    #[many_to_many(join_through = "albums_songs", on_replace = delete)]
    songs: ManyToMany<Song>,
    #[many_to_many(join_through = "albums_songs", owner_key = album_id, related_key = song_id, on_join_conflict = nothing)]
    lenient: ManyToMany<Song>,
    #[many_to_many(join_through = Feature, on_replace = delete)]
    guests: ManyToMany<Song>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Song {
    id: i64,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Feature {
    id: i64,
    #[schema(default = "guest")]
    role: String,
    album_id: i64,
    song_id: i64,
    #[timestamps]
    inserted_at: DateTime<Utc>,
}

async fn album(db: &Db) -> Album {
    db.tables(
        "CREATE TABLE albums (id <key>, name TEXT NOT NULL);
         CREATE TABLE songs (id <key>, name TEXT NOT NULL UNIQUE);
         CREATE TABLE albums_songs (album_id BIGINT NOT NULL REFERENCES albums (id),
           song_id BIGINT NOT NULL REFERENCES songs (id), PRIMARY KEY (album_id, song_id));
         CREATE TABLE features (id <key>, role TEXT NOT NULL, album_id BIGINT NOT NULL REFERENCES albums (id),
           song_id BIGINT NOT NULL REFERENCES songs (id), inserted_at <time> NOT NULL);
         INSERT INTO albums VALUES (1, 'mine'), (2, 'other');
         INSERT INTO songs VALUES (11, 'a'), (12, 'b'), (13, 'c');
         INSERT INTO albums_songs VALUES (1, 11), (2, 12);",
    )
    .await;
    let album = db.repo.fetch(1).await.unwrap();
    db.forget();
    album
}

async fn links(db: &Db) -> String {
    all_of(db, "concat(album_id, '-', song_id)", "albums_songs").await
}

/// The same, with the key of a new row in it.
async fn has_links(db: &Db, expected: &str) {
    let mut expected: Vec<&str> = expected.split(' ').collect();
    expected.sort_unstable();
    assert_eq!(links(db).await, expected.join(" "));
}

fn names(songs: &ManyToMany<Song>) -> Vec<&str> {
    songs.get().unwrap().iter().map(|song| song.name.as_str()).collect()
}

both! {
    async fn by_keys_alone(db: Db) {
        let album = album(&db).await;
        let changeset = album.change().link(Album::songs, [12, 13]).unlink(Album::songs, [11]);
        let plan = changeset.plan().unwrap().to_string();
        assert!(plan.contains("- unlink 11") && plan.contains("+ link   12") && plan.contains("+ link   13"), "{plan}");
        let album = db.repo.update(changeset).await.unwrap();
        assert!(album.songs.get().is_err());
        assert_eq!(db.statements().len(), db.as_one(2));
        assert_eq!(links(&db).await, "1-12 1-13 2-12");
        db.repo.update(album.change().remove_from(Album::songs, [13])).await.unwrap();
        assert_eq!((links(&db).await.as_str(), db.count("songs").await), ("1-12 2-12", 3));
    }

    async fn rows_are_added_with_their_links(db: Db) {
        let mut album = album(&db).await;
        db.repo.preload(&mut album, Album::songs).await.unwrap();
        let there: Song = db.repo.fetch(12).await.unwrap();
        let changeset = album.change().add_to(Album::songs, (Song::build().set(Song::name, "new"), there.change().set(Song::name, "B")));
        let album = db.repo.update(changeset).await.unwrap();
        assert_eq!(names(&album.songs), ["a", "new", "B"]);
        let new = album.songs.get().unwrap()[1].id;
        has_links(&db, &format!("1-11 1-12 1-{new} 2-12")).await;
        assert_eq!(db.text("SELECT name FROM songs WHERE id = 12").await, "B");
    }

    /// Of a row that is linked by its key only the key is known: the list would not be the whole.
    async fn what_is_loaded_loses_what_is_unlinked(db: Db) {
        let mut album = album(&db).await;
        db.execute("INSERT INTO albums_songs VALUES (1, 13)").await;
        db.repo.preload(&mut album, Album::songs).await.unwrap();
        let album = db.repo.update(album.change().unlink(Album::songs, [11])).await.unwrap();
        assert_eq!(names(&album.songs), ["c"]);
        let album = db.repo.update(album.change().link(Album::songs, [12])).await.unwrap();
        assert!(album.songs.get().is_err());
        assert_eq!(links(&db).await, "1-12 1-13 2-12");
    }

    async fn a_link_of_what_is_loaded_changes_nothing(db: Db) {
        let mut album = album(&db).await;
        db.repo.preload(&mut album, Album::songs).await.unwrap();
        db.forget();
        let album = db.repo.update(album.change().link(Album::songs, [11])).await.unwrap();
        assert_eq!((names(&album.songs), db.statements().len()), (vec!["a"], 0));
        let song = album.songs.get().unwrap()[0].clone();
        let changeset = album.change().add_to(Album::songs, [song.change().set(Song::name, "A")]);
        let album = db.repo.update(changeset).await.unwrap();
        assert_eq!((names(&album.songs), db.statements().len()), (vec!["A"], 1));
        assert_eq!(links(&db).await, "1-11 2-12");
    }

    async fn by_a_join_schema(db: Db) {
        let album = album(&db).await;
        let album = db.repo.update(album.change().link(Album::guests, [11, 12])).await.unwrap();
        assert_eq!(all_of(&db, "concat(role, album_id, '-', song_id)", "features WHERE inserted_at IS NOT NULL").await, "guest1-11 guest1-12");
        db.repo.update(album.change().unlink(Album::guests, [12])).await.unwrap();
        assert_eq!(all_of(&db, "concat(song_id)", "features").await, "11");
    }

    async fn keys_that_mean_nothing(db: Db) {
        let album = album(&db).await;
        db.repo.update(album.clone().change().unlink(Album::songs, [12, 4711])).await.unwrap();
        assert_eq!(links(&db).await, "1-11 2-12", "a link that is gone is no error, and the other's stays");
        let error = violation(db.repo.update(album.clone().change().link(Album::songs, [12, 4711])).await.unwrap_err());
        assert_eq!((error.kind, error.path.as_str()), (ViolationKind::ForeignKey, "songs[1]"));
        let declared = album.clone().change().link(Album::songs, [12, 4711]).constraint(
            assoc::Constraint::foreign_key("albums_songs_song_id_fkey").error_key("song"),
        );
        assert_eq!(errors(db.repo.update(declared).await.unwrap_err()), ["songs[1].song does not exist"]);
        let error = violation(db.repo.update(album.clone().change().link(Album::songs, [12, 11])).await.unwrap_err());
        assert_eq!((error.kind, error.path.as_str()), (ViolationKind::Unique, "songs[1]"));
        let Err(SaveError::Database(DbError::Stale(path))) = db.repo.update(album.clone().change().add_to(Album::songs, [
            Song { id: 4711, name: "x".into() }.change().set(Song::name, "y"),
        ])).await else { panic!() };
        assert_eq!(path.as_str(), "songs[0]");
        assert_eq!(links(&db).await, "1-11 2-12");
        db.repo.update(album.change().link(Album::lenient, [12, 11, 12])).await.unwrap();
        assert_eq!(links(&db).await, "1-11 1-12 2-12");
    }

    async fn of_one_row_the_last_call_counts(db: Db) {
        let album = album(&db).await;
        let changeset = album.clone().change().link(Album::songs, [12, 12]).link(Album::songs, [12]).unlink(Album::songs, [13]);
        assert_eq!(changeset.plan().unwrap().writes().len(), 2);
        db.repo.update(changeset.link(Album::songs, [13])).await.unwrap();
        assert_eq!(links(&db).await, "1-11 1-12 1-13 2-12");
        db.repo.update(album.change().link(Album::songs, [13]).unlink(Album::songs, [13])).await.unwrap();
        assert_eq!(links(&db).await, "1-11 1-12 2-12");
    }

    async fn of_a_new_owner(db: Db) {
        album(&db).await;
        let new = Album::build().set(Album::name, "new").link(Album::songs, [11, 12]).add_to(Album::guests, [Song::build().set(Song::name, "x")]);
        let new = db.repo.insert(new).await.unwrap();
        assert!(new.songs.get().is_err());
        assert_eq!(names(&new.guests), ["x"]);
        has_links(&db, &format!("1-11 {0}-11 {0}-12 2-12", new.id)).await;
    }

    async fn a_thousand_take_as_many_statements_as_two(db: Db) {
        let album = album(&db).await;
        db.execute(&format!("INSERT INTO songs VALUES {}", (10_000..11_000).map(|n| format!("({n}, 's{n}')")).collect::<Vec<_>>().join(", "))).await;
        db.repo.update(album.clone().change().link(Album::songs, 10_000..11_000)).await.unwrap();
        assert_eq!(db.statements().len(), 1);
        assert_eq!(db.count("albums_songs").await, 1002);
        db.repo.update(album.change().unlink(Album::songs, 10_000..11_000)).await.unwrap();
        assert_eq!(db.statements().len(), 1);
        assert_eq!(links(&db).await, "1-11 2-12");
    }
}
