//! What is left when a test process ends, however it ends: nothing.
#![cfg(unix)]

mod process;

use std::{
    env, fs,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use assoc_test::Database;

#[test]
fn nothing_is_left_of_a_process_that_was_killed() {
    let mut process = process::of_test("hold").spawn().unwrap();
    let server = PrivateServer::of(&mut process);
    process.kill().unwrap(); // with SIGKILL
    process.wait().unwrap();
    server.assert_gone();
}

#[test]
fn nothing_is_left_of_a_process_that_ended() {
    let mut process = process::of_test("hold").spawn().unwrap();
    let server = PrivateServer::of(&mut process);
    end(process);
    server.assert_gone();
}

/// For root the server runs from another account, for everyone else from their own. Where root runs these tests, this
/// one is for everyone else.
#[test]
fn a_server_needs_no_privileges() {
    if id("-u", &[]) != 0 {
        return;
    }
    // Where this program is, `nobody` may have no access.
    let program = env::temp_dir().join(format!("assoc-test-lifetime-{}", std::process::id()));
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    let mut process = process::of_program(&program, "hold")
        .uid(id("-u", &["nobody"]))
        .gid(id("-g", &["nobody"]))
        .current_dir("/")
        .spawn()
        .unwrap();
    let server = PrivateServer::of(&mut process);
    fs::remove_file(&program).unwrap();
    end(process);
    server.assert_gone();
}

/// A server named by URL stays: there every process tidies up, after itself and after those that could not.
#[tokio::test]
async fn a_named_server_is_tidied_up_by_the_next_process() {
    let db = Database::new().await.unwrap();
    let (alive, of_alive) = hold_on(&db);
    let (mut killed, of_killed) = hold_on(&db);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let left = databases(&db, &of_killed).await;
    assert_eq!(left.len(), 2, "a database and its template: {left:?}");
    while is_connected(&db, &of_killed).await {} // the server takes a moment to notice

    let (next, of_next) = hold_on(&db);
    assert_eq!(databases(&db, &of_killed).await.len(), 0);
    assert_eq!(databases(&db, &of_alive).await.len(), 2);
    end(next);
    end(alive);
    for owner in [of_next, of_alive] {
        let left = databases(&db, &owner).await;
        assert!(left.len() == 1 && left[0].contains("template"), "{left:?}");
    }
}

/// The other process: says where its database is, then holds it until its standard input ends.
#[tokio::test]
#[ignore = "no test, but the process that the tests above start: alone it has nobody to answer"]
async fn hold() {
    let db = Database::from_sql("create table posts (title text)").await.unwrap();
    println!("url={}", db.url());
    std::io::stdin().lines().for_each(drop);
}

struct PrivateServer {
    folder: PathBuf,
    pid: String,
}

impl PrivateServer {
    fn of(process: &mut Child) -> Self {
        let url = process::answer(process, "url=");
        let host = url.split(['@', ':']).nth(2).unwrap();
        let folder = PathBuf::from(host.replace("%2F", "/").replace("%2D", "-").replace("%2E", "."));
        let pid = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap().to_owned();
        let server = Self { folder, pid };
        assert!(server.is_running());
        server
    }

    fn assert_gone(&self) {
        let start = Instant::now();
        while self.is_running() || self.folder.exists() {
            assert!(start.elapsed() < Duration::from_secs(10), "still in {}", self.folder.display());
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn is_running(&self) -> bool {
        let kill = Command::new("kill").args(["-0", &self.pid]).stderr(Stdio::null()).status();
        kill.unwrap().success()
    }
}

fn end(mut process: Child) {
    drop(process.stdin.take());
    assert!(process.wait().unwrap().success());
}

fn id(what: &str, of: &[&str]) -> u32 {
    let output = Command::new("id").arg(what).args(of).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// Starts a process that uses the server of this database, and returns what its databases' names begin with.
fn hold_on(db: &Database) -> (Child, String) {
    let mut command = process::of_test("hold");
    let mut process = command.env("ASSOC_TEST_DATABASE_URL", db.url()).spawn().unwrap();
    let url = process::answer(&mut process, "url=");
    let start = url.find("assoc_test_").unwrap();
    let owner = url[start..].rsplit_once('_').unwrap().0.to_owned();
    (process, owner)
}

async fn databases(db: &Database, owner: &str) -> Vec<String> {
    sqlx::query_scalar("select datname::text from pg_database where starts_with(datname, $1)")
        .bind(owner)
        .fetch_all(&db.pool().await.unwrap())
        .await
        .unwrap()
}

async fn is_connected(db: &Database, owner: &str) -> bool {
    sqlx::query_scalar("select exists (select from pg_stat_activity where application_name = $1)")
        .bind(owner)
        .fetch_one(&db.pool().await.unwrap())
        .await
        .unwrap()
}
