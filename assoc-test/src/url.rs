use std::{fmt::Write, path::Path};

/// Whether sqlx would take this for a PostgreSQL server.
pub(crate) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The URL of a database on a server that listens in this folder only.
pub(crate) fn of_socket(folder: &Path) -> String {
    let mut host = String::new();
    for byte in folder.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() {
            host.push(char::from(byte));
        } else {
            let _ = write!(host, "%{byte:02X}"); // writing to a String cannot fail
        }
    }
    // `sslmode`: PGSSLMODE may ask for what makes no sense on a socket.
    format!("postgres://postgres@{host}:5432/postgres?sslmode=disable")
}

/// The same server, another database.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let authority = place.find("://").map_or(0, |scheme| scheme + 3);
    let server = match place[authority..].find('/') {
        Some(path) => &place[..authority + path],
        None => place,
    };
    let query: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("dbname=")).collect();
    if query.is_empty() { format!("{server}/{database}") } else { format!("{server}/{database}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_percent_encoded_host() {
        assert_eq!(
            of_socket(Path::new("/dev/shm/a-b")),
            "postgres://postgres@%2Fdev%2Fshm%2Fa%2Db:5432/postgres?sslmode=disable"
        );
    }

    #[test]
    fn only_the_database_changes() {
        for (url, expected) in [
            ("postgres://localhost", "postgres://localhost/t"),
            ("postgres://localhost/", "postgres://localhost/t"),
            ("postgres://u:p@h:1/app?sslmode=require", "postgres://u:p@h:1/t?sslmode=require"),
            ("postgresql://h?dbname=app", "postgresql://h/t"),
            ("postgres:///app?host=/run&dbname=app", "postgres:///t?host=/run"),
        ] {
            assert_eq!(with_database(url, "t"), expected);
        }
    }
}
