//! `order_by`: the order in which rows are loaded.

use super::*;

both! {
    async fn of_the_association(db: Db) {
        prepare(&db).await;
        let found = article(&db, (Article::notes, Article::replies, Article::topics)).await;
        assert_eq!(bodies(&found.notes), ["high", "low", "low too"]);
        assert_eq!(bodies(&found.replies), ["a", "z"]);
        db.execute("UPDATE remarks SET rank = 3 WHERE id = 13; UPDATE remarks SET body = 'zz' WHERE id = 15; UPDATE topics SET name = 'a' WHERE id = 3").await;
        let found = article(&db, (Article::notes, Article::replies, Article::topics)).await;
        assert_eq!(bodies(&found.notes), ["low too", "high", "low"]);
        assert_eq!(bodies(&found.replies), ["z", "zz"]);
        assert_eq!(found.topics.get().unwrap().iter().map(|topic| topic.id).collect::<Vec<_>>(), [1, 3]);
    }

    async fn of_the_preload_wins(db: Db) {
        prepare(&db).await;
        let found = article(&db, Article::notes.order_by((Remark::rank.asc(), Remark::id.desc()))).await;
        assert_eq!(bodies(&found.notes), ["low too", "low", "high"]);
        let found = article(&db, Article::topics.order_by(Topic::id.asc())).await;
        assert_eq!(found.topics.get().unwrap().iter().map(|topic| topic.id).collect::<Vec<_>>(), [1, 3]);
    }

    async fn equal_rows_are_in_the_order_of_their_keys(db: Db) {
        prepare(&db).await;
        db.execute("UPDATE remarks SET body = 'same' WHERE kind = 'the reply'; UPDATE topics SET name = 'same'").await;
        let found = article(&db, (Article::replies, Article::topics)).await;
        assert_eq!(found.replies.get().unwrap().iter().map(|remark| remark.id).collect::<Vec<_>>(), [14, 15]);
        assert_eq!(found.topics.get().unwrap().iter().map(|topic| topic.id).collect::<Vec<_>>(), [1, 3]);
    }

    async fn a_save_gives_rows_back_in_the_order_of_the_input(db: Db) {
        prepare(&db).await;
        let found = article(&db, Article::notes).await;
        let input = params(json!({"notes": [{"id": 13}, {"body": "new"}, {"id": 12}, {"id": 11}]}));
        let saved = db.repo.update(found.change().cast(&input, ()).cast_assoc(Article::notes, remark)).await.unwrap();
        assert_eq!(bodies(&saved.notes), ["low too", "new", "high", "low"]);
    }
}
