use std::{
    env,
    hash::{BuildHasher, RandomState},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use crate::{Error, account::Account, binaries};

/// A shell that runs the server until its standard input ends: when this value is dropped, or when the process that
/// holds it is killed.
pub(crate) struct Supervisor {
    folder: PathBuf,
    _shell: Child,
}

const SCRIPT: &str = include_str!("supervisor.sh");

/// The path of a socket has to fit into 104 bytes on macOS, 108 on Linux.
const LONGEST_SOCKET: usize = 100;

impl Supervisor {
    pub(crate) fn start() -> Result<Self, Error> {
        let account = Account::for_server();
        let binaries = binaries::find(&account)?;
        run(&binaries, &account).map_err(|output| Error::Start { binaries, output })
    }

    /// Where the server's socket is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

fn run(binaries: &Path, account: &Account) -> Result<Supervisor, String> {
    let name = format!("assoc-test-{:016x}", RandomState::new().hash_one(()));
    let mut shell = account
        .command("/bin/sh")
        .args(["-c", SCRIPT, "assoc-test"])
        .arg(binaries)
        .arg(&name)
        .args(places(&name))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("/bin/sh: {error}"))?;
    match first_line(&mut shell) {
        Ok(line) if !line.is_empty() => Ok(Supervisor { folder: PathBuf::from(line), _shell: shell }),
        Ok(_) => Err(last_words(shell)),
        Err(error) => Err(error.to_string()),
    }
}

/// Where the server's folder may be, best place first: in memory, then where temporary files belong.
fn places(name: &str) -> Vec<PathBuf> {
    let mut places = vec!["/dev/shm".into(), env::temp_dir(), "/tmp".into()];
    places.dedup();
    places.retain(|place| {
        let socket = place.join(name).join(".s.PGSQL.5432");
        socket.as_os_str().len() <= LONGEST_SOCKET
    });
    places
}

fn first_line(shell: &mut Child) -> io::Result<String> {
    let mut line = String::new();
    if let Some(output) = shell.stdout.take() {
        BufReader::new(output).read_line(&mut line)?;
    }
    Ok(line.trim_end().to_owned())
}

fn last_words(mut shell: Child) -> String {
    let mut output = String::new();
    if let Some(mut errors) = shell.stderr.take() {
        let _ = errors.read_to_string(&mut output);
    }
    let _ = shell.wait();
    output
}
