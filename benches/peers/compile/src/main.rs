//! How long assoc and its peers take to compile: `../run --compile`.

mod cargo;
mod generate;

use std::{fs, path::Path};

use cargo::{Project, Result};
use compile_times::{Results, Row};
use generate::{LIBRARIES, Library};

/// How often a change is compiled; the median counts. Many models take long, and vary less.
fn times(models: usize) -> usize {
    if models > 10 { 1 } else { 3 }
}

const HELP: &str = "\
How long assoc and its peers take to compile. Wants a quiet machine, and an hour or two.

  run --compile                    10, 100 and 500 models, every library
  run --compile MODELS [LIBRARY]   so many models (10, or 10,100), with this library or with all
";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (sizes, name) = match &arguments[..] {
        [] => (vec![10, 100, 500], None),
        [models] if numbers(models).is_ok() => (numbers(models)?, None),
        [models, name] => (numbers(models)?, Some(name)),
        _ => {
            print!("{HELP}");
            return Ok(());
        }
    };
    let mut results = Results::read()?.unwrap_or_default();
    results.rust = rust_version()?;
    results.cores = std::thread::available_parallelism()?.get();
    for library in LIBRARIES.iter().filter(|library| name.is_none_or(|name| name == library.name)) {
        let folder = std::env::temp_dir().join(format!("compile-times-{}", std::process::id()));
        for &models in &sizes {
            let row = measure(library, &folder, models)?;
            println!("{row:?}");
            results.put(row);
            results.write()?;
        }
        fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

fn numbers(text: &str) -> Result<Vec<usize>> {
    Ok(text.split(',').map(str::parse).collect::<std::result::Result<_, _>>()?)
}

/// Only the smallest number of models is built from nothing: what is built before the models is the same for all.
fn measure(library: &Library, folder: &Path, models: usize) -> Result<Row> {
    let first = !folder.exists();
    library.write(folder, models)?;
    let project = Project { folder: folder.to_owned() };
    project.cargo(&["fetch"])?;
    let mut models_only = project.cargo(&["build", "--release"])?;
    let clean = first.then_some(models_only).filter(|_| models == 10);
    if first {
        project.cargo(&["clean", "--release", "--package", "models"])?;
        models_only = project.cargo(&["build", "--release"])?;
    }
    let mut revision = 0;
    let mut changed = |arguments: &[&str]| -> Result<f64> {
        project.cargo(arguments)?;
        let mut found = Vec::new();
        for _ in 0..times(models) {
            revision += 1;
            library.write_model(folder, models / 2, models, revision)?;
            found.push(project.cargo(arguments)?);
        }
        found.sort_by(f64::total_cmp);
        Ok(found[found.len() / 2])
    };
    Ok(Row {
        who: library.name.to_owned(),
        models,
        clean,
        models_only,
        release: changed(&["build", "--release"])?,
        dev: changed(&["build"])?,
        check: changed(&["check"])?,
        crates: project.crates()?,
        lines: project.lines()?,
    })
}

fn rust_version() -> Result<String> {
    let output = std::process::Command::new("rustc").arg("--version").output()?;
    Ok(String::from_utf8(output.stdout)?.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}
