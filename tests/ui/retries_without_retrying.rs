use assoc::{DbError, Repo, TransactionOptions};

async fn transfer(repo: Repo) -> Result<(), DbError> {
    repo.transaction_with(TransactionOptions::serializable().retries(5), async |_| Ok(())).await
}

fn main() {
    let _ = transfer;
}
