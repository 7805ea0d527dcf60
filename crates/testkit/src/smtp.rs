//! A recording mail server: enough of SMTP (RFC 5321, 4954) for real clients, without TLS.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A mail as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Of the envelope.
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body, with `\n` as line ends.
    pub data: String,
    /// User name and password, where the client signed in.
    pub login: Option<(String, String)>,
}

impl Received {
    /// A header, with its folded lines joined.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.data.split("\n\n").next().unwrap_or_default();
        let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
        unfolded.lines().find_map(|line| {
            let (have, value) = line.split_once(':')?;
            have.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    /// What follows the headers.
    pub fn body(&self) -> &str {
        self.data.split_once("\n\n").map_or("", |(_, body)| body)
    }
}

/// How the server behaves.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// Ask for this user name and password.
    pub login: Option<(String, String)>,
    /// Answer `RCPT TO` of these addresses with this reply, such as `550 no such user`.
    pub refuse: Vec<(String, String)>,
    /// Answer the whole mail with this reply instead of taking it.
    pub refuse_data: Option<String>,
    /// Take the mail and break off before answering.
    pub drop_after_data: bool,
    /// Greet with this reply and close.
    pub greeting: Option<String>,
}

struct Shared {
    mails: Mutex<Vec<Received>>,
    arrived: Notify,
    behaviour: Behaviour,
}

impl Shared {
    fn mails(&self) -> std::sync::MutexGuard<'_, Vec<Received>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Listens on a free port of 127.0.0.1 until it is dropped.
pub struct Smtp {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Smtp {
    /// A server that takes every mail.
    pub async fn start() -> Self {
        Self::with(Behaviour::default()).await
    }

    pub async fn with(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared =
            Arc::new(Shared { mails: Mutex::new(Vec::new()), arrived: Notify::new(), behaviour });
        let for_task = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            let mut sessions = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while sessions.try_join_next().is_some() {}
                let shared = Arc::clone(&for_task);
                sessions.spawn(async move {
                    // A broken connection is the other side's business.
                    let _ = Session { shared, login: None }.serve(stream).await;
                });
            }
        });
        Self { address, shared, task }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All mails so far.
    pub fn mails(&self) -> Vec<Received> {
        self.shared.mails().clone()
    }

    /// Waits until so many mails have arrived; put a time limit around it.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        loop {
            let arrived = self.shared.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            arrived.await;
        }
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Session {
    shared: Arc<Shared>,
    login: Option<(String, String)>,
}

impl Session {
    async fn serve(mut self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let behaviour = self.shared.behaviour.clone();
        if let Some(greeting) = behaviour.greeting {
            return say(&mut stream, &greeting).await;
        }
        say(&mut stream, "220 sink ESMTP").await?;
        let (mut from, mut to) = (String::new(), Vec::new());
        while let Some(line) = line(&mut stream).await? {
            let upper = line.to_ascii_uppercase();
            if upper.starts_with("EHLO") {
                say(
                    &mut stream,
                    "250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN",
                )
                .await?;
            } else if upper.starts_with("AUTH") {
                self.login = self.sign_in(&mut stream, &line).await?;
                let good = behaviour.login.is_none() || self.login == behaviour.login;
                if !good {
                    self.login = None;
                }
                say(&mut stream, if good { "235 welcome" } else { "535 5.7.8 wrong password" })
                    .await?;
            } else if upper.starts_with("MAIL FROM:") {
                if behaviour.login.is_some() && self.login.is_none() {
                    say(&mut stream, "530 5.7.0 authentication required").await?;
                    continue;
                }
                from = address(&line);
                to.clear();
                say(&mut stream, "250 ok").await?;
            } else if upper.starts_with("RCPT TO:") {
                let given = address(&line);
                match behaviour.refuse.iter().find(|(refused, _)| *refused == given) {
                    Some((_, reply)) => say(&mut stream, reply).await?,
                    None => {
                        to.push(given);
                        say(&mut stream, "250 ok").await?;
                    }
                }
            } else if upper.starts_with("DATA") {
                say(&mut stream, "354 go on").await?;
                let data = data(&mut stream).await?;
                if let Some(reply) = &behaviour.refuse_data {
                    say(&mut stream, reply).await?;
                    continue;
                }
                let login = self.login.clone();
                let mail = Received { from: from.clone(), to: to.clone(), data, login };
                self.shared.mails().push(mail);
                self.shared.arrived.notify_waiters();
                if behaviour.drop_after_data {
                    return Ok(());
                }
                say(&mut stream, "250 taken").await?;
            } else if upper.starts_with("QUIT") {
                return say(&mut stream, "221 bye").await;
            } else if upper.starts_with("RSET") || upper.starts_with("NOOP") {
                say(&mut stream, "250 ok").await?;
            } else {
                say(&mut stream, "502 not known").await?;
            }
        }
        Ok(())
    }

    async fn sign_in(
        &self,
        stream: &mut BufReader<TcpStream>,
        command: &str,
    ) -> std::io::Result<Option<(String, String)>> {
        let mut words = command.split_whitespace().skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let first = words.next().map(str::to_owned);
        if mechanism == "PLAIN" {
            let given = match first {
                Some(given) => given,
                None => ask(stream, "").await?,
            };
            let text = decode(&given);
            let mut parts = text.split('\0').skip(1).map(str::to_owned);
            return Ok(parts.next().zip(parts.next()));
        }
        let user = match first {
            Some(given) => given,
            None => ask(stream, "Username:").await?,
        };
        let password = ask(stream, "Password:").await?;
        Ok(Some((decode(&user), decode(&password))))
    }
}

async fn ask(stream: &mut BufReader<TcpStream>, prompt: &str) -> std::io::Result<String> {
    say(stream, &format!("334 {}", BASE64.encode(prompt))).await?;
    Ok(line(stream).await?.unwrap_or_default())
}

fn decode(base64: &str) -> String {
    let bytes = BASE64.decode(base64.trim()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn say(stream: &mut BufReader<TcpStream>, reply: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{reply}\r\n").as_bytes()).await
}

async fn line(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    if stream.read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()))
}

async fn data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut data = String::new();
    while let Some(line) = line(stream).await? {
        if line == "." {
            break;
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
        data.push('\n');
    }
    Ok(data)
}

fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(|| line.to_owned(), |(address, _)| address.to_owned())
}
