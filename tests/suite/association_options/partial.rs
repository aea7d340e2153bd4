//! Associations that a preload loaded in part only: a save leaves the other rows alone, and the plan says so.

use super::*;

const NOTE: &str = "notes (partially loaded: other rows are left alone)";

both! {
    async fn a_cast_touches_what_is_loaded(db: Db) {
        prepare(&db).await;
        let found = article(&db, Article::notes.filter(Remark::rank.eq(1))).await;
        let input = params(json!({"notes": [{"id": 11, "body": "LOW"}, {"body": "new"}]}));
        let changeset = found.change().cast(&input, ()).cast_assoc(Article::notes, remark);
        assert_eq!(
            changeset.plan().unwrap().to_string(),
            format!("articles 1 · unchanged\n└─ {NOTE}\n   - delete 13\n   ~ update 11   body: \"low\" → \"LOW\"\n   + insert      kind: \"note\", body: \"new\", rank: 0\n3 writes, 3 statements as one")
        );
        let saved = db.repo.update(changeset).await.unwrap();
        assert!(saved.notes.is_partial());
        assert_eq!(bodies(&saved.notes), ["LOW", "new"]);
        let all = article(&db, Article::notes.order_by(Remark::body.asc())).await;
        let mut now = bodies(&all.notes);
        now.sort_unstable();
        assert_eq!(now, ["LOW", "high", "new"]);
    }

    async fn all_of_it_can_leave(db: Db) {
        prepare(&db).await;
        let found = article(&db, Article::notes.filter(Remark::rank.eq(1))).await;
        let put = found.change().put_assoc(Article::notes, Vec::<Remark>::new());
        let plan = put.plan().unwrap().to_string();
        assert!(plan.contains(NOTE) && plan.contains("2 writes, 1 statement"), "{plan}");
        let saved = db.repo.update(put).await.unwrap();
        assert!(saved.notes.is_partial() && saved.notes.get().unwrap().is_empty());
        assert_eq!(bodies(&article(&db, Article::notes).await.notes), ["high"]);
    }

    async fn links_outside_stay(db: Db) {
        prepare(&db).await;
        let found = article(&db, Article::topics.filter(Topic::name.eq("art"))).await;
        let put = found.change().put_assoc(Article::topics, [Topic::build().set(Topic::name, "dogs").set(Topic::live, true)]);
        let plan = put.plan().unwrap().to_string();
        assert!(plan.contains("topics (partially loaded: other rows are left alone)\n   - unlink 1"), "{plan}");
        db.repo.update(put).await.unwrap();
        let found = article(&db, Article::topics).await;
        assert_eq!(found.topics.get().unwrap().iter().map(|topic| &*topic.name).collect::<Vec<_>>(), ["dogs", "cats"]);
        assert_eq!(db.count("articles_topics WHERE article_id = 1").await, 3);
    }

    async fn a_key_outside_is_a_new_row(db: Db) {
        prepare(&db).await;
        let found = article(&db, Article::notes.filter(Remark::rank.eq(1))).await;
        let input = json!({"notes": [{"id": 11}, {"id": 13}, {"id": 12, "body": "again"}]});
        let cast = found.clone().change().cast(&params(input.clone()), ()).cast_assoc(Article::notes, remark);
        db.repo.update(cast).await.unwrap();
        assert_eq!(db.text("SELECT body FROM remarks WHERE id = 12").await, "high");
        assert_eq!(db.count("remarks WHERE body = 'again' AND id <> 12 AND article_id = 1").await, 1);
        let refused = found.change().cast(&params(input), ()).cast_assoc(Article::notes.reject_unknown(), remark);
        assert_eq!(lines(&refused.errors()), ["notes[2].id does not exist"]);
    }
}
