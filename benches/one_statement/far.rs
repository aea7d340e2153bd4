//! A server that is further away: each piece of its answers arrives later.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use sqlx::postgres::PgConnectOptions;

/// The URL of the same database, so much further away, as long as the program runs.
pub fn url(near: &str, by: Duration) -> io::Result<String> {
    let options: PgConnectOptions = near.parse().map_err(io::Error::other)?;
    let folder = options.get_socket().map(|folder| folder.to_string_lossy().into_owned());
    let folder = folder.unwrap_or_else(|| options.get_host().to_owned());
    let socket = format!("{folder}/.s.PGSQL.{}", options.get_port());
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for client in listener.incoming() {
            let served = client.and_then(|client| serve(client, UnixStream::connect(&socket)?, by));
            served.expect("the server takes another connection");
        }
    });
    let (user, database) = (options.get_username(), options.get_database().unwrap_or("postgres"));
    Ok(format!("postgres://{user}@{address}/{database}?sslmode=disable"))
}

fn serve(client: TcpStream, server: UnixStream, by: Duration) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (mut asks, mut asked) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut asks, &mut asked);
        let _ = asked.shutdown(Shutdown::Both);
    });
    let (pieces, late) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || read(server, &pieces, by));
    thread::spawn(move || write(client, &late));
    Ok(())
}

fn read(mut server: UnixStream, pieces: &mpsc::Sender<(Instant, Vec<u8>)>, by: Duration) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = server.read(&mut buffer) {
        if pieces.send((Instant::now() + by, buffer[..length].to_vec())).is_err() {
            return;
        }
    }
}

fn write(mut client: TcpStream, late: &mpsc::Receiver<(Instant, Vec<u8>)>) {
    for (due, piece) in late {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if client.write_all(&piece).is_err() {
            return;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}
