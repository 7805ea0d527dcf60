//! `sql.*`: PostgreSQL, MySQL or MariaDB, and SQLite.
//!
//! Invariant: a value never becomes part of a statement's text. Statements name their values (`:id`),
//! the text goes to the database with numbered places instead, and the values travel apart from it.
//! Names of tables and columns that come as values are quoted.

mod mysql;
mod number;
mod postgres;
mod postgres_values;
mod sqlite;
mod statement;
mod tls;

use codex32_model::codes::connector as codes;
use codex32_model::{Object, Value};

use super::{MOST_BYTES, Native, field, late, unknown};
use crate::failure::Failure;
use statement::{Dialect, Statement};
use tokio::time::Instant;

/// What one action does with the database.
enum Work {
    Query {
        statement: Statement,
        values: Vec<Value>,
        limit: usize,
        cut: bool,
    },
    Execute {
        statement: Statement,
        values: Vec<Value>,
    },
    /// The statement once for each row, all or none.
    Insert {
        statement: Statement,
        rows: Vec<Vec<Value>>,
    },
}

/// What came of it.
enum Outcome {
    Rows(Vec<Value>),
    Affected(u64),
}

impl Work {
    const fn writes(&self) -> bool {
        !matches!(self, Self::Query { .. })
    }
}

pub async fn run(native: &Native<'_>, action: &str, params: &Value) -> Result<Value, Failure> {
    let dialect = dialect(native)?;
    let work = work(dialect, action, params)?;
    let deadline = native.deadline(params)?;
    Ok(match execute(native, dialect, work, deadline).await? {
        Outcome::Rows(rows) => Value::from(rows),
        Outcome::Affected(count) => {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            Value::object([("affected", Value::from(count))])
        }
    })
}

/// Rows that a trigger looks at.
const NEWEST: usize = 200;

/// The rows of a table whose values in a column are the greatest, from the greatest on.
pub async fn newest(native: &Native<'_>, params: &Value, column: &str) -> Result<Value, Failure> {
    let dialect = dialect(native)?;
    let table = params.get("table").map(Value::to_text).unwrap_or_default();
    let statement = Statement::newest(dialect, &table, column, NEWEST).map_err(Failure::params)?;
    let work = Work::Query { statement, values: Vec::new(), limit: NEWEST, cut: true };
    let rows = match execute(native, dialect, work, native.deadline).await? {
        Outcome::Rows(rows) => rows,
        Outcome::Affected(_) => Vec::new(),
    };
    if rows.first().is_some_and(|row| row.get(column).is_none()) {
        return Err(Failure::params(format!("The rows have no column `{column}`.")));
    }
    Ok(Value::from(rows))
}

async fn execute(
    native: &Native<'_>,
    dialect: Dialect,
    work: Work,
    deadline: Instant,
) -> Result<Outcome, Failure> {
    match dialect {
        Dialect::Postgres => postgres::run(native, work, deadline).await,
        Dialect::Mysql => mysql::run(native, work, deadline).await,
        Dialect::Sqlite => sqlite::run(native, work, deadline).await,
    }
}

pub async fn test(native: &Native<'_>) -> Result<String, Failure> {
    match dialect(native)? {
        Dialect::Postgres => postgres::test(native).await,
        Dialect::Mysql => mysql::test(native).await,
        Dialect::Sqlite => sqlite::test(native).await,
    }
}

fn dialect(native: &Native<'_>) -> Result<Dialect, Failure> {
    match native.credentials()?.kind() {
        "postgres" => Ok(Dialect::Postgres),
        "mysql" => Ok(Dialect::Mysql),
        "sqlite" => Ok(Dialect::Sqlite),
        kind => {
            let message = format!("There is no kind of database `{kind}`.");
            Err(Failure::new(codes::CONNECTION_KIND, message))
        }
    }
}

fn work(dialect: Dialect, action: &str, params: &Value) -> Result<Work, Failure> {
    let text = |name: &str| params.get(name).map(Value::to_text).unwrap_or_default();
    let given = || {
        let statement = Statement::read(&text("sql"), dialect).map_err(Failure::params)?;
        let empty = Object::default();
        let values = params.get("values").and_then(Value::as_object).unwrap_or(&empty);
        let values = statement.values(values).map_err(Failure::params)?;
        Ok((statement, values))
    };
    match action {
        "query" => {
            let (statement, values) = given()?;
            let limit = params.get("limit").and_then(Value::as_i64).unwrap_or(1_000);
            let limit = usize::try_from(limit).unwrap_or(1);
            let cut = params.get("cut").is_some_and(Value::truthy);
            Ok(Work::Query { statement, values, limit, cut })
        }
        "execute" => {
            let (statement, values) = given()?;
            Ok(Work::Execute { statement, values })
        }
        "insert_row" => insert(dialect, &text("table"), params.get("row").into_iter()),
        "insert_rows" => {
            let rows = params.get("rows").and_then(Value::as_list).unwrap_or_default();
            insert(dialect, &text("table"), rows.iter())
        }
        other => Err(unknown(&format!("sql.{other}"))),
    }
}

fn insert<'a>(
    dialect: Dialect,
    table: &str,
    rows: impl Iterator<Item = &'a Value>,
) -> Result<Work, Failure> {
    let rows: Vec<&Object> = rows.filter_map(Value::as_object).collect();
    // In the order in which they occur first.
    let mut columns: Vec<&str> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for row in &rows {
        columns.extend(row.keys().map(|name| &**name).filter(|name| known.insert(*name)));
    }
    if columns.is_empty() && !rows.is_empty() {
        return Err(Failure::params("A row has at least one column."));
    }
    let statement = Statement::insert(dialect, table, &columns).map_err(Failure::params)?;
    let cell = |row: &Object, column: &str| row.get(column).cloned().unwrap_or_default();
    let rows = rows.iter().map(|row| columns.iter().map(|column| cell(row, column)).collect());
    Ok(Work::Insert { statement, rows: rows.collect() })
}

/// Collects rows up to the limits.
struct Rows {
    rows: Vec<Value>,
    bytes: usize,
    limit: usize,
    cut: bool,
}

impl Rows {
    const fn new(limit: usize, cut: bool) -> Self {
        Self { rows: Vec::new(), bytes: 0, limit, cut }
    }

    /// False when there are enough.
    fn add(&mut self, row: Object) -> Result<bool, Failure> {
        if self.rows.len() == self.limit {
            if self.cut {
                return Ok(false);
            }
            let message = format!(
                "There are more than {} rows. Ask for less, raise `limit`, or set `cut: true`.",
                self.limit
            );
            return Err(Failure::new(codes::TOO_LARGE, message));
        }
        let row = Value::from(row);
        self.bytes += row.weight();
        if self.bytes > MOST_BYTES * 2 {
            let message = format!("The rows are larger than {MOST_BYTES} bytes.");
            return Err(Failure::new(codes::TOO_LARGE, message));
        }
        self.rows.push(row);
        Ok(true)
    }
}

/// Name and port of a database server, checked before anything is resolved: a path would be a socket.
fn server<'a>(native: &Native<'a>, port: u16) -> Result<(&'a str, u16), Failure> {
    let Some(credentials) = native.credentials else { return Err(unknown("sql")) };
    let host = field(credentials, "host")?;
    let good = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    let fields = |message: &str| Failure::new(codes::CONNECTION_FIELDS, message);
    if host.is_empty() || !host.chars().all(good) {
        return Err(fields("The connection's host is a name or an address."));
    }
    let port = credentials.get("port").map_or(Ok(port), str::parse);
    let port = port.map_err(|_| fields("The connection's port lies between 1 and 65535."))?;
    Ok((host, port))
}

/// Bytes as a value: `{base64: …}`, where the database does not say that it wants bytes.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let text = object.get("base64")?.as_str()?;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
