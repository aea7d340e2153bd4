//! A database schema for each tenant; on SQLite, an attached database.

use assoc::{DbError, prelude::*, query};
use serde_json::json;

use crate::{schemas::*, support::*};

/// A name that must be quoted.
const ONE: &str = "tenant \"1\"";
const TWO: &str = "tenant_2";

/// A table that lies in a database schema of its own.
#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "pinned", prefix = "tenant_2")]
struct Pinned {
    id: i64,
    name: String,
    #[many_to_many(join_through = "pinned_tags", on_replace = delete)]
    tags: ManyToMany<Tag>,
}

/// Two tenants with the tables of the blog that the tests here write to.
async fn tenants(db: &Db) -> [Repo; 2] {
    let create = if db.is_postgres() { "CREATE SCHEMA" } else { "ATTACH DATABASE ':memory:' AS" };
    let references = |table: &str| if db.is_postgres() { format!("<schema>.{table}") } else { table.to_owned() };
    let [posts, tags, users] = ["posts", "tags", "users"].map(references);
    let tables = format!(
        "CREATE TABLE <schema>.users (id <key>, name TEXT NOT NULL, email TEXT);
         CREATE TABLE <schema>.posts (id <key>, title TEXT NOT NULL, slug TEXT, body TEXT, author_id BIGINT, editor_id BIGINT);
         CREATE TABLE <schema>.comments (id <key>, body TEXT NOT NULL, slug TEXT UNIQUE, rating SMALLINT,
           post_id BIGINT NOT NULL REFERENCES {posts} (id), author_id BIGINT REFERENCES {users} (id));
         CREATE TABLE <schema>.tags (id <key>, name TEXT NOT NULL UNIQUE);
         CREATE TABLE <schema>.posts_tags (post_id BIGINT REFERENCES {posts} (id), tag_id BIGINT REFERENCES {tags} (id),
           PRIMARY KEY (post_id, tag_id));"
    );
    for schema in ["\"tenant \"\"1\"\"\"", TWO] {
        db.execute(&format!("{create} {schema}")).await;
        db.tables(&tables.replace("<schema>", schema)).await;
    }
    db.tables("CREATE TABLE tenant_2.pinned (id <key>, name TEXT NOT NULL)").await;
    [ONE, TWO].map(|prefix| db.repo.with_prefix(prefix))
}

/// How many rows a table has in the default schema, and with each tenant.
async fn counts(db: &Db, table: &str) -> [usize; 3] {
    let main = if db.is_postgres() { "public" } else { "main" };
    let mut counts = [0; 3];
    for (count, schema) in counts.iter_mut().zip([main, "\"tenant \"\"1\"\"\"", TWO]) {
        *count = db.count(&format!("{schema}.{table}")).await;
    }
    counts
}

fn post(title: &str) -> Changeset<Post> {
    let input = json!({"title": title, "comments": [{"body": "a"}, {"body": "b"}], "tags": [{"name": title}]});
    Post::build()
        .cast(&params(input), Post::title)
        .cast_assoc(Post::comments, Comment::changeset)
        .cast_assoc(Post::tags, Tag::changeset)
}

both! {
    /// The text for a row by its key is made once, for each tenant.
    async fn a_row_by_its_key_is_that_of_its_tenant_each_time(db: Db) {
        let [one, two] = tenants(&db).await;
        let mut keys = Vec::new();
        for (repo, title) in [(&db.repo, "mine"), (&one, "one"), (&two, "two")] {
            keys.push((repo, repo.insert(post(title)).await.unwrap().id, title));
        }
        db.forget();
        for _ in 0..2 {
            for (repo, key, title) in &keys {
                assert_eq!(repo.fetch::<Post>(*key).await.unwrap().title, *title);
                let rendered = repo.query_sql(query::Query::<Post>::by_key(*key)).unwrap();
                assert_eq!(db.statements(), [format!("{rendered} LIMIT 2")], "{title}");
                let hidden = repo.scoped::<Post>(Post::title.ne(*title));
                assert_eq!(hidden.get::<Post>(*key).await.unwrap(), None, "{title}");
                db.forget();
            }
        }
    }

    async fn each_tenant_has_its_own_rows(db: Db) {
        let [one, two] = tenants(&db).await;
        let first = one.insert(post("first")).await.unwrap();
        two.insert_many([post("second"), post("third")]).await.unwrap();
        for (table, expected) in [("posts", [0, 1, 2]), ("comments", [0, 2, 4]), ("tags", [0, 1, 2]), ("posts_tags", [0, 1, 2])] {
            assert_eq!(counts(&db, table).await, expected, "{table}");
        }
        let changeset = first.change().cast(&params(json!({"title": "new", "comments": [], "tags": []})), Post::title)
            .cast_assoc(Post::comments, Comment::changeset)
            .cast_assoc(Post::tags, Tag::changeset);
        let first = one.update(changeset).await.unwrap();
        assert_eq!((counts(&db, "comments").await, counts(&db, "posts_tags").await), ([0, 0, 4], [0, 0, 2]));
        // What is written is read there, with its associations.
        let read = |repo: Repo| async move {
            let posts = repo.all(Post::query().order_by(Post::title.asc()).preload((Post::comments, Post::tags))).await.unwrap();
            let line = |post: Post| format!("{} {} {}", post.title, post.comments.get().unwrap().len(), post.tags.get().unwrap().len());
            posts.into_iter().map(line).collect::<Vec<_>>().join(", ")
        };
        assert_eq!((read(one.clone()).await, read(two.clone()).await), ("new 0 0".to_owned(), "second 2 1, third 2 1".to_owned()));
        assert_eq!((one.count(Comment::query()).await.unwrap(), two.count(Comment::query()).await.unwrap()), (0, 4));
        assert_eq!(two.count(Post::query().prefix(ONE)).await.unwrap(), 1);
        assert_eq!(two.update_all(Post::query(), Post::title.set("x")).await.unwrap(), 2);
        let more = query::InsertAll::rows([Tag::name.set("more")]);
        assert_eq!((one.insert_all(more).await.unwrap(), counts(&db, "tags").await), (1, [0, 2, 2]));
        one.delete(first).await.unwrap();
        assert_eq!(counts(&db, "posts").await, [0, 0, 2]);
    }

    async fn the_text_of_a_plan_names_the_schema(db: Db) {
        let changeset = post("a");
        let plan = changeset.plan().unwrap();
        for (repo, schema) in [(db.repo.clone(), ""), (db.repo.with_prefix(ONE), "\"tenant \"\"1\"\"\".")] {
            let sql = repo.to_sql(&plan);
            let expected = ["posts", "comments", "tags", "posts_tags"].map(|table| format!("INSERT INTO {schema}\"{table}\" ("));
            let missing: Vec<_> = expected.iter().filter(|text| !sql.iter().any(|sql| sql.contains(*text))).collect();
            assert!(missing.is_empty() && sql.len() == db.as_one(4), "{missing:?} {sql:?}");
        }
        assert_eq!((db.repo.prefix(), db.repo.with_prefix(TWO).prefix()), (None, Some(TWO)));
    }

    async fn a_transaction_and_what_it_prepares_are_of_the_tenant(db: Db) {
        let [one, _] = tenants(&db).await;
        one.transaction(async |tx| {
            let changeset = post("a").prepare_changes(async |changeset, tx: Repo| {
                tx.insert(Tag::build().set(Tag::name, "prepared")).await.map_err(|error| DbError::Driver(error.into()))?;
                Ok(changeset)
            });
            tx.transaction(async |tx| tx.insert(changeset).await).await
        }).await.unwrap();
        assert_eq!((counts(&db, "posts").await, counts(&db, "tags").await), ([0, 1, 0], [0, 2, 0]));
        let tx = db.repo.begin().await.unwrap();
        tx.with_prefix(TWO).insert(post("b")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(counts(&db, "posts").await, [0, 1, 1]);
    }

    async fn a_schema_with_a_prefix_of_its_own_keeps_it(db: Db) {
        let [one, _] = tenants(&db).await;
        let changeset = Pinned::build().set(Pinned::name, "a").put_assoc(Pinned::tags, [Tag::build().set(Tag::name, "t")]);
        let sql = one.to_sql(&changeset.plan().unwrap());
        let expected = ["\"tenant_2\".\"pinned\" (", "\"tenant \"\"1\"\"\".\"tags\" (", "\"tenant \"\"1\"\"\".\"pinned_tags\" ("];
        let written = expected.map(|table| sql.iter().map(|sql| sql.matches(&format!("INSERT INTO {table}")).count()).sum::<usize>());
        assert_eq!((written, sql.len()), ([1, 1, 1], db.as_one(3)), "{sql:?}");
        one.insert(Pinned::build().set(Pinned::name, "a")).await.unwrap();
        assert_eq!(db.count("tenant_2.pinned").await, 1);
    }

    async fn violations_are_those_of_the_tenant(db: Db) {
        let [one, two] = tenants(&db).await;
        one.insert(post("a")).await.unwrap();
        assert_eq!(errors(one.insert(post("a")).await.unwrap_err()), ["tags[0].name has already been taken"]);
        two.insert(post("a")).await.unwrap();
        assert_eq!((counts(&db, "posts").await, counts(&db, "tags").await), ([0, 1, 1], [0, 1, 1]));
        // Which of two parents is missing, SQLite does not tell: it is asked in the tenant's tables.
        let post = db.text("SELECT min(id) FROM tenant_2.posts").await.parse::<i64>().unwrap();
        let comment = Comment::build()
            .set(Comment::body, "c")
            .set(Comment::post_id, post)
            .set(Comment::author_id, 4711)
            .foreign_key_constraint(Comment::author_id)
            .foreign_key_constraint(Comment::post_id);
        assert_eq!(errors(two.insert(comment).await.unwrap_err()), ["author_id does not exist"]);
    }
}
