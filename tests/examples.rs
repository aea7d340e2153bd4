//! The examples, which check themselves, on both databases.

#[path = "../examples/blog/main.rs"]
#[expect(dead_code, reason = "the example has a main of its own, which no test calls")]
mod blog;

#[tokio::test]
async fn on_sqlite() {
    blog::tell("sqlite::memory:").await.unwrap();
}

#[tokio::test]
async fn on_postgres() {
    let database = assoc_test::Database::new().await.unwrap();
    blog::tell(database.url()).await.unwrap();
    blog::tell(database.url()).await.unwrap();
}

#[path = "../examples/queries.rs"]
#[expect(dead_code, reason = "the example has a main of its own, which no test calls")]
mod queries;

#[tokio::test]
async fn questions_on_sqlite() {
    queries::ask("sqlite::memory:").await.unwrap();
}

#[tokio::test]
async fn questions_on_postgres() {
    let database = assoc_test::Database::new().await.unwrap();
    queries::ask(database.url()).await.unwrap();
    queries::ask(database.url()).await.unwrap();
}
