//! The work on documents: fetched, read, cut, embedded, a batch at a time.
//!
//! A batch is one transaction with how far the document is, under the claim's epoch. After a death the next
//! one makes the same passages again, which is quick, sees by their hashes which are there, and goes on
//! with the others: none is embedded twice but those of the batch that was not committed.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use codex32_connectors::http::{Method, Request, parse_url};
use codex32_model::Scope;
use codex32_model::ids::ActorId;
use codex32_store::knowledge::documents::Document;
use codex32_store::knowledge::indexing::{Chunk, Claimed, Ended};
use codex32_store::knowledge::search::term_of;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::chunk::{self, Passage};
use crate::embed;
use crate::error::Error;
use crate::extract::Kind;
use crate::terms;
use crate::{BUILT_IN, Knowledge};

/// How long a claim holds without news: longer than fetching and reading one document may take.
pub const LEASE: Duration = Duration::from_secs(180);
/// Passages of one transaction.
const BATCH: usize = 64;
/// Passages that are moved or removed in one transaction.
const MOVED: usize = 500;
/// Failures in a row that may pass, before it is given up.
const TRIES: u32 = 6;
/// Without news it is looked for work so often.
const LOOK: Duration = Duration::from_secs(30);
const FETCH: Duration = Duration::from_secs(60);
/// Pieces of documents that never came to be are removed after so long.
const LEFT: Duration = Duration::from_secs(6 * 3_600);

/// What was taken from somebody while it was worked on.
struct Lost;

enum Stopped {
    /// Somebody else has it now, or it is cancelled.
    Lost,
    Failed(Error),
}

impl From<Lost> for Stopped {
    fn from(Lost: Lost) -> Self {
        Self::Lost
    }
}

impl<E: Into<Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Knowledge {
    /// Works until it is closed.
    pub async fn index(self, mut closed: watch::Receiver<bool>) {
        if let Err(error) = self.store().all_release_documents().await {
            tracing::warn!(%error, "documents that were being indexed wait for their claims to end");
        }
        let others = self.store().told();
        loop {
            let work = async {
                self.index_all().await;
                let wait = self.pause().await;
                tokio::select! {
                    () = self.0.told.notified() => {}
                    () = others.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            };
            tokio::select! {
                () = work => {}
                _ = closed.wait_for(|closed| *closed) => return,
            }
        }
    }

    async fn pause(&self) -> Duration {
        let next = self.store().all_next_document().await.ok().flatten();
        let Some(next) = next else { return LOOK };
        let micros = next.micros().saturating_sub(self.now().micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
            .clamp(Duration::from_millis(200), LOOK)
    }

    /// Works until nothing is due.
    pub async fn index_all(&self) {
        loop {
            match self.index_next().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, "no document was indexed; that is tried again");
                    break;
                }
            }
        }
        let before = self.now().minus(LEFT);
        if let Err(error) = self.store().all_tidy_parts(before).await {
            tracing::warn!(%error, "documents were not tidied up; that is tried again");
        }
    }

    /// Works on the next document; whether there was one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn index_next(&self) -> Result<bool, Error> {
        let node = self.0.options.node;
        let Some(claimed) =
            self.store().all_claim_document(node, self.0.options.lease, self.now()).await?
        else {
            return Ok(false);
        };
        let ended = match self.work(&claimed).await {
            Ok(ended) => ended,
            Err(Stopped::Lost) => return Ok(true),
            Err(Stopped::Failed(error)) => {
                let (code, message) = (error.code().text.to_owned(), error.to_string());
                let tries = claimed.document.attempts + 1;
                tracing::info!(document = %claimed.document.name, %error, "not indexed");
                if error.may_pass() && tries < TRIES {
                    let pause = Duration::from_secs(10 << (2 * tries).min(9));
                    Ended::Later { at: self.now().plus(pause), code, message }
                } else {
                    Ended::Failed { code, message }
                }
            }
        };
        self.store().end_document(claimed.document, ended, self.now()).await?;
        Ok(true)
    }

    async fn work(&self, claimed: &Claimed) -> Result<Ended, Stopped> {
        let mut document = claimed.document.clone();
        let (kind, bytes) = self.bytes(&mut document).await?;
        let extracted = self.0.options.extractor.extract(kind, bytes).await?;
        let title = extracted.title.clone().unwrap_or_else(|| named(&document.name));
        let cut = move || chunk::passages(&extracted);
        let passages = tokio::task::spawn_blocking(cut)
            .await
            .map_err(|_| Error::Unreadable("the text cannot be cut into passages".to_owned()))?;
        let shown = if document.title.is_empty() { &title } else { &document.title };
        self.passages(claimed, &document, shown, passages).await?;
        Ok(Ended::Ready { title, kind: kind.as_str().to_owned() })
    }

    /// The document's bytes, fetched first where they are elsewhere.
    async fn bytes(&self, document: &mut Document) -> Result<(Kind, Vec<u8>), Stopped> {
        let address = document.name.contains("://").then(|| parse_url(&document.name).ok());
        let Some(url) = address.flatten() else {
            let bytes = self.store().document_bytes(document.id, document.version).await?;
            let kind = Kind::parse(&document.kind)
                .or_else(|| Kind::of(&document.name, None, &bytes))
                .ok_or_else(|| Error::Kind(document.name.clone()))?;
            return Ok((kind, bytes));
        };
        let answer = self
            .0
            .options
            .http
            .send(Request {
                method: Method::GET,
                url,
                headers: HeaderMap::new(),
                credentials: HeaderMap::new(),
                body: None,
                timeout: FETCH,
                max_bytes: crate::LARGEST,
            })
            .await
            .map_err(|error| Error::Fetch { message: error.message, again: true })?;
        if !(200..300).contains(&answer.status) {
            let again = answer.status >= 500 || answer.status == 429;
            let message = format!("the address answered {}", answer.status);
            return Err(Error::Fetch { message, again }.into());
        }
        let hint = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = Kind::parse(&document.kind)
            .or_else(|| Kind::of(&document.name, hint, &answer.body))
            .ok_or_else(|| Error::Kind(hint.unwrap_or("a document without a type").to_owned()))?;
        let hash = Sha256::digest(&answer.body).to_vec();
        if document.hash.as_ref() != Some(&hash) {
            let (version, size) = (document.version + 1, answer.body.len());
            let (store, now) = (self.store(), self.now());
            store.keep_parts(document.id, version, answer.body.clone(), now).await?;
            let size = i64::try_from(size).unwrap_or(i64::MAX);
            let told = (version, hash, size);
            if !store.document_fetched(document.clone(), told, now).await? {
                return Err(Stopped::Lost);
            }
            document.version = version;
        }
        Ok((kind, answer.body))
    }

    /// Brings the document's passages to what they shall be.
    async fn passages(
        &self,
        claimed: &Claimed,
        document: &Document,
        title: &str,
        wanted: Vec<Passage>,
    ) -> Result<(), Stopped> {
        let base = &claimed.base;
        // What a passage was embedded and stemmed by: another has it made anew.
        let by = &embed::maker(&self.0.options.gateway, asker(claimed), base).await?;
        let there = self.store().chunks_there(document.id).await?;
        let known: HashMap<_, _> = there
            .iter()
            .filter(|chunk| chunk.model == *by)
            .map(|chunk| (chunk.hash.as_slice(), (chunk.number, chunk.position)))
            .collect();
        let total = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
        let (mut new, mut moved, mut kept) = (Vec::new(), Vec::new(), HashSet::new());
        for (position, passage) in (0_u32..).zip(&wanted) {
            match known.get(passage.hash.as_slice()) {
                Some((number, at)) => {
                    kept.insert(*number);
                    if *at != position {
                        moved.push((*number, position));
                    }
                }
                None => new.push((position, passage)),
            }
        }
        let mut done = total - u32::try_from(new.len()).unwrap_or(0);
        let mut document = document.clone();
        (document.done, document.total) = (done, total);
        for batch in new.chunks(BATCH) {
            let chunks = self.embedded(claimed, title, by, batch).await?;
            done += u32::try_from(batch.len()).unwrap_or(0);
            (document.done, document.total) = (done, total);
            let (of, now, lease) = (document.clone(), self.now(), self.0.options.lease);
            if !self.store().add_chunks(of, chunks, (done, total), lease, now).await? {
                return Err(Stopped::Lost);
            }
        }
        let fresh: HashSet<_> = new.iter().map(|(_, passage)| passage.hash.as_slice()).collect();
        let gone: Vec<_> = there
            .iter()
            // One of another model with a hash that is wanted was replaced with its batch.
            .filter(|chunk| !kept.contains(&chunk.number) && !fresh.contains(chunk.hash.as_slice()))
            .map(|chunk| chunk.number)
            .collect();
        self.moved(&document, &moved, &gone).await
    }

    async fn moved(
        &self,
        document: &Document,
        moved: &[(i64, u32)],
        gone: &[i64],
    ) -> Result<(), Stopped> {
        let (mut moved, mut gone) = (moved.chunks(MOVED), gone.chunks(MOVED));
        loop {
            let (some, away) = (moved.next(), gone.next());
            if some.is_none() && away.is_none() {
                break;
            }
            let (some, away) = (some.unwrap_or_default(), away.unwrap_or_default());
            let (of, now, lease) = (document.clone(), self.now(), self.0.options.lease);
            let held =
                self.store().move_chunks(of, some.to_vec(), away.to_vec(), lease, now).await?;
            if !held {
                return Err(Stopped::Lost);
            }
        }
        // How far it is, where nothing was to be done.
        let told = (document.done, document.total);
        let (of, now, lease) = (document.clone(), self.now(), self.0.options.lease);
        let held = self.store().add_chunks(of, Vec::new(), told, lease, now).await?;
        if held { Ok(()) } else { Err(Stopped::Lost) }
    }

    async fn embedded(
        &self,
        claimed: &Claimed,
        title: &str,
        by: &str,
        batch: &[(u32, &Passage)],
    ) -> Result<Vec<Chunk>, Stopped> {
        let base = &claimed.base;
        let texts: Vec<String> = batch
            .iter()
            .map(|(_, passage)| format!("{title}\n{}\n{}", passage.heading, passage.text))
            .collect();
        let vectors = if base.model == BUILT_IN {
            let texts = texts.clone();
            let work = move || texts.iter().map(|text| embed::embed(text)).collect();
            tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
                Err(Error::Model { message: error.to_string(), again: true })
            })?
        } else {
            let scope = asker(claimed);
            embed::by_gateway(&self.0.options.gateway, scope, &base.model, &texts).await?
        };
        let of = term_of(base.id);
        let chunk =
            |((position, passage), (text, vector)): (&(u32, &Passage), (&String, Vec<i8>))| Chunk {
                position: *position,
                hash: passage.hash.clone(),
                model: by.to_owned(),
                vector: vector.into_iter().map(i8::cast_unsigned).collect(),
                heading: passage.heading.clone(),
                text: passage.text.clone(),
                terms: format!("{of} {}", terms::of_text(text, &base.language)),
            };
        Ok(batch.iter().zip(texts.iter().zip(vectors)).map(chunk).collect())
    }
}

/// Who asks for vectors of passages: nobody in particular.
fn asker(claimed: &Claimed) -> Scope {
    Scope::new(claimed.workspace, ActorId::from_bytes([0; 16]))
}

/// What a document without a title is called: the last part of its name.
fn named(name: &str) -> String {
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
    last.chars().take(300).collect()
}
