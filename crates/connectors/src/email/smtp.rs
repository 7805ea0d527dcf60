//! Handing a message to a mail server.
//!
//! The server's name is resolved by the guard and connected to by address, so that a mail server
//! cannot be a way into a private network. Until the end of the message is sent, nothing was taken;
//! if the connection breaks after that, nobody knows.

use std::net::SocketAddr;
use std::time::Duration;

use codex32_model::codes::connector as codes;
use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials as Login, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::{Error, response::Severity};
use tokio::time::{Instant, timeout_at};

use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::http::Guarded;

/// Longest wait for one reply.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn send(
    http: &Guarded,
    credentials: &Credentials,
    message: &Message,
    deadline: Instant,
) -> Result<(), Failure> {
    let late = |sent: bool| {
        let message = "The mail server did not answer in time.";
        Failure::new(codes::TIMEOUT, message).retryable().unknown_if(sent)
    };
    let mut connection = timeout_at(deadline, connect(http, credentials, deadline))
        .await
        .map_err(|_| late(false))??;
    timeout_at(deadline, envelope(&mut connection, message)).await.map_err(|_| late(false))??;
    let bytes = message.formatted();
    let taken = timeout_at(deadline, connection.message(&bytes)).await.map_err(|_| late(true))?;
    let reply = taken.map_err(|error| explain(&error, true))?;
    if !reply.is_positive() {
        return Err(refused(&reply));
    }
    // The mail is taken; how the connection ends does not matter.
    let _ = timeout_at(deadline, connection.quit()).await;
    Ok(())
}

pub async fn test(
    http: &Guarded,
    credentials: &Credentials,
    deadline: Instant,
) -> Result<String, Failure> {
    let connected = timeout_at(deadline, connect(http, credentials, deadline)).await;
    let mut connection = connected.map_err(|_| {
        Failure::new(codes::TIMEOUT, "The mail server did not answer in time.").retryable()
    })??;
    let _ = timeout_at(deadline, connection.quit()).await;
    let host = credentials.get("host").unwrap_or_default();
    Ok(match credentials.get("username") {
        Some(user) => format!("Signed in to {host} as {user}."),
        None => format!("Connected to {host}."),
    })
}

/// Connects, encrypts and signs in.
async fn connect(
    http: &Guarded,
    credentials: &Credentials,
    deadline: Instant,
) -> Result<AsyncSmtpConnection, Failure> {
    let get = |name: &str| credentials.get(name);
    let fields = |message: &str| Failure::new(codes::CONNECTION_FIELDS, message);
    let host = get("host").ok_or_else(|| fields("The connection names no mail server."))?;
    let port = get("port").unwrap_or("587").parse::<u16>();
    let port = port.map_err(|_| fields("The connection's port lies between 1 and 65535."))?;
    let security = get("security").unwrap_or("starttls");
    let addresses = http.resolve(host, port).await;
    let addresses = addresses.map_err(|error| Failure::from_send(error, false))?;
    let tls = || {
        TlsParameters::new(host.to_owned())
            .map_err(|_| fields("The mail server's name cannot be used for encryption."))
    };
    let implicit = if security == "tls" { Some(tls()?) } else { None };
    let me = ClientId::default();
    let patience = deadline.saturating_duration_since(Instant::now()).min(PATIENCE);
    let opening = AsyncSmtpConnection::connect_tokio1::<&[SocketAddr]>(
        &addresses,
        Some(patience),
        &me,
        implicit,
        None,
    );
    let mut connection = opening.await.map_err(|error| {
        if error.status().is_some() {
            return explain(&error, false);
        }
        let message = format!("{host}:{port} cannot be reached: {}.", causes(&error));
        Failure::new(codes::UNREACHABLE, message).retryable()
    })?;
    if security == "starttls" {
        if !connection.can_starttls() {
            let message = format!(
                "{host}:{port} offers no encryption (STARTTLS). Set `security` to `tls`, or to `none` if mail may travel in the open."
            );
            return Err(Failure::new(codes::UNREACHABLE, message));
        }
        connection.starttls(tls()?, &me).await.map_err(|error| explain(&error, false))?;
    }
    if let Some(user) = get("username") {
        let login = Login::new(user.to_owned(), get("password").unwrap_or_default().to_owned());
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        connection.auth(&mechanisms, &login).await.map_err(|error| {
            let message = format!("{host} refused the user name or password: {}.", causes(&error));
            let again = error.is_transient() || error.status().is_none();
            Failure { retryable: again, ..Failure::new(codes::AUTH, message) }
        })?;
    }
    Ok(connection)
}

/// Sender, recipients, and the leave to send the message.
async fn envelope(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Failure> {
    let envelope = message.envelope();
    let mut options = Vec::new();
    let addresses = envelope.from().into_iter().chain(envelope.to());
    if addresses.map(AsRef::<str>::as_ref).any(|address: &str| !address.is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let message = "The mail server takes no addresses with letters outside of ASCII.";
            return Err(Failure::new(codes::MAIL_REFUSED, message));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    let failed = |error: Error| explain(&error, false);
    let sender = envelope.from().cloned();
    connection.command(Mail::new(sender, options)).await.map_err(failed)?;
    for recipient in envelope.to() {
        connection.command(Rcpt::new(recipient.clone(), vec![])).await.map_err(failed)?;
    }
    connection.command(Data).await.map_err(failed)?;
    Ok(())
}

fn refused(reply: &lettre::transport::smtp::response::Response) -> Failure {
    let text: Vec<_> = reply.message().collect();
    let again = reply.code().severity == Severity::TransientNegativeCompletion;
    let message = format!("The mail server refused: {} {}.", reply.code(), text.join(" "));
    Failure { retryable: again, ..Failure::new(codes::MAIL_REFUSED, message) }
}

/// A reply is definite; a connection that broke after the message was sent is not.
fn explain(error: &Error, sent: bool) -> Failure {
    if error.status().is_some() {
        let message = format!("The mail server refused: {}.", causes(error));
        let failure = Failure::new(codes::MAIL_REFUSED, message);
        return Failure { retryable: error.is_transient(), ..failure };
    }
    let code = if error.is_timeout() { codes::TIMEOUT } else { codes::BROKEN };
    let message = format!("The connection to the mail server broke: {}.", causes(error));
    Failure::new(code, message).retryable().unknown_if(sent)
}

fn causes(error: &Error) -> String {
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    if let Some(status) = error.status() {
        return format!("{status} {text}").trim().to_owned();
    }
    if text.is_empty() { error.to_string() } else { text }
}
