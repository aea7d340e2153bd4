//! A wire that is longer: passes on a connection to PostgreSQL, delays what the server says, and counts.
//!
//! Each piece from the server is handed to the client one delay after it came, in order and without waiting for the one
//! before to arrive: a round trip takes one delay more, a large result does not. Pieces from the client pass at once.

mod frames;
mod wire;

use std::{
    fs, io,
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use crate::contender::Result;

/// What passed, over all connections.
#[derive(Debug, Default)]
pub struct Counts {
    /// Messages that run something: Execute of the extended protocol, Query of the simple one. BEGIN and COMMIT are some.
    pub statements: AtomicUsize,
    /// How often the client began to speak when all that it had asked for was answered. Statements sent in a pipeline
    /// are one round trip together; preparing a statement, or asking whether a connection is alive, is one, too.
    pub round_trips: AtomicUsize,
}

pub struct Proxy {
    folder: PathBuf,
    counts: Arc<Counts>,
}

impl Proxy {
    /// Listens on a socket of its own, for a server whose socket is in this folder.
    pub fn start(server: PathBuf, delay: Duration) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("peers-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let socket = folder.join(SOCKET);
        fs::remove_file(&socket).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        let listener = UnixListener::bind(&socket)?;
        let counts = Arc::<Counts>::default();
        let counted = counts.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(io::Result::ok) {
                let Ok(server) = UnixStream::connect(server.join(SOCKET)) else { continue };
                wire::connect(client, server, delay, counted.clone());
            }
        });
        Ok(Self { folder, counts })
    }

    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// What passed since it was asked last: statements and round trips.
    pub fn take_counts(&self) -> (usize, usize) {
        (self.counts.statements.swap(0, SeqCst), self.counts.round_trips.swap(0, SeqCst))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const SOCKET: &str = ".s.PGSQL.5432";
