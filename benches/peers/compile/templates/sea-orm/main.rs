async fn run(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let db = &sea_orm::Database::connect(url).await?;
@CALLS@
    Ok(())
}
