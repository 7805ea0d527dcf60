//! SQLite files in the server's folder of files.
//!
//! A statement reaches its own file and nothing else: no other file can be attached, written by
//! `VACUUM INTO`, or loaded as an extension.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use codex32_model::codes::connector as codes;
use codex32_model::{Object, Value};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Statement as Prepared};
use tokio::time::Instant;

use super::statement::places_of_its_own;
use super::{Outcome, Rows, Work, field};
use crate::failure::Failure;
use crate::native::files::{Folder, clean, explain, make_parent};
use crate::native::{MOST_BYTES, Native, blocking, late};

/// Steps of SQLite's machine between two looks at the clock.
const LOOK: i32 = 10_000;
/// How long to wait for another who writes.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
/// Settings that may be asked for; changing any is refused.
const PRAGMAS: [&str; 9] = [
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "foreign_key_list",
    "user_version",
    "integrity_check",
    "quick_check",
];

pub async fn run(native: &Native<'_>, work: Work, deadline: Instant) -> Result<Outcome, Failure> {
    let file = file(native)?;
    blocking(deadline, move || {
        let mut connection = file.open(work.writes(), deadline)?.0;
        execute(&mut connection, work).map_err(|error| match error {
            Stopped::Sqlite(error) => refused(&error),
            Stopped::Failure(failure) => failure,
        })
    })
    .await
}

pub async fn test(native: &Native<'_>) -> Result<String, Failure> {
    let file = file(native)?;
    let deadline = native.deadline;
    blocking(deadline, move || {
        let (connection, path) = file.open(true, deadline)?;
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| {
                row.get(0)
            })
            .map_err(|error| refused(&error))?;
        Ok(format!("{} has {tables} tables.", path.display()))
    })
    .await
}

struct File {
    folder: Folder,
    path: String,
}

fn file(native: &Native<'_>) -> Result<File, Failure> {
    let path = clean(field(native.credentials()?, "file")?)?.to_owned();
    Ok(File { folder: native.folder()?, path })
}

impl File {
    fn open(&self, writes: bool, deadline: Instant) -> Result<(Connection, PathBuf), Failure> {
        let (dir, root) = self.folder.open()?;
        let what = format!("`{}`", self.path);
        match dir.symlink_metadata(&self.path) {
            Ok(found) if !found.is_file() => {
                return Err(Failure::new(codes::FILE_PATH, format!("{what} is not a file.")));
            }
            Err(error) if !writes || error.kind() != std::io::ErrorKind::NotFound => {
                return Err(explain(&error, &what));
            }
            _ => {}
        }
        make_parent(&dir, &self.path)?;
        let path = root.join(&self.path);
        let access = if writes {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
        } else {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        };
        // The root is without symbolic links, so that NOFOLLOW refuses those below it.
        let flags = access | OpenFlags::SQLITE_OPEN_NOFOLLOW | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection =
            Connection::open_with_flags(&path, flags).map_err(|error| refused(&error))?;
        guard(&mut connection, deadline).map_err(|error| refused(&error))?;
        Ok((connection, path))
    }
}

fn guard(connection: &mut Connection, deadline: Instant) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    let longest = i32::try_from(MOST_BYTES * 2).unwrap_or(i32::MAX);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.progress_handler(LOOK, Some(move || Instant::now() >= deadline))?;
    connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Authorization::Deny,
        AuthAction::Pragma { pragma_name, .. } if !PRAGMAS.contains(&pragma_name) => {
            Authorization::Deny
        }
        AuthAction::Function { function_name: "load_extension" } => Authorization::Deny,
        _ => Authorization::Allow,
    }))
}

enum Stopped {
    Sqlite(rusqlite::Error),
    Failure(Failure),
}

impl From<rusqlite::Error> for Stopped {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

fn execute(connection: &mut Connection, work: Work) -> Result<Outcome, Stopped> {
    match work {
        Work::Query { statement, values, limit, cut } => {
            let mut prepared = connection.prepare(&statement.text)?;
            bind(&mut prepared, &values)?;
            let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
            let kinds: Vec<Option<String>> = prepared
                .columns()
                .map(|column| column.decl_type().map(str::to_ascii_uppercase))
                .collect();
            let mut found = Rows::new(limit, cut);
            let mut rows = prepared.raw_query();
            while let Some(row) = rows.next()? {
                if !found.add(object(row, &names, &kinds)?)? {
                    break;
                }
            }
            Ok(Outcome::Rows(found.rows))
        }
        Work::Execute { statement, values } => {
            let mut prepared = connection.prepare(&statement.text)?;
            bind(&mut prepared, &values)?;
            let before = connection.total_changes();
            // `RETURNING` gives rows, which this action leaves out.
            let mut rows = prepared.raw_query();
            while rows.next()?.is_some() {}
            drop(rows);
            Ok(Outcome::Affected(connection.total_changes().saturating_sub(before)))
        }
        Work::Insert { statement, rows } => {
            let transaction = connection.transaction()?;
            let mut affected = 0;
            if !rows.is_empty() {
                let mut prepared = transaction.prepare(&statement.text)?;
                for row in &rows {
                    bind(&mut prepared, row)?;
                    affected += prepared.raw_execute()?;
                }
            }
            transaction.commit()?;
            Ok(Outcome::Affected(u64::try_from(affected).unwrap_or(u64::MAX)))
        }
    }
}

fn bind(prepared: &mut Prepared<'_>, values: &[Value]) -> Result<(), Stopped> {
    if prepared.parameter_count() != values.len() {
        return Err(Failure::params(places_of_its_own()).into());
    }
    for (index, value) in values.iter().enumerate() {
        prepared.raw_bind_parameter(index + 1, Cell(value))?;
    }
    Ok(())
}

struct Cell<'a>(&'a Value);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::Value as Owned;
        if let Some(bytes) = super::bytes(self.0) {
            return Ok(ToSqlOutput::Owned(Owned::Blob(bytes)));
        }
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Owned(Owned::Null),
            Value::Bool(flag) => ToSqlOutput::Owned(Owned::Integer(i64::from(*flag))),
            Value::Int(number) => ToSqlOutput::Owned(Owned::Integer(*number)),
            Value::Float(number) => ToSqlOutput::Owned(Owned::Real(*number)),
            Value::Str(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            other => ToSqlOutput::Owned(Owned::Text(other.to_json())),
        })
    }
}

fn object(
    row: &Row<'_>,
    names: &[String],
    kinds: &[Option<String>],
) -> Result<Object, rusqlite::Error> {
    let mut object = Object::default();
    for (index, name) in names.iter().enumerate() {
        let kind = kinds.get(index).and_then(Option::as_deref);
        object.insert(name.as_str().into(), value(row.get_ref(index)?, kind));
    }
    Ok(object)
}

/// SQLite stores five kinds of values; what a column was declared as says what some of them mean.
fn value(cell: ValueRef<'_>, kind: Option<&str>) -> Value {
    match (cell, kind) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(flag @ (0 | 1)), Some("BOOLEAN" | "BOOL")) => Value::from(flag == 1),
        (ValueRef::Integer(number), _) => Value::from(number),
        (ValueRef::Real(number), _) => Value::number(number),
        (ValueRef::Text(text), kind) => {
            let json = matches!(kind, Some("JSON" | "JSONB"));
            match json.then(|| Value::from_json_slice(text)) {
                Some(Ok(value)) => value,
                _ => Value::from(&*String::from_utf8_lossy(text)),
            }
        }
        (ValueRef::Blob(bytes), _) => Value::from(BASE64.encode(bytes)),
    }
}

fn refused(error: &rusqlite::Error) -> Failure {
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    let message = format!("SQLite refused: {message}.");
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => late(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Failure::new(codes::SERVER_ERROR, message).retryable()
        }
        Some(ErrorCode::ReadOnly) => {
            Failure::new(codes::REFUSED, "`sql.query` cannot write: take `sql.execute`.")
        }
        Some(ErrorCode::AuthorizationForStatementDenied) => Failure::new(
            codes::REFUSED,
            format!("{message} A statement reaches its own file only."),
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::NotADatabase) => {
            Failure::new(codes::FILE_PATH, message)
        }
        _ => Failure::new(codes::REFUSED, message),
    }
}
