use std::{fs, os::unix::process::CommandExt, process::Command};

/// Whom the server runs as. PostgreSQL refuses to run as root.
pub(crate) enum Account {
    Ours,
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// Our own account, or for root the first one fit for it.
    pub(crate) fn for_server() -> Self {
        if !we_are_root() {
            return Account::Ours;
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "_postgres", "nobody"].iter().find_map(|name| find(&accounts, name)).unwrap_or(Account::Ours) // `initdb` will say what is wrong with that
    }

    /// A command run from this account, out of reach of the terminal's Ctrl-C, with no PostgreSQL settings inherited.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Account::Other { uid, gid } = *self {
            command.uid(uid).gid(gid);
        }
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        command.current_dir("/").process_group(0).env("LC_ALL", "C").env("TZ", "UTC");
        command
    }
}

fn we_are_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// A line is `name:password:uid:gid:…`.
fn find(accounts: &str, name: &str) -> Option<Account> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut ids = line.split(':').skip(2);
    Some(Account::Other { uid: ids.next()?.parse().ok()?, gid: ids.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "root:x:0:0::/root:/bin/sh\nnobody2:x:7:7::/:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n";
        assert!(matches!(find(accounts, "nobody"), Some(Account::Other { uid: 65534, gid: 65533 })));
        assert!(find(accounts, "postgres").is_none());
        assert!(find("nobody:*:-2:-2::/:/bin/false", "nobody").is_none());
    }
}
