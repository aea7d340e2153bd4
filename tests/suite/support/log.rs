//! What SQLite's driver executes, by its log: each database has a worker thread with a name of its own.

use std::{
    collections::HashMap,
    sync::{Mutex, Once, OnceLock},
};

use ::log::{LevelFilter, Log, Metadata};
use sqlx::sqlite::SqliteConnectOptions;

use super::{Record, unique};

/// The same options, with everything that is executed recorded.
pub fn recorded(options: SqliteConnectOptions, record: &Record) -> SqliteConnectOptions {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        ::log::set_logger(&Recorder).unwrap();
        ::log::set_max_level(LevelFilter::Debug);
    });
    let name = format!("suite-{}", unique());
    records().lock().unwrap().insert(name.clone(), record.clone());
    options.thread_name(move |_| name.clone())
}

fn records() -> &'static Mutex<HashMap<String, Record>> {
    static RECORDS: OnceLock<Mutex<HashMap<String, Record>>> = OnceLock::new();
    RECORDS.get_or_init(Mutex::default)
}

struct Recorder;

impl Log for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn log(&self, event: &::log::Record<'_>) {
        if !self.enabled(event.metadata()) {
            return;
        }
        let record = std::thread::current().name().and_then(|name| records().lock().unwrap().get(name).cloned());
        if let Some(record) = record {
            record.lock().unwrap().push(statement(&event.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// The text in `summary="SELECT a FROM b …" db.statement="\n\nSELECT …\n" rows_affected=…`; a text of four
/// words is its own summary.
fn statement(event: &str) -> String {
    let field = |name: &str| {
        let (_, rest) = event.split_once(&format!("{name}=\""))?;
        let mut end = 0;
        let mut escaped = false;
        for (at, char) in rest.char_indices() {
            if char == '"' && !escaped {
                end = at;
                break;
            }
            escaped = char == '\\' && !escaped;
        }
        let text = serde_json::from_str::<String>(&format!("\"{}\"", &rest[..end])).ok()?;
        Some(text.trim().to_owned())
    };
    let summary = || event.split(" db.statement").next().unwrap_or_default().to_owned();
    field("db.statement").filter(|text| !text.is_empty()).unwrap_or_else(|| field("summary").unwrap_or_else(summary))
}
