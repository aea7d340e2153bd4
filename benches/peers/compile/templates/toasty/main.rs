async fn run(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let db = &mut toasty::Db::builder().models(toasty::models!(item0::Item0)).connect(url).await?;
@CALLS@
    Ok(())
}
