//! Where a PostgreSQL server is, and how it is reached.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::StoreError;

const CONNECT: Duration = Duration::from_secs(10);

/// A server by its address, `postgres://user:password@host:port/database?sslmode=…`.
///
/// `sslmode` is `disable`, or `require` or `verify-full`, which both verify the server's certificate,
/// against those in the file `sslrootcert` or the public ones. Without it, a server on this machine
/// is reached in the clear and any other with TLS.
#[derive(Clone)]
pub struct Server {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl std::fmt::Debug for Server {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("name", &self.name()).finish_non_exhaustive()
    }
}

fn unusable(what: impl std::fmt::Display) -> StoreError {
    StoreError::Address(what.to_string())
}

impl Server {
    /// Whether an address is meant for PostgreSQL.
    pub fn is_address(url: &str) -> bool {
        url.starts_with("postgres://") || url.starts_with("postgresql://")
    }

    /// # Errors
    /// [`StoreError::Address`], which does not repeat the address: a password stands in it.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let (address, options) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut authority, mut kept) = (None, None, Vec::new());
        for option in options.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => authority = Some(PathBuf::from(value)),
                _ => kept.push(option),
            }
        }
        let mut config: Config = format!("{address}?{}", kept.join("&")).parse().map_err(
            |error: tokio_postgres::Error| {
                unusable(
                    std::error::Error::source(&error)
                        .map_or_else(|| error.to_string(), ToString::to_string),
                )
            },
        )?;
        if config.get_hosts().is_empty() {
            return Err(unusable("it names no host"));
        }
        if config.get_dbname().is_none() {
            return Err(unusable("it names no database"));
        }
        let near = config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
            Host::Unix(_) => true,
        });
        let encrypted = match mode {
            Some("disable") => false,
            Some("require" | "verify-full") => true,
            None => !near,
            Some(other) => {
                return Err(unusable(format!(
                    "sslmode is `{other}`; choose disable, require or verify-full"
                )));
            }
        };
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        config.connect_timeout(CONNECT).keepalives_idle(Duration::from_secs(30));
        if config.get_application_name().is_none() {
            config.application_name("codex32");
        }
        let tls = encrypted.then(|| tls(authority)).transpose()?;
        Ok(Self { config, tls })
    }

    /// `host:port/database`, for people.
    pub fn name(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        format!("{host}:{port}/{}", self.config.get_dbname().unwrap_or_default())
    }

    /// Connects; the connection is driven by the runtime that this is awaited on.
    pub(crate) async fn connect(&self) -> Result<Client, StoreError> {
        let (client, _) = self.connect_with().await?;
        Ok(client)
    }

    /// Listens on a channel: hears of each notification until the connection ends.
    pub(crate) async fn listen(&self, channel: &str) -> Result<Heard, StoreError> {
        let (client, heard) = self.connect_with().await?;
        client.batch_execute(&format!("LISTEN {channel}")).await?;
        // The client keeps the connection open.
        Ok(Heard { heard, _client: client })
    }

    async fn connect_with(&self) -> Result<(Client, mpsc::UnboundedReceiver<()>), StoreError> {
        let failed = |error: tokio_postgres::Error| match StoreError::from(error) {
            StoreError::Bad(text) => StoreError::Address(text),
            other => other,
        };
        let (tell, heard) = mpsc::unbounded_channel();
        let client = match &self.tls {
            Some(tls) => {
                let (client, connection) =
                    self.config.connect(tls.clone()).await.map_err(failed)?;
                tokio::spawn(drive(connection, tell));
                client
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(failed)?;
                tokio::spawn(drive(connection, tell));
                client
            }
        };
        Ok((client, heard))
    }
}

/// What a connection that listens hears.
pub(crate) struct Heard {
    heard: mpsc::UnboundedReceiver<()>,
    _client: Client,
}

impl Heard {
    pub async fn recv(&mut self) -> Option<()> {
        self.heard.recv().await
    }

    pub fn try_recv(&mut self) -> Result<(), mpsc::error::TryRecvError> {
        self.heard.try_recv()
    }
}

/// Drives a connection to its end.
async fn drive<S, T>(mut connection: Connection<S, T>, tell: mpsc::UnboundedSender<()>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = std::future::poll_fn(|cx| connection.poll_message(cx)).await {
        match message {
            AsyncMessage::Notification(_) => drop(tell.send(())),
            AsyncMessage::Notice(notice) => tracing::debug!(%notice, "the database server says"),
            _ => {}
        }
    }
}

fn tls(authority: Option<PathBuf>) -> Result<MakeRustlsConnect, StoreError> {
    let mut roots = RootCertStore::empty();
    match authority {
        Some(path) => {
            let read = |error: &dyn std::fmt::Display| {
                unusable(format!("sslrootcert {}: {error}", path.display()))
            };
            for certificate in CertificateDer::pem_file_iter(&path).map_err(|error| read(&error))? {
                let certificate = certificate.map_err(|error| read(&error))?;
                roots.add(certificate).map_err(|error| read(&error))?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
