//! `defaults`: values of every row that is built for an association.

use super::*;

both! {
    async fn of_build_assoc(db: Db) {
        prepare(&db).await;
        let found = article(&db, ()).await;
        let note = found.build_assoc(Article::notes);
        assert_eq!((note.get(Remark::kind), note.get(Remark::body).as_deref(), note.get(Remark::rank)), (Some(Kind::Note), Some("empty"), Some(0)));
        let note = db.repo.insert(note.set(Remark::rank, 9)).await.unwrap();
        assert_eq!((note.article_id, note.kind), (Some(1), Kind::Note));
        assert_eq!(bodies(&article(&db, Article::notes).await.notes), ["empty", "high", "low", "low too"]);
        let topic = db.repo.insert(found.build_assoc(Article::topics).set(Topic::name, "new")).await.unwrap();
        assert!(topic.live);
        let writer = db.repo.insert(found.build_assoc(Article::writer)).await.unwrap();
        assert_eq!((writer.name.as_str(), writer.active), ("Anon", true));
    }

    async fn of_rows_that_are_cast(db: Db) {
        prepare(&db).await;
        let input = json!({"writer": {}, "notes": [{}, {"body": "given", "rank": 3}], "pinned": {"body": "p"}, "topics": [{"name": "t"}]});
        let changeset = Article::build()
            .set(Article::state, State::Draft)
            .cast(&params(input), ())
            .cast_assoc(Article::writer, |writer, params| writer.cast(params, Writer::name))
            .cast_assoc(Article::notes, remark)
            .cast_assoc(Article::pinned, remark)
            .cast_assoc(Article::topics, |topic, params| topic.cast(params, Topic::name));
        let saved = db.repo.insert(changeset).await.unwrap();
        assert_eq!(saved.writer.get().unwrap().map(|writer| (&*writer.name, writer.active)), Some(("Anon", true)));
        assert_eq!(saved.topics.get().unwrap().iter().map(|topic| (&*topic.name, topic.live)).collect::<Vec<_>>(), [("t", true)]);
        let rows = (Article::writer, Article::notes.order_by(Remark::id.asc()), Article::pinned, Article::topics);
        let mut again: Article = db.repo.fetch(saved.id).await.unwrap();
        db.repo.preload(&mut again, rows).await.unwrap();
        assert_eq!(again, saved);
        assert_eq!(bodies(&again.notes), ["empty", "given"]);
        // A text of nothing but white space is the default of the schema, not of the association: there is none.
        let blank = params(json!({"notes": [{"body": " "}]}));
        let blank = saved.change().cast(&blank, ()).cast_assoc(Article::notes, remark);
        assert_eq!(lines(&blank.errors()), ["notes[0].body can't be blank"]);
    }

    async fn of_rows_in_rows(db: Db) {
        prepare(&db).await;
        let mut writer: Writer = db.repo.fetch(3).await.unwrap();
        db.repo.preload(&mut writer, Writer::articles).await.unwrap();
        let input = params(json!({"articles": [{"notes": [{"rank": 1}, {"body": "b"}]}]}));
        let changeset = writer.change().cast(&input, ()).cast_assoc(Writer::articles, |article, params| {
            article.cast(params, ()).set(Article::state, State::Live).cast_assoc(Article::notes, remark)
        });
        let saved = db.repo.update(changeset).await.unwrap();
        let notes = &saved.articles.get().unwrap()[0].notes;
        assert_eq!(bodies(notes), ["empty", "b"]);
        assert!(notes.get().unwrap().iter().all(|note| note.kind == Kind::Note && note.article_id.is_some()));
    }

    async fn rows_of_the_program_have_what_they_have(db: Db) {
        prepare(&db).await;
        let found = article(&db, Article::notes).await;
        let own = Remark::build().set(Remark::kind, Kind::Reply).set(Remark::body, "own");
        db.repo.update(found.change().add_to(Article::notes, [own])).await.unwrap();
        assert_eq!(bodies(&article(&db, Article::replies).await.replies), ["a", "own", "z"]);
    }

    async fn of_virtual_fields(db: Db) {
        #[derive(Debug, Clone, PartialEq, Schema)]
        #[schema(table = "articles")]
        struct Owner {
            id: i64,
            state: State,
            #[has_many(foreign_key = article_id, defaults(hint = "h"))]
            remarks: HasMany<Hinted>,
        }

        #[derive(Debug, Clone, PartialEq, Schema)]
        #[schema(table = "remarks")]
        struct Hinted {
            id: i64,
            kind: Kind,
            #[schema(virtual)]
            hint: String,
            body: String,
            #[schema(default = 0)]
            rank: i32,
            article_id: Option<i64>,
        }

        prepare(&db).await;
        let owner: Owner = db.repo.fetch(2).await.unwrap();
        let built = owner.build_assoc(Owner::remarks);
        assert_eq!(built.get(Hinted::hint).as_deref(), Some("h"));
        let saved = db.repo.insert(built.set(Hinted::kind, Kind::Note).set(Hinted::body, "b")).await.unwrap();
        assert_eq!((saved.hint.as_str(), saved.article_id), ("h", Some(2)));
        assert_eq!(db.repo.fetch::<Hinted>(saved.id).await.unwrap().hint, "");
    }
}
