async fn run(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let db = &assoc::Repo::connect(url).await?;
@CALLS@
    Ok(())
}
