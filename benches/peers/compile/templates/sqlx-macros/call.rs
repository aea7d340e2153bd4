    let id = item@I@::create(db, "one", 1).await?;
    let item = item@I@::load(db, id).await?;
    println!("{} {:?}", item@I@::REVISION, item);
    item@I@::rename(db, item, "two").await?;
