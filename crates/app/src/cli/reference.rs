//! What is generated from the program itself: the JSON Schema, the OpenAPI document, the pages of
//! docs/.

use std::path::PathBuf;

use clap::Args;

use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;

/// Print the JSON Schema of the bot definition language
#[derive(Debug, Args)]
#[command(after_help = "An editor completes from it: put this line on top of a definition
  # yaml-language-server: $schema=bot.schema.json")]
pub struct SchemaArgs {}

/// Print the OpenAPI document of the server's REST API
#[derive(Debug, Args)]
pub struct OpenapiArgs {}

/// Write the generated pages of docs/ and openapi/
#[derive(Debug, Args)]
pub struct DocsArgs {
    /// The repository's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Write nothing; exit code 1 when a page is stale
    #[arg(long)]
    check: bool,
}

pub fn schema(out: &Output) -> Outcome {
    out.raw(&crate::docs::schema());
    Ok(Exit::Well)
}

pub fn openapi(out: &Output) -> Outcome {
    out.raw(codex32_api::openapi_text());
    Ok(Exit::Well)
}

pub fn docs(args: &DocsArgs, out: &Output) -> Outcome {
    let mut stale = Vec::new();
    let pages = crate::docs::pages();
    for (path, text) in &pages {
        let file = args.folder.join(path);
        if std::fs::read_to_string(&file).is_ok_and(|there| there == *text) {
            continue;
        }
        if !args.check {
            write(&file, text)?;
        }
        out.note(format!("{} {}", if args.check { "stale" } else { "wrote" }, path.display()));
        stale.push(path.clone());
    }
    for path in crate::docs::left_over(&args.folder, &pages) {
        if !args.check {
            std::fs::remove_file(args.folder.join(&path))
                .map_err(|error| Failure::no(format!("{}: {error}", path.display())))?;
        }
        out.note(format!(
            "{} {}",
            if args.check { "left over" } else { "removed" },
            path.display()
        ));
        stale.push(path);
    }
    Ok(if args.check && !stale.is_empty() { Exit::No } else { Exit::Well })
}

fn write(file: &std::path::Path, text: &str) -> Result<(), Failure> {
    let folder = file.parent().unwrap_or(file);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(file, text))
        .map_err(|error| Failure::no(format!("{} cannot be written: {error}", file.display())))
}
