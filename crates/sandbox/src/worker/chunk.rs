//! A chunk in a child: outcomes come in the order of the items, each counted by its own time.

use tokio::time::{Instant, timeout_at};

use super::*;

/// What a chunk came to.
pub struct ChunkReply {
    /// Of the first items, in order.
    pub outcomes: Vec<ItemReply>,
    /// The child had to be killed, or died: at the next item, or at one before it whose outcome had
    /// not been passed on.
    pub broken: bool,
    pub reusable: bool,
}

pub struct ItemReply {
    pub outcome: Result<Value, Failure>,
    pub logs: Vec<LogLine>,
}

impl Worker {
    /// Runs a chunk, as [`Worker::run`] a job. `body` holds the items.
    pub async fn run_chunk(
        &mut self,
        head: &wire::Chunk,
        body: &[u8],
        limits: &Limits,
    ) -> ChunkReply {
        self.jobs += 1;
        let mut outcomes = Vec::new();
        if let Err(error) = wire::put(&mut self.outbox, Kind::Chunk, head, body) {
            let outcome = Err(Failure::new(codes::INPUT, error.to_string()));
            outcomes.push(ItemReply { outcome, logs: Vec::new() });
            return ChunkReply { outcomes, broken: false, reusable: false };
        }
        let ended = self.collect(limits, &mut outcomes).await;
        if self.inbox.is_empty() {
            self.inbox = Vec::new();
        }
        let reusable = match ended {
            Ok(peak_kib) => self.is_fit(peak_kib),
            Err(_) => false,
        };
        ChunkReply { outcomes, broken: ended.is_err(), reusable }
    }

    /// Takes outcomes until the chunk has ended; the most memory that the child has held.
    async fn collect(
        &mut self,
        limits: &Limits,
        outcomes: &mut Vec<ItemReply>,
    ) -> Result<u64, Broken> {
        let cap = limits.output.min(wire::MAX_BODY) + (1 << 20);
        // The code is read, and the outcomes of quick items held back, in that time, too.
        let wall = limits.wall + GRACE;
        let mut late = Instant::now() + wall;
        let mut logs = Logs::new(limits);
        loop {
            let frame = timeout_at(late, self.frame(cap)).await.map_err(|_| Broken::Gone)??;
            match frame.kind {
                Kind::Log => logs.push(frame.header()?),
                Kind::Outcomes => {
                    let mut body = frame.body();
                    while !body.is_empty() {
                        let outcome = match wire::take_outcome(&mut body)? {
                            Ok(value) => read(value, limits),
                            Err(failed) => Err(failure(failed)),
                        };
                        // What is logged before an outcome that comes first is that item's.
                        let own = std::mem::replace(&mut logs, Logs::new(limits)).lines;
                        outcomes.push(ItemReply { outcome, logs: own });
                        late = Instant::now() + wall;
                    }
                    if let Some(peak_kib) = frame.header::<wire::Outcomes>()?.ended {
                        return Ok(peak_kib);
                    }
                }
                _ => return Err(io::Error::from(io::ErrorKind::InvalidData).into()),
            }
        }
    }

    /// Moves bytes both ways until a frame is there.
    async fn frame(&mut self, cap: usize) -> Result<Frame, Broken> {
        loop {
            if let Some(frame) = Frame::take(&mut self.inbox, cap)? {
                return Ok(frame);
            }
            tokio::select! {
                read = self.stdout.read_buf(&mut self.inbox) => {
                    if read? == 0 {
                        return Err(Broken::Gone);
                    }
                }
                wrote = self.stdin.write(&self.outbox[self.sent..]), if self.sent < self.outbox.len() => {
                    self.wrote(wrote)?;
                }
            }
        }
    }
}
