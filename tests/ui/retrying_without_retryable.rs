use assoc::{DbError, Repo, TransactionOptions};

struct Failed;

impl From<DbError> for Failed {
    fn from(_: DbError) -> Self {
        Self
    }
}

async fn transfer(repo: Repo) -> Result<(), Failed> {
    repo.transaction_retrying(TransactionOptions::serializable().retries(5), async |_| Ok(())).await
}

fn main() {
    let _ = transfer;
}
