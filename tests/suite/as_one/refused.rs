//! A statement that the database refuses, or does not do as it is told: then its parts are sent in turn.

use assoc::prelude::*;
use uuid::Uuid;

use super::pair::Pair;

#[derive(Debug, Clone, PartialEq, Schema)]
struct Post {
    id: i64,
    title: String,
    #[has_many(on_replace = delete)]
    comments: HasMany<Comment>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
struct Comment {
    id: i64,
    slug: String,
    post_id: i64,
    stars: Option<i32>,
}

/// Names that the statement uses for its own parts.
#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "b0")]
struct Odd {
    id: i64,
    c0: Option<String>,
    v0: Option<i32>,
    ord: Option<i64>,
    #[schema(database_default)]
    ok: bool,
    #[schema(database_default)]
    keys: i32,
    #[has_many(on_replace = delete, foreign_key = t)]
    us: HasMany<Under>,
}

#[derive(Debug, Clone, PartialEq, Schema)]
#[schema(table = "u")]
struct Under {
    #[schema(database_default = "gen_random_uuid()")]
    id: Uuid,
    t: i64,
    #[schema(column = "a\"b'c", database_default)]
    quoted: i32,
    u: Option<Vec<String>>,
    r0: Option<i64>,
    d0: Option<i64>,
}

const ALL: &str = "SELECT concat((SELECT string_agg(p::text, ' ' ORDER BY p) FROM posts p), ' | ',
    (SELECT string_agg(concat(c.id, c.slug, c.post_id), ' ' ORDER BY c.id) FROM comments c))";

async fn pair(more: &str) -> Pair {
    Pair::of(&format!(
        "CREATE TABLE posts (id <key>, title TEXT NOT NULL);
         CREATE TABLE comments (id <key>, slug TEXT NOT NULL UNIQUE, post_id BIGINT NOT NULL REFERENCES posts (id),
           stars INTEGER);
         INSERT INTO posts VALUES (1, 'one'), (2, 'two');
         INSERT INTO comments VALUES (1, 'a', 1), (2, 'b', 1), (3, 'c', 1), (4, 'd', 2);
         {more}"
    ))
    .await
}

async fn post(repo: &Repo) -> Post {
    let mut post: Post = repo.fetch(1).await.unwrap();
    repo.preload(&mut post, Post::comments).await.unwrap();
    post
}

/// The first comment goes, the second changes, the third stays, and a new one comes.
async fn rewrite(repo: Repo, slug: &str) -> Result<Post, SaveError<Changeset<Post>>> {
    let post = post(&repo).await;
    let comments = post.comments.get().unwrap();
    let changed = comments[1].clone().change().set(Comment::slug, "changed");
    let new = Comment::build().set(Comment::id, 9).set(Comment::slug, slug.to_owned());
    repo.update(post.clone().change().put_assoc(Post::comments, vec![changed, comments[2].clone().change(), new])).await
}

#[tokio::test]
async fn a_unique_value_that_a_delete_gives_up_is_taken_in_one_statement() {
    let pair = pair("").await;
    assert!(pair.saves(ALL, async |repo| rewrite(repo, "a").await).await.is_one());
    assert_eq!(pair.one.text(ALL).await, "(1,one) (2,two) | 2changed1 3c1 4d2 9a1");
}

#[tokio::test]
async fn a_unique_value_that_an_update_gives_up_is_taken_in_one_statement() {
    let pair = pair("").await;
    assert!(pair.saves(ALL, async |repo| rewrite(repo, "b").await).await.is_one());
}

#[tokio::test]
async fn a_unique_value_that_is_taken_is_blamed_on_its_row() {
    let outcome = pair("").await.saves(ALL, async |repo| rewrite(repo, "d").await).await;
    assert!(outcome.sent.iter().any(|sql| sql.starts_with("SAVEPOINT")));
    assert!(outcome.error().starts_with("the row at `comments[2]`: duplicate key value"));
}

#[tokio::test]
async fn a_trigger_that_suppresses_a_row_is_noticed() {
    let trigger = |event: &str| {
        format!(
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER quiet BEFORE {event} ON comments FOR EACH ROW EXECUTE FUNCTION nothing();"
        )
    };
    let messages = [
        ("INSERT", "the database did not return every row that was inserted"),
        ("UPDATE", "the row at `comments[0]` is gone"),
        ("DELETE", "is gone"),
    ];
    for (event, message) in messages {
        let pair = pair(&trigger(event)).await;
        let outcome = pair.saves(ALL, async |repo| rewrite(repo, "new").await).await;
        assert!(outcome.result.as_ref().is_err_and(|error| error.contains(message)), "{event}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_rule_that_is_not_allowed_beside_others_is_obeyed_in_turn() {
    let rule = "CREATE TABLE log (slug TEXT);
         CREATE RULE logged AS ON DELETE TO comments DO ALSO INSERT INTO log VALUES (OLD.slug);";
    let pair = pair(rule).await;
    let outcome = pair.saves(ALL, async |repo| rewrite(repo, "new").await).await;
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert!(outcome.sent.iter().any(|sql| sql == "COMMIT"));
    let in_transaction = pair.saves(ALL, async |repo| {
        repo.transaction(async |tx| {
            rewrite(tx, "newer").await.map_err(|error| assoc::DbError::Configuration(error.to_string()))
        })
        .await
        .map_err(SaveError::<Changeset<Post>>::Database)
    });
    assert!(in_transaction.await.result.is_err_and(|error| error.contains("duplicate key")));
}

#[tokio::test]
async fn a_save_of_one_row_that_is_refused_at_the_end_of_its_transaction_says_why() {
    let pair = pair("CREATE RULE logged AS ON INSERT TO posts DO INSTEAD NOTHING;").await;
    let new = || Post::build().set(Post::title, "x").prepare_changes(async |post, _| Ok(post));
    let error = pair.saves(ALL, async |repo| repo.insert(new()).await).await.error();
    assert!(error.contains("cannot perform INSERT RETURNING"), "{error}");
}

#[tokio::test]
async fn names_that_the_statement_uses_itself() {
    let pair = Pair::of(
        "CREATE TABLE b0 (id <key>, c0 TEXT, v0 INTEGER, ord BIGINT, ok BOOLEAN NOT NULL DEFAULT true,
           keys INTEGER NOT NULL DEFAULT 7);
         CREATE TABLE u (id UUID PRIMARY KEY, t BIGINT NOT NULL REFERENCES b0 (id), \"a\"\"b'c\" INTEGER NOT NULL DEFAULT 3,
           u TEXT[], r0 BIGINT, d0 BIGINT);",
    )
    .await;
    let all =
        "SELECT concat((SELECT string_agg(concat_ws(',', id, c0, v0, ord, ok, keys), ' ' ORDER BY id) FROM b0), ' | ',
        (SELECT string_agg(concat_ws(',', t, \"a\"\"b'c\", u, r0, d0), ' ' ORDER BY d0) FROM u))";
    let outcome = pair.saves(all, async |repo| {
        let under = |d0| Under::build().set(Under::d0, d0).set(Under::r0, 5).set(Under::u, vec!["{\"x".to_owned()]);
        let odd = |id| {
            let odd = Odd::build().set(Odd::id, id).set(Odd::c0, "c".to_owned()).set(Odd::v0, 1).set(Odd::ord, 2);
            odd.add_to(Odd::us, vec![under(id * 10 + 1), under(id * 10 + 2)])
        };
        repo.insert_many([odd(1), odd(2)]).await.map(|rows| rows.len())
    });
    let outcome = outcome.await;
    assert!(outcome.result.is_ok(), "{outcome:?}");
    let rows = "1,c,1,2,t,7 2,c,1,2,t,7 | 1,3,{\"{\\\"x\"},5,11 1,3,{\"{\\\"x\"},5,12 2,3,{\"{\\\"x\"},5,21 2,3,{\"{\\\"x\"},5,22";
    assert_eq!(pair.one.text(all).await, rows);
}

/// Each save writes the slug of one comment first, and then the stars of the other.
#[tokio::test]
async fn two_saves_that_wait_for_each_other_both_end_well() {
    let slow =
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END';
         CREATE TRIGGER slow AFTER UPDATE ON comments FOR EACH ROW EXECUTE FUNCTION slow();
         CREATE TRIGGER slower BEFORE UPDATE ON comments FOR EACH ROW EXECUTE FUNCTION slow();";
    let pair = pair(slow).await;
    let repo = &pair.one.repo;
    let save = async |first: usize, second: usize| {
        let post = post(repo).await;
        let comments = post.comments.get().unwrap();
        let rows = vec![
            comments[first].clone().change().set(Comment::slug, format!("slug {first}")),
            comments[second].clone().change().set(Comment::stars, 5),
        ];
        repo.update(post.clone().change().add_to(Post::comments, rows)).await
    };
    let (a, b) = tokio::join!(save(0, 1), save(1, 0));
    assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
    let sent = pair.one.conversation();
    assert!(sent.iter().any(|sql| sql == "COMMIT"), "one of them was sent again: {sent:#?}");
    let rows = pair.one.text("SELECT string_agg(concat_ws(' ', slug, stars), ', ' ORDER BY id) FROM comments").await;
    assert_eq!(rows, "slug 0 5, slug 1 5, c, d");
}
