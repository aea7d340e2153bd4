//! Embeds in embeds, with times and defaults of their own.

use chrono::{DateTime, Utc};

use super::*;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Album {
    id: i64,
    #[embeds_many(on_replace = delete)]
    sides: Vec<Side>,
    #[timestamps]
    updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
struct Side {
    id: i32,
    #[embeds_many(on_replace = delete, column = "songs")]
    tracks: Vec<Track>,
    #[embeds_one(on_replace = update)]
    sleeve: Option<Sleeve>,
    #[timestamps]
    inserted_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
struct Track {
    #[schema(primary_key, column = "no")]
    number: i32,
    name: String,
    #[schema(virtual)]
    note: String,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
struct Sleeve {
    colour: String,
    #[timestamps]
    updated_at: Option<DateTime<Utc>>,
}

fn album(album: Changeset<Album>, params: &Params) -> Changeset<Album> {
    album.cast(params, ()).cast_embed(Album::sides, side)
}

fn side(side: Changeset<Side>, params: &Params) -> Changeset<Side> {
    side.cast(params, Side::id).cast_embed(Side::tracks, track).cast_embed(Side::sleeve, sleeve)
}

fn track(track: Changeset<Track>, params: &Params) -> Changeset<Track> {
    track.cast(params, (Track::number, Track::name, Track::note)).validate_required(Track::name)
}

fn sleeve(sleeve: Changeset<Sleeve>, params: &Params) -> Changeset<Sleeve> {
    sleeve.cast(params, Sleeve::colour)
}

/// Two sides, the first with two tracks and a sleeve; all their times are long past.
async fn loaded(db: &Db) -> Album {
    db.tables(
        r#"CREATE TABLE albums (id <key>, sides <json> NOT NULL, updated_at <time> NOT NULL);
           INSERT INTO albums VALUES (1, '[
             {"id": 1, "songs": [{"no": 1, "name": "one"}, {"no": 2, "name": "two"}], "sleeve": {"colour": "red", "updated_at": "2000-01-01T00:00:00Z"},
              "inserted_at": "2000-01-01T00:00:00Z", "updated_at": "2000-01-01T00:00:00Z"},
             {"id": 2, "inserted_at": "2000-01-01T00:00:00Z", "updated_at": "2000-01-01T00:00:00Z"}]', '2000-01-01 00:00:00+00:00');"#,
    )
    .await;
    db.repo.fetch(1).await.unwrap()
}

fn is_old(time: Option<DateTime<Utc>>) -> bool {
    time.unwrap().to_rfc3339().starts_with("2000")
}

both! {
    async fn survive_a_round_trip(db: Db) {
        let album = loaded(&db).await;
        let [first, second] = &album.sides[..] else { panic!("two sides") };
        assert_eq!(first.tracks.iter().map(|track| &*track.name).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!((&first.sleeve.as_ref().unwrap().colour[..], second.tracks.len(), &second.sleeve), ("red", 0, &None));
        let copy = Album::build().put_embed(Album::sides, album.sides.clone());
        let copy = db.repo.insert(copy).await.unwrap();
        let again: Album = db.repo.fetch(copy.id).await.unwrap();
        assert_eq!((&copy.sides, &again), (&album.sides, &copy));
    }

    async fn a_change_deep_inside_is_one_statement(db: Db) {
        let old = loaded(&db).await;
        db.forget();
        let input = json!({"sides": [{"id": 1, "tracks": [{"number": 2, "name": "TWO"}, {"number": 3, "name": "three", "note": "n"}]}, {"id": 2}]});
        let new = db.repo.update(album(old.clone().change(), &params(input))).await.unwrap();
        assert_eq!(db.statements().len(), 1);
        let first = &new.sides[0];
        assert_eq!(first.tracks.iter().map(|track| (track.number, &*track.name)).collect::<Vec<_>>(), [(2, "TWO"), (3, "three")]);
        assert_eq!((&first.sleeve, &new.sides[1]), (&old.sides[0].sleeve, &old.sides[1]));
        // Virtual fields are kept in memory only.
        assert_eq!(first.tracks[1].note, "n");
        let json = db.text("SELECT sides FROM albums").await;
        assert!(json.contains("\"no\"") && json.contains("\"songs\"") && !json.contains("note") && !json.contains("tracks"), "{json}");
    }

    async fn times_move_with_what_changes(db: Db) {
        let old = loaded(&db).await;
        let input = json!({"sides": [{"id": 1, "tracks": [{"number": 1}, {"number": 2, "name": "TWO"}]}, {"id": 2}, {"id": 3, "sleeve": {"colour": "blue"}}]});
        let new = db.repo.update(album(old.clone().change(), &params(input))).await.unwrap();
        let [first, second, third] = &new.sides[..] else { panic!("three sides") };
        assert!(is_old(first.inserted_at) && !is_old(first.updated_at), "{first:?}");
        assert!(is_old(first.sleeve.as_ref().unwrap().updated_at));
        assert_eq!(*second, old.sides[1]);
        assert!(!is_old(third.inserted_at) && !is_old(third.updated_at));
        assert!(!is_old(third.sleeve.as_ref().unwrap().updated_at) && !is_old(Some(new.updated_at)));
        assert_eq!(db.repo.fetch::<Album>(1).await.unwrap(), new);
    }

    async fn nothing_moves_where_nothing_changes(db: Db) {
        let old = loaded(&db).await;
        let input = json!({"sides": [{"id": 1, "tracks": [{"number": 1}, {"number": 2, "name": "two"}], "sleeve": {"colour": "red"}}, {"id": 2, "tracks": [], "sleeve": null}]});
        let changeset = album(old.clone().change(), &params(input));
        assert!(changeset.plan().unwrap().is_empty(), "{}", changeset.plan().unwrap());
        let put = old.clone().change().put_embed(Album::sides, &old.sides);
        assert!(put.plan().unwrap().is_empty(), "{}", put.plan().unwrap());
    }

    async fn put_structs_differ_deep_inside(db: Db) {
        let old = loaded(&db).await;
        let mut sides = old.sides.clone();
        sides[0].tracks[1].name = "TWO".into();
        sides[1].sleeve = Some(Sleeve { colour: "blue".into(), updated_at: None });
        db.forget();
        let new = db.repo.update(old.clone().change().put_embed(Album::sides, sides)).await.unwrap();
        assert_eq!((&*new.sides[0].tracks[1].name, db.statements().len()), ("TWO", 1));
        let sleeve = new.sides[1].sleeve.as_ref().unwrap();
        assert!(sleeve.colour == "blue" && sleeve.updated_at.is_some() && !is_old(new.sides[1].updated_at));
        assert_eq!(new.sides[0].sleeve, old.sides[0].sleeve);
        assert_eq!(db.repo.fetch::<Album>(1).await.unwrap(), new);
    }

    async fn the_only_one_without_a_key_is_updated_in_place(db: Db) {
        let old = loaded(&db).await;
        let mut sides = old.sides.clone();
        sides[0].sleeve.as_mut().unwrap().colour = "green".into();
        let changeset = old.clone().change().put_embed(Album::sides, sides);
        let side = changeset.get_assoc(Album::sides).unwrap().swap_remove(0);
        let sleeve = side.get_assoc(Side::sleeve).unwrap().swap_remove(0);
        assert_eq!((sleeve.changed(Sleeve::colour).as_deref(), side.changed(Side::id)), (Some("green"), None));
        let new = db.repo.update(changeset).await.unwrap();
        assert!(!is_old(new.sides[0].sleeve.as_ref().unwrap().updated_at));
        assert_eq!((&new.sides[0].tracks, db.repo.fetch::<Album>(1).await.unwrap()), (&old.sides[0].tracks, new.clone()));
    }

    async fn errors_have_paths(db: Db) {
        let old = loaded(&db).await;
        let input = json!({"sides": [{"id": 1, "tracks": [{"number": 1}, {"number": 5}, {"number": "x", "name": "n"}], "sleeve": {"colour": 1}}]});
        let error = db.repo.update(album(old.change(), &params(input))).await.unwrap_err();
        assert_eq!(
            errors(error),
            ["sides[0].sleeve.colour is invalid", "sides[0].tracks[1].name can't be blank", "sides[0].tracks[2].number is invalid"]
        );
    }
}
