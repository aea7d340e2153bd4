//! What is out of the ordinary: system columns, embeds, names of SQL's own, locks of joins.

use assoc::{
    DbError, alias,
    prelude::*,
    query::{Lock, Page},
};

use super::blog;
use crate::{schemas::*, support::*};

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "sheets")]
struct Sheet {
    id: i64,
    title: String,
    #[has_many(foreign_key = sheet_id)]
    cells: HasMany<Cell>,
    #[schema(version = xmin)]
    seen: i64,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Cell {
    id: i64,
    sheet_id: i64,
    #[belongs_to]
    sheet: BelongsTo<Sheet>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "select")]
struct Odd {
    id: i64,
    #[schema(column = "we\"ird")]
    weird: Option<String>,
    #[embeds_many(on_replace = delete)]
    lines: Vec<Line>,
    order: Option<i64>,
    #[has_many(foreign_key = order)]
    parts: HasMany<Odd>,
    #[belongs_to(foreign_key = order)]
    whole: BelongsTo<Odd>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(embedded)]
struct Line {
    text: String,
}

alias!(Group = Odd);

async fn odd(db: &Db) {
    db.tables(
        r#"CREATE TABLE "select" (id <key>, "we""ird" TEXT, lines <json> NOT NULL, "order" BIGINT);
           INSERT INTO "select" (id, "we""ird", lines, "order") VALUES
             (1, 'a', '[]', NULL), (2, 'b', '[{"text": "x"}]', 1), (3, NULL, '[{"text": "x"}, {"text": "y"}]', 1);"#,
    )
    .await;
}

both! {
    async fn names_of_sql_and_embeds(db: Db) {
        odd(&db).await;
        let all = db.repo.all(Odd::query().order_by(Odd::id.asc())).await.unwrap();
        assert_eq!(all[2].lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["x", "y"]);
        let one = |id: i64| Odd::query().filter(Odd::id.eq(id));
        let union = one(1).union(one(2)).union(Odd::query().offset(2).order_by(Odd::id.asc())).order_by(Odd::id.asc());
        assert_eq!(db.repo.all(union).await.unwrap(), all);
        assert_eq!(db.repo.all(Odd::parts.recursive(one(1)).order_by(Odd::id.asc())).await.unwrap(), all);
        assert_eq!(db.repo.all(Odd::query().distinct().order_by(Odd::id.asc())).await.unwrap(), all);
        let pairs = Odd::query().left_join(Odd::whole.alias(Group)).order_by(Odd::id.asc());
        let pairs = db.repo.all(pairs.select((Odd::row(), Odd::row().of(Group).optional()))).await.unwrap();
        assert_eq!(pairs, [(all[0].clone(), None), (all[1].clone(), Some(all[0].clone())), (all[2].clone(), Some(all[0].clone()))]);
        let nested = Odd::query().filter(Odd::parts.any(Odd::weird.is_null().and(Odd::whole.any(Odd::weird.eq("a")))));
        assert_eq!(db.repo.all(nested).await.unwrap(), [all[0].clone()]);
        let counted = Odd::query().join(Odd::parts.alias(Group)).filter(Odd::parts.count().eq(2)).distinct();
        assert_eq!(db.repo.count(counted.clone()).await.unwrap(), 1);
        assert_eq!(db.repo.update_all(counted, Odd::weird.set("whole")).await.unwrap(), 1);
        let page = db.repo.page(Odd::query().order_by(Odd::weird.desc().nulls_last()), Page::first(2)).await.unwrap();
        let rest = db.repo.page(Odd::query().order_by(Odd::weird.desc().nulls_last()), Page::after(2, page.next.unwrap())).await.unwrap();
        assert_eq!(rest.rows, [all[2].clone()]);
    }

    async fn the_version_of_a_row_that_postgres_keeps(db: Db) {
        db.tables(
            "CREATE TABLE sheets (id <key>, title TEXT NOT NULL); CREATE TABLE cells (id <key>, sheet_id BIGINT NOT NULL);
             INSERT INTO sheets (id, title) VALUES (1, 'a'), (2, 'b'); INSERT INTO cells (id, sheet_id) VALUES (1, 1), (2, 1);",
        )
        .await;
        let sheet = |id: i64| Sheet::query().filter(Sheet::id.eq(id));
        let joined = Cell::query().join(Cell::sheet).order_by(Cell::id.asc()).select(Sheet::row());
        if !db.is_postgres() {
            assert!(db.repo.all(joined).await.is_err());
            assert!(db.repo.all(sheet(1).union(sheet(2))).await.is_err());
            assert!(db.statements().is_empty(), "nothing is sent");
            return;
        }
        let all = db.repo.all(Sheet::query().order_by(Sheet::id.asc())).await.unwrap();
        assert!(all[0].seen > 0);
        assert_eq!(db.repo.all(sheet(1).union(sheet(2)).order_by(Sheet::id.asc())).await.unwrap(), all);
        assert_eq!(db.repo.all(Sheet::query().limit(5).subquery().order_by(Sheet::id.asc())).await.unwrap(), all);
        assert_eq!(db.repo.all(joined).await.unwrap(), [all[0].clone(), all[0].clone()]);
        let left = Sheet::query().left_join(Sheet::cells).distinct().order_by(Sheet::id.asc());
        assert_eq!(db.repo.all(left).await.unwrap(), all);
        let page = db.repo.page(Sheet::query().order_by(Sheet::seen.asc()), Page::first(1)).await.unwrap();
        let next = db.repo.page(Sheet::query().order_by(Sheet::seen.asc()), Page::after(1, page.next.unwrap())).await.unwrap();
        assert_eq!([page.rows, next.rows].concat(), all);
        assert_eq!(db.repo.count(Sheet::query().filter(Sheet::seen.is_in([all[0].seen]))).await.unwrap(), 2, "of one transaction");
    }

    async fn locks_of_what_has_no_rows_of_its_own(db: Db) {
        blog(&db).await;
        let lock = Lock::update();
        let query = || Post::query().lock(lock);
        let refused = async |result: Result<usize, DbError>| {
            assert!(matches!(result, Err(DbError::Unsupported { .. } | DbError::Configuration(_))), "{result:?}");
        };
        refused(db.repo.all(query().distinct()).await.map(|rows| rows.len())).await;
        refused(db.repo.all(query().group_by(Post::id)).await.map(|rows| rows.len())).await;
        refused(db.repo.all(query().union(Post::query())).await.map(|rows| rows.len())).await;
        refused(db.repo.all(query().select(Post::id.max())).await.map(|rows| rows.len())).await;
        assert!(db.statements().is_empty(), "nothing is sent");
        if db.is_postgres() {
            assert_eq!(db.repo.all(query().join(Post::comments)).await.unwrap().len(), 6);
            assert_eq!(db.repo.all(query().limit(2).subquery()).await.unwrap().len(), 2);
            assert_eq!(db.repo.count(query().distinct()).await.unwrap(), 4, "a count locks nothing");
            assert_eq!(db.repo.update_all(query().order_by(Post::id.asc()).limit(2), Post::body.set("x")).await.unwrap(), 2);
        }
    }
}
