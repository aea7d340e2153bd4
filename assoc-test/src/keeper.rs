use std::{
    hash::{BuildHasher, RandomState},
    sync::{OnceLock, mpsc},
    thread,
    time::Duration,
};

use tokio::sync::{
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    oneshot,
};

use crate::{Error, admin::Admin, server::Server};

/// The way to the thread that owns the server and the one connection databases are created and dropped on.
///
/// A thread with a runtime of its own, because each test has another runtime, and none of them lives as long as the
/// server.
pub(crate) struct Keeper {
    owner: String,
    drops: Drops,
    jobs: UnboundedSender<Job>,
}

/// A private server goes away with the process, databases and all; on any other, whoever drops a database waits for
/// it, or the end of the process would come first.
enum Drops {
    InBackground,
    Awaited,
}

enum Job {
    Create { name: String, template: Option<String>, reply: oneshot::Sender<Result<String, Error>> },
    Drop { name: String, done: mpsc::Sender<()> },
}

const LONGEST_DROP: Duration = Duration::from_secs(10);

impl Keeper {
    /// The keeper of this process.
    pub(crate) fn get() -> Result<&'static Self, Error> {
        static KEEPER: OnceLock<Result<Keeper, Error>> = OnceLock::new();
        KEEPER.get_or_init(Keeper::start).as_ref().map_err(Clone::clone)
    }

    /// The full name of a database: it tells whose it is.
    pub(crate) fn name(&self, suffix: &str) -> String {
        format!("{}_{suffix}", self.owner)
    }

    /// Creates a database and returns its URL.
    pub(crate) async fn create(&self, name: &str, template: Option<&str>) -> Result<String, Error> {
        let (reply, answer) = oneshot::channel();
        let _ = self.jobs.send(Job::Create { name: name.to_owned(), template: template.map(str::to_owned), reply });
        // If the thread is gone, so is the other end of the reply.
        answer.await.map_err(|_| Error::Thread("it ended early".to_owned()))?
    }

    pub(crate) fn drop_database(&self, name: &str) {
        let (done, dropped) = mpsc::channel();
        let _ = self.jobs.send(Job::Drop { name: name.to_owned(), done });
        if let Drops::Awaited = self.drops {
            let _ = dropped.recv_timeout(LONGEST_DROP);
        }
    }

    fn start() -> Result<Self, Error> {
        let server = Server::from_environment()?;
        let owner = format!("assoc_test_{:016x}", RandomState::new().hash_one(()));
        let (jobs, inbox) = unbounded_channel();
        let keeper = Self {
            owner: owner.clone(),
            drops: match server {
                Some(_) => Drops::Awaited,
                None => Drops::InBackground,
            },
            jobs,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::Thread(error.to_string()))?;
        thread::Builder::new()
            .name("assoc-test".to_owned())
            .spawn(move || runtime.block_on(serve(server, owner, inbox)))
            .map_err(|error| Error::Thread(error.to_string()))?;
        Ok(keeper)
    }
}

async fn serve(server: Option<Server>, owner: String, mut inbox: UnboundedReceiver<Job>) {
    let mut admin = match server.map_or_else(Server::start, Ok) {
        Ok(server) => Admin::new(server, owner).await,
        Err(error) => Err(error),
    };
    while let Some(job) = inbox.recv().await {
        match (job, &mut admin) {
            (Job::Create { name, template, reply }, Ok(admin)) => {
                let _ = reply.send(admin.create(&name, template.as_deref()).await);
            }
            (Job::Create { reply, .. }, Err(error)) => {
                let _ = reply.send(Err(error.clone()));
            }
            (Job::Drop { name, done }, Ok(admin)) => {
                admin.drop_database(&name).await;
                let _ = done.send(());
            }
            (Job::Drop { .. }, Err(_)) => {} // nothing was created; hanging up ends the wait
        }
    }
}
