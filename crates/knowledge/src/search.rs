//! Search: full text and vectors each give an order, and both orders are put together by rank
//! (reciprocal rank fusion, Cormack et al. 2009).
//!
//! Vectors are compared one by one: exact, the same on every database, and for a base of a hundred thousand
//! passages some milliseconds, since its vectors stay in memory as bytes until the base changes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex32_model::Scope;
use codex32_model::ids::{DocumentId, KnowledgeBaseId};
use codex32_model::time::Timestamp;
use codex32_store::knowledge::Base;
use codex32_store::knowledge::search::{Among, Passage, Vectors, Who};

use crate::embed;
use crate::error::Error;
use crate::{BUILT_IN, Knowledge, terms};

/// Passages that each order gives to the fusion.
const EACH: u32 = 50;
/// Most passages of an answer.
pub const MOST: u32 = 100;
/// Of the fusion: how much the first ranks say more than the next ones. Measured: docs/adr on knowledge.
const RANK: f64 = 10.0;
/// What the built-in model's order counts beside that of the words; a model of the gateway counts as much.
const BUILT_IN_WEIGHT: f64 = 0.5;
/// Longest question, in characters.
const LONGEST: usize = 4_000;
/// Vectors that stay in memory, in bytes.
const KEPT: usize = 128 << 20;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Query {
    pub text: String,
    pub top: u32,
    pub kind: Option<String>,
    pub tag: Option<String>,
    /// A document's name.
    pub document: Option<String>,
    pub since: Option<Timestamp>,
    /// After so long a passage counts half as much as a new one.
    pub half_life: Option<Duration>,
}

impl Query {
    pub fn new(text: impl Into<String>, top: u32) -> Self {
        Self {
            text: text.into(),
            top,
            kind: None,
            tag: None,
            document: None,
            since: None,
            half_life: None,
        }
    }
}

/// A passage that was found, with where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub text: String,
    /// Above 0 and at most 1; comparable within one answer.
    pub score: f64,
    /// The document's title and the headings above the passage.
    pub title: String,
    /// What a citation names: an address, a file.
    pub source: String,
    pub document: DocumentId,
    pub name: String,
    /// Which of the document's passages it is, from 0.
    pub position: u32,
    pub dated_at: Timestamp,
}

type Matrix = (String, Arc<Vectors>);

/// Vectors in memory, of the bases that were asked last.
#[derive(Default)]
pub struct Matrices(Mutex<Vec<(KnowledgeBaseId, Matrix)>>);

impl Matrices {
    fn get(&self, base: &Base, model: &str) -> Option<Arc<Vectors>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(id, (by, vectors))| {
            *id == base.id && by == model && vectors.revision == base.revision
        })?;
        let found = kept.remove(at);
        let vectors = Arc::clone(&found.1.1);
        kept.push(found);
        Some(vectors)
    }

    fn put(&self, base: KnowledgeBaseId, model: &str, vectors: &Arc<Vectors>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(id, _)| *id != base);
        kept.push((base, (model.to_owned(), Arc::clone(vectors))));
        let size = |kept: &[(KnowledgeBaseId, Matrix)]| {
            kept.iter().map(|(_, (_, v))| v.bytes.len() + 24 * v.numbers.len()).sum::<usize>()
        };
        while !kept.is_empty() && size(&kept) > KEPT {
            kept.remove(0);
        }
    }
}

impl Knowledge {
    /// The passages of a base that answer a question best. `who` decides what is seen of it.
    ///
    /// # Errors
    /// [`Error::NoBase`]; [`Error::Model`] when the base's model does not embed the question; those of the
    /// store.
    pub async fn search(
        &self,
        scope: Scope,
        who: Who,
        base: &str,
        query: Query,
    ) -> Result<Vec<Hit>, Error> {
        let base = self.base(scope, base).await?;
        if query.text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let among = Among {
            who,
            kind: query.kind.clone(),
            tag: query.tag.clone(),
            document: query.document.clone(),
            since: query.since,
        };
        let text: String = query.text.chars().take(LONGEST).collect();
        let words = terms::of_question(&text, &base.language);
        let by_words = self.store().find_words(scope, base.id, among.clone(), words, EACH);
        let by_meaning = self.by_meaning(scope, &base, &among, &text);
        let (by_words, by_meaning) = tokio::join!(by_words, by_meaning);
        let weight = if base.model == BUILT_IN { BUILT_IN_WEIGHT } else { 1.0 };
        let mut scores: HashMap<i64, f64> = HashMap::new();
        for (order, weight) in [(by_words?, 1.0), (by_meaning?, weight)] {
            for (rank, number) in (0_u32..).zip(order) {
                *scores.entry(number).or_default() += weight / (RANK + f64::from(rank));
            }
        }
        let best = (1.0 + weight) / RANK;
        let mut order: Vec<_> = scores.into_iter().map(|(n, score)| (n, score / best)).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let top = query.top.clamp(1, MOST) as usize;
        // What is old may fall behind what follows.
        let more = if query.half_life.is_some() { order.len() } else { top };
        order.truncate(more);
        let numbers = order.iter().map(|(number, _)| *number).collect();
        let passages = self.store().passages(scope, base.id, among, numbers).await?;
        let scores: HashMap<_, _> = order.into_iter().collect();
        let mut hits: Vec<_> = passages
            .into_iter()
            .map(|passage| {
                let score = scores.get(&passage.number).copied().unwrap_or(0.0);
                self.hit(passage, score, query.half_life)
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.truncate(top);
        Ok(hits)
    }

    fn hit(&self, passage: Passage, score: f64, half_life: Option<Duration>) -> Hit {
        let age = self.now().micros().saturating_sub(passage.dated_at.micros()).max(0) as f64;
        let fresh = half_life.map_or(1.0, |half| {
            let halves = age / 1e6 / half.as_secs_f64().max(1.0);
            // What nobody dates any more is still what the base knows.
            0.1 + 0.9 * (-halves).exp2()
        });
        let title = match (passage.title.as_str(), passage.heading.as_str()) {
            (title, "") => title.to_owned(),
            ("", heading) => heading.to_owned(),
            (title, heading) if heading.starts_with(title) => heading.to_owned(),
            (title, heading) => format!("{title} › {heading}"),
        };
        Hit {
            text: passage.text,
            score: (score * fresh * 1e6).round() / 1e6,
            title,
            source: passage.source,
            document: passage.document,
            name: passage.name,
            position: passage.position,
            dated_at: passage.dated_at,
        }
    }

    /// Passages by how near their vectors are to the question's.
    async fn by_meaning(
        &self,
        scope: Scope,
        base: &Base,
        among: &Among,
        text: &str,
    ) -> Result<Vec<i64>, Error> {
        let model = embed::maker(&self.0.options.gateway, scope, base).await?;
        let question = if base.model == BUILT_IN {
            embed::embed(text)?
        } else {
            let texts = [text.to_owned()];
            let gateway = &self.0.options.gateway;
            let mut vectors = embed::by_gateway(gateway, scope, &base.model, &texts).await?;
            vectors.pop().unwrap_or_default()
        };
        let vectors = match self.0.matrices.get(base, &model) {
            Some(vectors) => vectors,
            None => {
                let vectors = self.store().vectors(scope, base.id, model.clone()).await?;
                let vectors = Arc::new(vectors);
                self.0.matrices.put(base.id, &model, &vectors);
                vectors
            }
        };
        let all = among.who == Who::Keeper
            && among.kind.is_none()
            && among.tag.is_none()
            && among.document.is_none()
            && among.since.is_none();
        let seen = match all {
            true => None,
            false => Some(self.store().seen_documents(scope, base.id, among.clone()).await?),
        };
        let work = move || nearest(&vectors, &question, seen.as_ref());
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Model { message: error.to_string(), again: true })
    }
}

/// The nearest, best first; of two that are as near, the older one.
fn nearest(vectors: &Vectors, question: &[i8], seen: Option<&HashSet<DocumentId>>) -> Vec<i64> {
    if vectors.length == 0 || vectors.length != question.len() {
        return Vec::new();
    }
    let rows = vectors.bytes.chunks_exact(vectors.length);
    let mut all: Vec<(i32, i64)> = rows
        .zip(vectors.numbers.iter().zip(&vectors.documents))
        .filter(|(_, (_, document))| seen.is_none_or(|seen| seen.contains(document)))
        .map(|(row, (number, _))| (-embed::nearness(row, question), *number))
        .collect();
    let most = (EACH as usize).min(all.len());
    if most < all.len() {
        all.select_nth_unstable(most);
        all.truncate(most);
    }
    all.sort_unstable();
    // What points away has nothing to do with it.
    all.into_iter().filter(|(away, _)| *away < 0).map(|(_, number)| number).collect()
}
