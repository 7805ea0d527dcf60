//! Starting children, always from one thread of the pool's own.
//!
//! A child asks the kernel to be killed when its parent dies, and for the kernel the parent is the
//! *thread* that started it. Threads of an async runtime come and go; this one lives as long as its
//! pool.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, mpsc};

use tokio::process::{Child, Command};
use tokio::sync::oneshot;

/// What to start: our own binary with its hidden subcommand.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub program: PathBuf,
    pub args: Vec<OsString>,
}

struct Order {
    runtime: tokio::runtime::Handle,
    reply: oneshot::Sender<std::io::Result<Child>>,
}

pub struct Spawner {
    recipe: Recipe,
    /// Opened on first use, so that a pool that is never used costs no thread.
    orders: Mutex<Option<mpsc::Sender<Order>>>,
}

impl Spawner {
    pub fn new(recipe: Recipe) -> Self {
        Self { recipe, orders: Mutex::new(None) }
    }

    pub async fn spawn(&self) -> std::io::Result<Child> {
        let (reply, answer) = oneshot::channel();
        let order = Order { runtime: tokio::runtime::Handle::current(), reply };
        self.orders()?.send(order).map_err(std::io::Error::other)?;
        answer.await.map_err(std::io::Error::other)?
    }

    fn orders(&self) -> std::io::Result<mpsc::Sender<Order>> {
        let mut slot = self.orders.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(orders) = &*slot {
            return Ok(orders.clone());
        }
        let (orders, inbox) = mpsc::channel::<Order>();
        let recipe = self.recipe.clone();
        std::thread::Builder::new().name("sandbox-spawn".to_owned()).spawn(move || {
            for order in inbox {
                let _inside = order.runtime.enter();
                // Nobody waits any more: the child is dropped, and thereby killed.
                let _ = order.reply.send(command(&recipe).spawn());
            }
        })?;
        *slot = Some(orders.clone());
        Ok(orders)
    }
}

fn command(recipe: &Recipe) -> Command {
    let mut command = Command::new(&recipe.program);
    command
        .args(&recipe.args)
        .env_clear()
        // The code's local time. No zone file is read: none can be.
        .env("TZ", "UTC")
        // The allocator of the server's binary sets aside 1 GiB at once unless told not to, which
        // the child's own limit would count.
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}
