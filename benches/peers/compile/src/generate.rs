//! Writes crates of models: the same models, the same three functions for each, with every library.

use std::{fs, io, path::Path};

/// A library, and the texts of its crate. `@I@`, `@NEXT@` and `@PREVIOUS@` stand for the numbers of a model and of those it
/// refers to.
pub struct Library {
    pub name: &'static str,
    dependencies: &'static str,
    model: &'static str,
    main: &'static str,
}

macro_rules! library {
    ($name:literal, $folder:literal) => {
        Library {
            name: $name,
            dependencies: include_str!(concat!("../templates/", $folder, "/dependencies.toml")),
            model: include_str!(concat!("../templates/", $folder, "/model.rs")),
            main: include_str!(concat!("../templates/", $folder, "/main.rs")),
        }
    };
}

pub const LIBRARIES: [Library; 6] = [
    library!("assoc", "assoc"),
    library!("sqlx", "sqlx"),
    library!("sqlx with FromRow", "sqlx-from-row"),
    library!("diesel-async", "diesel-async"),
    library!("SeaORM", "sea-orm"),
    library!("Toasty", "toasty"),
];

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");

/// A hundred models in a ring are more than the compiler follows by itself: not every library compiles without this.
const LIMIT: &str = "#![recursion_limit = \"1024\"]\n\n";

const MAIN: &str = "
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_default();
    tokio::runtime::Builder::new_current_thread().build()?.block_on(run(&url))
}
";

impl Library {
    /// A crate with so many models: each belongs to the next, the last to the first, and has many of the one before. Only
    /// the first has none: not every library compiles a ring of these.
    pub fn write(&self, folder: &Path, models: usize) -> io::Result<()> {
        let source = folder.join("src");
        let _ = fs::remove_dir_all(&source);
        fs::create_dir_all(&source)?;
        let manifest =
            "[workspace]\n\n[package]\nname = \"models\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n";
        fs::write(folder.join("Cargo.toml"), manifest.to_owned() + &self.dependencies.replace("@ROOT@", ROOT))?;
        fs::copy(format!("{ROOT}/benches/peers/Cargo.lock"), folder.join("Cargo.lock"))?;
        for model in 0..models {
            self.write_model(folder, model, models, 0)?;
        }
        let all = |text: &str| (0..models).map(|model| numbered(text, model, models)).collect::<String>();
        let main = self.main.replace("@CALLS@", &all("    item@I@::run(db).await?;\n"));
        fs::write(source.join("main.rs"), [LIMIT, &all("mod item@I@;\n"), "\n", &main, MAIN].concat())
    }

    /// One model, as it is after so many changes.
    pub fn write_model(&self, folder: &Path, model: usize, models: usize, revision: usize) -> io::Result<()> {
        let text = numbered(self.model, model, models).replace("@REVISION@", &revision.to_string());
        fs::write(folder.join(format!("src/item{model}.rs")), text)
    }
}

/// The text for a model. Some lines say at their end that they are for the first one, or for all but the first.
fn numbered(text: &str, model: usize, models: usize) -> String {
    let marked = |line: &str| match (line.split_once("    // the first"), line.split_once("    // all but the first")) {
        (Some((code, _)), _) => (model == 0).then(|| format!("{code}\n")),
        (_, Some((code, _))) => (model > 0).then(|| format!("{code}\n")),
        (None, None) => Some(format!("{line}\n")),
    };
    let text: String = text.lines().filter_map(marked).collect();
    text.replace("@I@", &model.to_string())
        .replace("@NEXT@", &((model + 1) % models).to_string())
        .replace("@PREVIOUS@", &((model + models - 1) % models).to_string())
}
