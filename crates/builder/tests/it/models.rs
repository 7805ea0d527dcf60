//! Models that follow a script.

use std::sync::Mutex;

use codex32_builder::{Completion, Model, ModelError};
use codex32_llm::ChatRequest;

type Script = dyn Fn(usize, &ChatRequest) -> String + Send + Sync;

/// Says what its script says, and keeps what it was asked.
pub struct Scripted {
    script: Box<Script>,
    pub asked: Mutex<Vec<ChatRequest>>,
}

impl Scripted {
    pub fn new(script: impl Fn(usize, &ChatRequest) -> String + Send + Sync + 'static) -> Self {
        Self { script: Box::new(script), asked: Mutex::default() }
    }
}

#[async_trait::async_trait]
impl Model for Scripted {
    async fn complete(&self, request: ChatRequest) -> Result<Completion, ModelError> {
        let mut asked = self.asked.lock().unwrap();
        let text = (self.script)(asked.len(), &request);
        asked.push(request);
        Ok(Completion { text, cut: false, cost: 10 })
    }
}

/// A generator of seeds (`SplitMix64`), so that every run sees the same faults.
pub struct Seeds(pub u64);

impl Seeds {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }
}
