//! `filter`: which rows are part of an association.

use super::*;

fn names(writers: &HasMany<Writer>) -> Vec<&str> {
    writers.get().unwrap().iter().map(|writer| &*writer.name).collect()
}

both! {
    async fn of_has_many_and_has_one(db: Db) {
        prepare(&db).await;
        let found = article(&db, (Article::notes, Article::replies, Article::pinned)).await;
        assert_eq!(bodies(&found.notes), ["high", "low", "low too"]);
        assert_eq!(bodies(&found.replies), ["a", "z"]);
        assert_eq!(found.pinned.get().unwrap().map(|remark| remark.id), Some(17));
        // They are all the rows that there are.
        assert!(!found.notes.is_partial() && !found.pinned.is_partial());
    }

    async fn of_several_owners_in_one_statement(db: Db) {
        prepare(&db).await;
        let all = db.repo.all(Article::query().order_by(Article::id.asc()).preload((Article::notes, Article::replies))).await.unwrap();
        assert_eq!(db.statements().len(), 3);
        assert_eq!(all.iter().map(|article| bodies(&article.notes).len()).collect::<Vec<_>>(), [3, 1, 0]);
        assert_eq!(all.iter().map(|article| bodies(&article.replies).len()).collect::<Vec<_>>(), [2, 1, 0]);
    }

    async fn of_belongs_to(db: Db) {
        prepare(&db).await;
        let all = db.repo.all(Article::query().order_by(Article::id.asc()).preload(Article::writer)).await.unwrap();
        let names: Vec<_> = all.iter().map(|article| article.writer.get().unwrap().map(|writer| &*writer.name)).collect();
        assert_eq!(names, [Some("Ada"), None, Some("Ada")]);
    }

    async fn of_many_to_many_and_an_enumeration_type(db: Db) {
        prepare(&db).await;
        let found = article(&db, (Article::topics, Article::writer.then(Writer::articles))).await;
        assert_eq!(found.topics.get().unwrap().iter().map(|topic| &*topic.name).collect::<Vec<_>>(), ["cats", "art"]);
        let writer = found.writer.get().unwrap().unwrap();
        assert_eq!(writer.articles.get().unwrap().iter().map(|article| article.id).collect::<Vec<_>>(), [1]);
    }

    async fn of_every_step_of_a_path(db: Db) {
        prepare(&db).await;
        let found = article(&db, (Article::repliers, Article::pinner)).await;
        // Bob is not active, and Cy's reply is deleted.
        assert_eq!(names(&found.repliers), ["Ada"]);
        assert_eq!(found.pinner.get().unwrap().map(|writer| &*writer.name), Some("Cy"));
        let mut writers = db.repo.all(Writer::query().order_by(Writer::id.asc())).await.unwrap();
        db.repo.preload(&mut writers, Writer::topics).await.unwrap();
        let topics: Vec<Vec<_>> = writers.iter().map(|writer| writer.topics.get().unwrap().iter().map(|topic| &*topic.name).collect()).collect();
        // The drafts' topics are not among them, nor are those that are not live.
        assert_eq!(topics, [vec!["art", "cats"], vec![], vec![]]);
    }

    async fn with_a_filter_of_the_preload(db: Db) {
        prepare(&db).await;
        let found = article(&db, Article::notes.filter(Remark::rank.eq(1))).await;
        assert_eq!((bodies(&found.notes), found.notes.is_partial()), (vec!["low", "low too"], true));
        let none = article(&db, Article::notes.filter(Remark::kind.eq(Kind::Reply))).await;
        assert_eq!(bodies(&none.notes), [""; 0]);
    }

    async fn a_cast_leaves_what_is_outside_alone(db: Db) {
        prepare(&db).await;
        let found = article(&db, Article::notes).await;
        let input = params(json!({"notes": [{"id": 12, "body": "HIGH"}, {"id": 14, "body": "mine now"}]}));
        let changeset = found.change().cast(&input, ()).cast_assoc(Article::notes, remark);
        let saved = db.repo.update(changeset).await.unwrap();
        // Remark 14 is no note of the article, so its input is a new one.
        assert_eq!(bodies(&saved.notes), ["HIGH", "mine now"]);
        assert_eq!(all_of(&db, "concat(body, '/', kind)", "remarks WHERE article_id = 1 AND id < 20").await, "HIGH/note a/the reply gone/the reply pin/pinned z/the reply");
        assert_eq!(db.count("remarks WHERE body = 'mine now' AND kind = 'note' AND id <> 14").await, 1);
    }

    async fn the_one_of_a_has_one_is_replaced(db: Db) {
        prepare(&db).await;
        let found = article(&db, Article::pinned).await;
        let input = params(json!({"pinned": {"body": "new pin"}}));
        let saved = db.repo.update(found.change().cast(&input, ()).cast_assoc(Article::pinned, remark)).await.unwrap();
        assert_eq!(saved.pinned.get().unwrap().map(|remark| (remark.kind, &*remark.body)), Some((Kind::Pinned, "new pin")));
        assert_eq!(db.count("remarks WHERE article_id = 1").await, 7);
        assert_eq!(article(&db, Article::pinned).await.pinned, saved.pinned);
    }
}
