use crate::{Error, keeper::Keeper};

/// A database that this process created, dropped with this value.
pub(crate) struct Created {
    name: String,
    url: String,
    keeper: &'static Keeper,
}

impl Created {
    /// Creates a database, as a copy of `template` or empty.
    pub(crate) async fn new(suffix: &str, template: Option<&str>) -> Result<Self, Error> {
        let keeper = Keeper::get()?;
        // Owned before it exists: a caller who stops waiting leaves nothing behind.
        let mut created = Self { name: keeper.name(suffix), url: String::new(), keeper };
        created.url = keeper.create(&created.name, template).await?;
        Ok(created)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Created {
    fn drop(&mut self) {
        self.keeper.drop_database(&self.name);
    }
}
