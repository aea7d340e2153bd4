async fn run(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let db = &sqlx::PgPool::connect(url).await?;
@CALLS@
    Ok(())
}
