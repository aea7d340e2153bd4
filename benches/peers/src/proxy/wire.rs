//! One connection through the proxy.

use std::{
    io::{Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::{Counts, frames::Frames};

/// A piece of what the server said, and when the client shall have it.
type Piece = (Instant, Vec<u8>);

/// Passes everything on, on threads of its own, until one side hangs up.
pub fn connect(client: UnixStream, server: UnixStream, delay: Duration, counts: Arc<Counts>) {
    let (Ok(client_in), Ok(server_in)) = (client.try_clone(), server.try_clone()) else { return };
    // Messages that ask the server to say when it is ready, and that it has not answered yet.
    let unanswered = Arc::new(AtomicUsize::new(0));
    let asked = unanswered.clone();
    let (pieces, due) = channel();
    thread::spawn(move || from_client(client_in, server, &asked, &counts));
    thread::spawn(move || from_server(server_in, &pieces, delay));
    thread::spawn(move || to_client(client, &due, &unanswered));
}

fn from_client(mut client: UnixStream, mut server: UnixStream, unanswered: &AtomicUsize, counts: &Counts) {
    let (mut frames, mut bytes) = (Frames::of_client(), vec![0; PIECE]);
    let mut speaking = false;
    while let Ok(length @ 1..) = client.read(&mut bytes) {
        frames.read(&bytes[..length], |kind| {
            if !speaking && unanswered.load(SeqCst) == 0 && kind != TERMINATE {
                counts.round_trips.fetch_add(1, SeqCst);
            }
            speaking = !matches!(kind, SYNC | QUERY);
            if matches!(kind, EXECUTE | QUERY) {
                counts.statements.fetch_add(1, SeqCst);
            }
            if matches!(kind, SYNC | QUERY) {
                unanswered.fetch_add(1, SeqCst);
            }
        });
        if server.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}

fn from_server(mut server: UnixStream, pieces: &Sender<Piece>, delay: Duration) {
    let mut bytes = vec![0; PIECE];
    while let Ok(length @ 1..) = server.read(&mut bytes) {
        if pieces.send((Instant::now() + delay, bytes[..length].to_vec())).is_err() {
            break;
        }
    }
}

fn to_client(mut client: UnixStream, pieces: &Receiver<Piece>, unanswered: &AtomicUsize) {
    let mut frames = Frames::of_server();
    while let Ok((due, bytes)) = pieces.recv() {
        sleep_until(due);
        frames.read(&bytes, |kind| {
            if kind == READY_FOR_QUERY {
                // The first one answers the start of the connection, which asks without a message of its own.
                let _ = unanswered.fetch_update(SeqCst, SeqCst, |count| count.checked_sub(1));
            }
        });
        if client.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

/// A sleep ends some 50 µs late on Linux: it is begun earlier by as much, and the rest is waited for awake.
fn sleep_until(due: Instant) {
    const LATE: Duration = Duration::from_micros(60);
    if let Some(early) = due.checked_duration_since(Instant::now()).and_then(|left| left.checked_sub(LATE)) {
        thread::sleep(early);
    }
    while Instant::now() < due {
        std::hint::spin_loop();
    }
}

const PIECE: usize = 64 * 1024;
const SYNC: u8 = b'S';
const QUERY: u8 = b'Q';
const EXECUTE: u8 = b'E';
const TERMINATE: u8 = b'X';
const READY_FOR_QUERY: u8 = b'Z';
