async fn run(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    use diesel_async::AsyncConnection;
    let db = &mut diesel_async::AsyncPgConnection::establish(url).await?;
@CALLS@
    Ok(())
}
