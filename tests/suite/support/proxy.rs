//! A proxy that reads what a driver sends to PostgreSQL.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
};

use super::Record;

pub struct Proxy {
    /// The database, by way of the proxy.
    pub url: String,
    /// How many bytes came from the database.
    pub received: Arc<AtomicUsize>,
    /// How many times a driver asked for an answer: each is a round trip.
    pub round_trips: Arc<AtomicUsize>,
    kill_before: Arc<Mutex<Option<&'static str>>>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Proxy {
    /// Listens on a port of its own, until the test's runtime ends.
    pub async fn before(url: &str, record: Record) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let kill_before = Arc::new(Mutex::new(None));
        let received = Arc::<AtomicUsize>::default();
        let round_trips = Arc::<AtomicUsize>::default();
        let (server, kill, count, trips) = (url.to_owned(), kill_before.clone(), received.clone(), round_trips.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, record, kill) = (server.clone(), record.clone(), kill.clone());
                let (count, trips) = (count.clone(), trips.clone());
                tokio::spawn(async move {
                    let _ = serve(client, &server, record, kill, count, trips).await;
                });
            }
        });
        let user =
            url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map_or("postgres", |(user, _)| user);
        let options: PgConnectOptions = url.parse().unwrap();
        let database = options.get_database().unwrap();
        Self {
            url: format!("postgres://{user}@{address}/{database}?sslmode=disable"),
            received,
            round_trips,
            kill_before,
        }
    }

    pub fn kill_before(&self, text: &'static str) {
        *self.kill_before.lock().unwrap() = Some(text);
    }
}

async fn connect(url: &str) -> std::io::Result<Box<dyn Stream>> {
    let options: PgConnectOptions = url.parse().expect("a URL");
    let folder = options.get_socket().map(|folder| folder.to_string_lossy().into_owned());
    let folder = folder.or_else(|| Some(options.get_host().to_owned()).filter(|host| host.starts_with('/')));
    match folder {
        Some(folder) => Ok(Box::new(UnixStream::connect(format!("{folder}/.s.PGSQL.{}", options.get_port())).await?)),
        None => Ok(Box::new(TcpStream::connect((options.get_host(), options.get_port())).await?)),
    }
}

async fn serve(
    client: TcpStream,
    url: &str,
    record: Record,
    kill_before: Arc<Mutex<Option<&'static str>>>,
    received: Arc<AtomicUsize>,
    round_trips: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let (mut from_server, mut to_server) = tokio::io::split(connect(url).await?);
    let (mut from_client, mut to_client) = client.into_split();
    tokio::spawn(async move {
        let mut buffer = vec![0; 8192];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            received.fetch_add(length, Ordering::Relaxed);
            if to_client.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
        let _ = to_client.shutdown().await;
    });
    let startup = message(&mut from_client, false).await?;
    to_server.write_all(&startup).await?;
    let mut reader = Reader::default();
    loop {
        let message = message(&mut from_client, true).await?;
        // Sync, Query: the server answers that it is ready.
        round_trips.fetch_add(usize::from(matches!(message[0], b'S' | b'Q')), Ordering::Relaxed);
        if let Some(sql) = reader.read(message[0], &message[5..]) {
            let kill = kill_before.lock().unwrap().take_if(|text| sql.contains(*text));
            record.lock().unwrap().push(sql);
            if kill.is_some() {
                kill_all(url).await;
            }
        }
        to_server.write_all(&message).await?;
    }
}

/// One message with its header; the first of a connection has no type.
async fn message(from: &mut (impl AsyncRead + Unpin), typed: bool) -> std::io::Result<Vec<u8>> {
    let mut message = vec![0; 4 + usize::from(typed)];
    from.read_exact(&mut message).await?;
    let length = u32::from_be_bytes(message[message.len() - 4..].try_into().expect("four bytes")) as usize;
    let header = message.len();
    message.resize(header + length - 4, 0);
    from.read_exact(&mut message[header..]).await?;
    Ok(message)
}

/// Which text a message executes.
#[derive(Default)]
struct Reader {
    statements: HashMap<String, String>,
    portals: HashMap<String, String>,
}

impl Reader {
    fn read(&mut self, kind: u8, body: &[u8]) -> Option<String> {
        let mut texts = body.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
        let mut next = || texts.next().unwrap_or_default();
        match kind {
            b'P' => {
                let name = next();
                self.statements.insert(name, next());
                None
            }
            b'B' => {
                let portal = next();
                let text = self.statements.get(&next()).cloned().unwrap_or_default();
                self.portals.insert(portal, text);
                None
            }
            b'E' => self.portals.get(&next()).cloned(),
            b'Q' => Some(next()),
            _ => None,
        }
    }
}

pub async fn kill_all(url: &str) {
    const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(KILL).execute(&mut connection).await.unwrap();
}
