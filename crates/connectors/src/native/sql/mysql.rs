//! MySQL and MariaDB, at an address that the guard has let through.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use codex32_model::codes::connector as codes;
use codex32_model::{Object, Value};
use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::prelude::Queryable as _;
use mysql_async::{
    Column, Conn, Error, IsolationLevel, OptsBuilder, Params, Row, SslOpts, Statement as Prepared,
    TxOpts, Value as Raw,
};
use tokio::time::{Instant, timeout_at};

use super::number::{decimal, float};
use super::statement::places_of_its_own;
use super::tls::{self, Mode};
use super::{Outcome, Rows, Work, field, late, server};
use crate::failure::Failure;
use crate::native::{MOST_BYTES, Native};

const PORT: u16 = 3306;
/// The character set that means bytes.
const BINARY: u16 = 63;

pub async fn run(native: &Native<'_>, work: Work, deadline: Instant) -> Result<Outcome, Failure> {
    let mut connection = timeout_at(deadline, connect(native)).await.map_err(|_| late())??;
    let writes = work.writes();
    match timeout_at(deadline, execute(&mut connection, work)).await {
        Ok(result) => {
            // The work is done; how the connection ends does not matter.
            let _ = timeout_at(deadline, connection.disconnect()).await;
            result
        }
        Err(_) => Err(late().unknown_if(writes)),
    }
}

pub async fn test(native: &Native<'_>) -> Result<String, Failure> {
    let tested = async {
        let mut connection = connect(native).await?;
        let row: Option<(String, String)> = connection
            .query_first("SELECT database(), current_user()")
            .await
            .map_err(|error| explain(&error, false))?;
        let (database, user) = row.unwrap_or_default();
        Ok(format!("Signed in to {database} as {user}."))
    };
    timeout_at(native.deadline, tested).await.map_err(|_| late())?
}

async fn connect(native: &Native<'_>) -> Result<Conn, Failure> {
    // Without effect if `main` has done it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let credentials = native.credentials()?;
    let (host, port) = server(native, PORT)?;
    let addresses = native.http.resolve(host, port).await;
    let addresses = addresses.map_err(|error| Failure::from_send(error, false))?;
    let encryption = match tls::mode(credentials) {
        Mode::None => None,
        Mode::Require => Some(
            SslOpts::default()
                .with_danger_accept_invalid_certs(true)
                .with_danger_skip_domain_validation(true),
        ),
        Mode::Verify => Some(match tls::authority(credentials) {
            Some(pem) => SslOpts::default()
                .with_root_certs(vec![pem.as_bytes().to_vec().into()])
                .with_disable_built_in_roots(true),
            None => SslOpts::default(),
        }),
    };
    let options = OptsBuilder::default()
        .ip_or_hostname(host)
        .resolved_ips(Some(addresses.iter().map(SocketAddr::ip).collect::<Vec<_>>()))
        .tcp_port(port)
        .user(Some(field(credentials, "user")?))
        .pass(credentials.get("password"))
        .db_name(Some(field(credentials, "database")?))
        .ssl_opts(encryption)
        // It would leave the guarded address for a socket of this machine.
        .prefer_socket(false)
        .max_allowed_packet(Some(MOST_BYTES * 2))
        .setup(vec!["SET time_zone = '+00:00'"]);
    Conn::new(options).await.map_err(|error| match &error {
        Error::Server(_) => explain(&error, false),
        other => {
            let message = format!("{host}:{port} cannot be reached: {other}.");
            Failure::new(codes::UNREACHABLE, message).retryable()
        }
    })
}

async fn execute(connection: &mut Conn, work: Work) -> Result<Outcome, Failure> {
    let early = |error: Error| explain(&error, false);
    match work {
        Work::Query { statement, values, limit, cut } => {
            let mut options = TxOpts::new();
            options.with_readonly(true).with_isolation_level(IsolationLevel::RepeatableRead);
            let mut transaction = connection.start_transaction(options).await.map_err(early)?;
            let prepared = transaction.prep(statement.text).await.map_err(early)?;
            let values = sent(&prepared, &values)?;
            let mut result = transaction.exec_iter(&prepared, values).await.map_err(early)?;
            let mut found = Rows::new(limit, cut);
            while let Some(row) = result.next().await.map_err(early)? {
                if !found.add(object(row))? {
                    break;
                }
            }
            Ok(Outcome::Rows(found.rows))
        }
        Work::Execute { statement, values } => {
            let prepared = connection.prep(statement.text).await.map_err(early)?;
            let values = sent(&prepared, &values)?;
            let done = connection.exec_iter(&prepared, values).await;
            let done = done.map_err(|error| explain(&error, true))?;
            Ok(Outcome::Affected(done.affected_rows()))
        }
        Work::Insert { statement, rows } => {
            let mut transaction =
                connection.start_transaction(TxOpts::new()).await.map_err(early)?;
            let mut affected = 0;
            if !rows.is_empty() {
                let prepared = transaction.prep(statement.text).await.map_err(early)?;
                for row in &rows {
                    let row = sent(&prepared, row)?;
                    // Until the commit nothing is done.
                    let done = transaction.exec_iter(&prepared, row).await.map_err(early)?;
                    affected += done.affected_rows();
                }
            }
            transaction.commit().await.map_err(|error| explain(&error, true))?;
            Ok(Outcome::Affected(affected))
        }
    }
}

fn sent(prepared: &Prepared, values: &[Value]) -> Result<Params, Failure> {
    if usize::from(prepared.num_params()) != values.len() {
        return Err(Failure::params(places_of_its_own()));
    }
    if values.is_empty() {
        return Ok(Params::Empty);
    }
    Ok(Params::Positional(values.iter().map(raw).collect()))
}

fn raw(value: &Value) -> Raw {
    if let Some(bytes) = super::bytes(value) {
        return Raw::Bytes(bytes);
    }
    match value {
        Value::Null => Raw::NULL,
        Value::Bool(flag) => Raw::Int(i64::from(*flag)),
        Value::Int(number) => Raw::Int(*number),
        Value::Float(number) => Raw::Double(*number),
        Value::Str(text) => Raw::Bytes(text.as_bytes().to_vec()),
        other => Raw::Bytes(other.to_json().into_bytes()),
    }
}

fn object(row: Row) -> Object {
    let columns = row.columns();
    let mut object = Object::default();
    for (column, cell) in columns.iter().zip(row.unwrap()) {
        object.insert((&*column.name_str()).into(), value(column, cell));
    }
    object
}

fn value(column: &Column, cell: Raw) -> Value {
    match cell {
        Raw::NULL => Value::Null,
        Raw::Int(flag @ (0 | 1))
            if column.column_type() == ColumnType::MYSQL_TYPE_TINY
                && column.column_length() == 1 =>
        {
            Value::from(flag == 1)
        }
        Raw::Int(number) => Value::from(number),
        Raw::UInt(number) => {
            i64::try_from(number).map_or_else(|_| Value::from(number.to_string()), Value::from)
        }
        Raw::Float(number) => float(number),
        Raw::Double(number) => Value::number(number),
        Raw::Date(year, month, day, hour, minute, second, micros) => {
            let date = format!("{year:04}-{month:02}-{day:02}");
            let zone = match column.column_type() {
                ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => {
                    return Value::from(date);
                }
                // Those are moments, which the session gives in UTC.
                ColumnType::MYSQL_TYPE_TIMESTAMP | ColumnType::MYSQL_TYPE_TIMESTAMP2 => "Z",
                _ => "",
            };
            let fraction = fraction(micros);
            Value::from(format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
        }
        Raw::Time(negative, days, hours, minutes, seconds, micros) => {
            let sign = if negative { "-" } else { "" };
            let hours = days * 24 + u32::from(hours);
            let fraction = fraction(micros);
            Value::from(format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{fraction}"))
        }
        Raw::Bytes(bytes) => from_bytes(column, bytes),
    }
}

fn fraction(micros: u32) -> String {
    if micros == 0 { String::new() } else { format!(".{micros:06}") }
}

fn from_bytes(column: &Column, bytes: Vec<u8>) -> Value {
    let kind = column.column_type();
    if kind == ColumnType::MYSQL_TYPE_JSON
        && let Ok(value) = Value::from_json_slice(&bytes)
    {
        return value;
    }
    let number = matches!(kind, ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL);
    let binary = column.character_set() == BINARY
        && (column.flags().contains(ColumnFlags::BINARY_FLAG)
            || kind == ColumnType::MYSQL_TYPE_BIT);
    match String::from_utf8(bytes) {
        Ok(text) if number => decimal(&text),
        Ok(text) if !binary || kind == ColumnType::MYSQL_TYPE_JSON => Value::from(text),
        Ok(text) => Value::from(BASE64.encode(text)),
        Err(error) => Value::from(BASE64.encode(error.into_bytes())),
    }
}

/// `sent` tells whether a write may have been done when the connection broke.
fn explain(error: &Error, sent: bool) -> Failure {
    let Error::Server(refusal) = error else {
        let message = format!("The connection to the database broke: {error}.");
        return Failure::new(codes::BROKEN, message).retryable().unknown_if(sent);
    };
    let message = format!("The database refused: {}.", refusal.message.trim_end_matches('.'));
    let (code, retryable) = match refusal.code {
        // ER_DBACCESS_DENIED, ER_ACCESS_DENIED, ER_TABLEACCESS_DENIED, ER_COLUMNACCESS_DENIED
        1044 | 1045 | 1142 | 1143 => (codes::AUTH, false),
        // ER_BAD_DB, ER_NO_SUCH_TABLE
        1049 | 1146 => (codes::NOT_FOUND, false),
        // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
        1792 => {
            let message = "`sql.query` cannot write: take `sql.execute`.";
            return Failure::new(codes::REFUSED, message);
        }
        // ER_CON_COUNT, ER_SERVER_SHUTDOWN, ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK
        1040 | 1053 | 1205 | 1213 => (codes::SERVER_ERROR, true),
        _ => (codes::REFUSED, false),
    };
    Failure { retryable, ..Failure::new(code, message) }
}
