//! What people are told when there is no server: what is wrong, and what to do about it.
#![cfg(unix)]

mod process;

use std::{env, fs, os::unix::fs::PermissionsExt, path::Path};

use assoc_test::Database;

#[test]
fn a_variable_for_another_kind_of_database_is_named() {
    let error = error_with(&[("ASSOC_TEST_DATABASE_URL", "mysql://localhost")]);
    assert_eq!(error, "ASSOC_TEST_DATABASE_URL is not a URL like `postgres://user:password@host:5432/database`");
}

#[test]
fn a_server_out_of_reach_is_an_error_and_not_a_reason_to_look_elsewhere() {
    let error =
        error_with(&[("ASSOC_TEST_DATABASE_URL", ""), ("DATABASE_URL", "postgresql://postgres@127.0.0.1:1/app")]);
    assert!(error.starts_with("could not connect to the test server: "), "{error}");
}

#[test]
fn a_server_that_does_not_start_is_quoted() {
    let programs = env::temp_dir().join(format!("assoc-test-errors-{}", std::process::id()));
    fs::create_dir_all(&programs).unwrap();
    fs::set_permissions(&programs, fs::Permissions::from_mode(0o755)).unwrap();
    program(&programs, "initdb", "mkdir data");
    program(&programs, "postgres", "[ $1 != --version ] && echo out of luck || echo 'postgres (PostgreSQL) 18.1'");
    let error = error_with(&[("PGBIN", programs.to_str().unwrap())]);
    fs::remove_dir_all(&programs).unwrap();
    assert_eq!(error, format!("PostgreSQL in {} does not start: out of luck", programs.display()));
}

/// The other process.
#[tokio::test]
#[ignore = "no test, but the process that the tests above start: alone it has nobody to answer"]
async fn fail() {
    println!("error={}", Database::new().await.unwrap_err());
}

fn error_with(environment: &[(&str, &str)]) -> String {
    let mut command = process::of_test("fail");
    let mut process = command.envs(environment.iter().copied()).spawn().unwrap();
    let error = process::answer(&mut process, "error=");
    process.wait().unwrap();
    error
}

fn program(folder: &Path, name: &str, script: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}
