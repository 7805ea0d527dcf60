//! A way to a PostgreSQL server that breaks where a test says: in the middle of a commit.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How the next commit ends for who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It does not reach the server.
    Before,
    /// The server has done it, and its answer does not come back.
    After,
}

#[derive(Default)]
struct Shared {
    next: Mutex<Option<Cut>>,
    cuts: AtomicU32,
    over: AtomicBool,
}

pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

/// The end of the message with which a transaction is committed, and of its answer.
const COMMIT: &[u8] = b"COMMIT\0";
/// What stands in a statement that is a whole transaction of the committer, and the end of its answer.
const MARKED: &[u8] = b"marked AS (UPDATE meta";
const DONE: &[u8] = b"SELECT 1\0";

impl Proxy {
    /// In front of the server on this port; what is not encrypted goes through it.
    ///
    /// # Panics
    /// When there is no port to listen on.
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let shared = Arc::new(Shared::default());
        let ways = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if ways.over.load(Ordering::SeqCst) {
                    return;
                }
                // Without a server the client finds a closed door here, too.
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                through(&client, &server, &ways);
            }
        });
        Self { port, shared }
    }

    /// The next commit on any connection is cut.
    pub fn cut_next(&self, cut: Cut) {
        *self.shared.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(cut);
    }

    /// How many were cut.
    pub fn cuts(&self) -> u32 {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn through(client: &TcpStream, server: &TcpStream, shared: &Arc<Shared>) {
    let both = || (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
    let swallow: Arc<Mutex<Option<&[u8]>>> = Arc::default();
    let ((from, to), (answers_to, answers_from)) = (both(), both());
    let (shared, swallowing) = (Arc::clone(shared), Arc::clone(&swallow));
    std::thread::spawn(move || {
        let mut whole = HashSet::new();
        copy(&from, &to, |bytes| {
            let answer = if bytes.ends_with(COMMIT) {
                COMMIT
            } else if executes(bytes, &mut whole) {
                DONE
            } else {
                return true;
            };
            let cut = shared.next.lock().unwrap_or_else(PoisonError::into_inner).take();
            shared.cuts.fetch_add(u32::from(cut.is_some()), Ordering::SeqCst);
            let mut swallow = swallow.lock().unwrap_or_else(PoisonError::into_inner);
            *swallow = (cut == Some(Cut::After)).then_some(answer);
            cut != Some(Cut::Before)
        });
    });
    std::thread::spawn(move || {
        copy(&answers_from, &answers_to, |bytes| {
            let swallow = *swallowing.lock().unwrap_or_else(PoisonError::into_inner);
            swallow.is_none_or(|end| !bytes.windows(end.len()).any(|window| window == end))
        });
    });
}

/// Whether messages of a client (a letter, a length, a body) execute a statement that is a whole
/// transaction; remembers the names of those that it prepares.
fn executes(mut messages: &[u8], whole: &mut HashSet<Vec<u8>>) -> bool {
    let mut found = false;
    while let Some(([kind, length @ ..], rest)) = messages.split_first_chunk::<5>() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some((body, rest)) = length.checked_sub(4).and_then(|size| rest.split_at_checked(size))
        else {
            break;
        };
        let mut texts = body.split(|byte| *byte == 0);
        match (kind, texts.next(), texts.next()) {
            (b'P', Some(name), Some(sql))
                if sql.windows(MARKED.len()).any(|window| window == MARKED) =>
            {
                whole.insert(name.to_vec());
            }
            (b'B', Some(_), Some(name)) => found |= whole.contains(name),
            _ => {}
        }
        messages = rest;
    }
    found
}

/// Copies until either side ends or `goes_on` says that the connection breaks before these bytes.
fn copy(mut from: &TcpStream, mut to: &TcpStream, mut goes_on: impl FnMut(&[u8]) -> bool) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let read = bytes.get(..count).unwrap_or_default();
        if !goes_on(read) || to.write_all(read).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
