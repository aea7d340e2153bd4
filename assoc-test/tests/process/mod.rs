//! Runs an ignored test of the same file in a process of its own, with an environment of its own.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

pub fn of_test(test: &str) -> Command {
    of_program(&env::current_exe().unwrap(), test)
}

pub fn of_program(program: &Path, test: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env_remove("ASSOC_TEST_DATABASE_URL")
        .env_remove("DATABASE_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// What the process prints after this word, to the end of the line.
pub fn answer(process: &mut Child, word: &str) -> String {
    BufReader::new(process.stdout.as_mut().unwrap())
        .lines()
        .map(Result::unwrap)
        .find_map(|line| Some(line.split_once(word)?.1.to_owned()))
        .expect("the process answers")
}
