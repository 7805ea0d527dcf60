//! Finding passages: by words (FTS5, tsvector), and their vectors for whoever compares them. What somebody
//! may not see is left out by the statements themselves.

use std::collections::HashSet;

use codex32_model::Scope;
use codex32_model::ids::{DocumentId, KnowledgeBaseId};
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Cell, Dialect, Param, Reader};

/// Who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Whoever keeps the base: sees all of it.
    Keeper,
    /// The id of an actor or bot.
    Reader(String),
}

/// What is looked for among.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Among {
    pub who: Who,
    pub kind: Option<String>,
    pub tag: Option<String>,
    /// A document's name.
    pub document: Option<String>,
    pub since: Option<Timestamp>,
}

/// A passage as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    pub number: i64,
    pub heading: String,
    pub text: String,
    pub position: u32,
    pub document: DocumentId,
    pub name: String,
    pub title: String,
    pub source: String,
    pub kind: String,
    pub dated_at: Timestamp,
}

/// Vectors of a base, as they stand in the database.
#[derive(Debug, Clone, Default)]
pub struct Vectors {
    pub revision: i64,
    pub numbers: Vec<i64>,
    pub documents: Vec<DocumentId>,
    /// All of one length, one after the other.
    pub bytes: Vec<u8>,
    pub length: usize,
}

/// Of a document `d`: it may be seen and is among what is asked for. Takes parameters 2 to 7.
const SEEN: &str = "(?2 = '*' OR d.restricted = 0 OR EXISTS (SELECT 1 FROM knowledge_readers r
    WHERE r.document = d.id AND r.reader = ?2))
  AND (?3 = '' OR d.kind = ?3) AND (?4 = '' OR d.tags LIKE ?4) AND (?5 = '' OR d.name = ?5)
  AND d.dated_at >= ?6";

fn seen<'a>(base: KnowledgeBaseId, among: &'a Among) -> Vec<Param<'a>> {
    let who = match &among.who {
        Who::Keeper => "*",
        Who::Reader(id) => id.as_str(),
    };
    let tag = among.tag.as_ref().map(|tag| format!("%|{tag}|%")).unwrap_or_default();
    vec![
        Param::from(base),
        Param::from(who),
        Param::from(among.kind.as_deref().unwrap_or_default()),
        Param::from(tag),
        Param::from(among.document.as_deref().unwrap_or_default()),
        Param::from(among.since.unwrap_or(Timestamp::from_micros(0))),
    ]
}

/// Passages that have any of the words, best first. The words are stemmed and of letters and digits.
fn by_words(
    reader: &Reader<'_>,
    base: KnowledgeBaseId,
    among: &Among,
    words: &[String],
    most: u32,
) -> Result<Vec<i64>, StoreError> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let mut params = seen(base, among);
    match reader.dialect() {
        Dialect::Sqlite => {
            let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            let of = term_of(base);
            params.push(Param::from(format!("\"{of}\" AND ({})", words.join(" OR "))));
            params.push(Param::from(most));
            let sql = format!(
                "SELECT c.number FROM knowledge_text JOIN knowledge_chunks c
                   ON c.number = knowledge_text.rowid JOIN knowledge_documents d ON d.id = c.document
                 WHERE knowledge_text MATCH ?7 AND c.base = ?1 AND {SEEN}
                 ORDER BY bm25(knowledge_text), c.number LIMIT ?8"
            );
            reader.query(&sql, &params, |row| row.get(0))
        }
        Dialect::Postgres => {
            let weights = weights(reader, base, words)?;
            let known: Vec<_> =
                words.iter().zip(weights).filter(|(_, weight)| *weight > 0.0).collect();
            if known.is_empty() {
                return Ok(Vec::new());
            }
            let any: Vec<_> = known.iter().map(|(word, _)| format!("'{word}'")).collect();
            params.push(Param::from(any.join(" | ")));
            params.push(Param::from(most));
            let mut score = Vec::new();
            for (word, weight) in &known {
                let at = params.len() + 1;
                // ts_rank grows with how often a word is there, and less and less, as BM25 does.
                score.push(format!(
                    "CAST(?{at} AS double precision)
                       * ts_rank(c.lexemes, to_tsquery('simple', ?{}), 1)",
                    at + 1
                ));
                params.push(Param::from(*weight));
                params.push(Param::from(format!("'{word}'")));
            }
            let sql = format!(
                "SELECT c.number FROM knowledge_chunks c JOIN knowledge_documents d
                   ON d.id = c.document
                 WHERE c.base = ?1 AND c.lexemes @@ to_tsquery('simple', ?7) AND {SEEN}
                 ORDER BY {} DESC, c.number LIMIT ?8",
                score.join(" + ")
            );
            reader.query(&sql, &params, |row| row.get(0))
        }
    }
}

/// How much each word says: the rarer, the more (the inverse document frequency of BM25).
fn weights(
    reader: &Reader<'_>,
    base: KnowledgeBaseId,
    words: &[String],
) -> Result<Vec<f64>, StoreError> {
    let mut params = vec![Param::from(base)];
    let mut counts = vec!["(SELECT count(*) FROM knowledge_chunks WHERE base = ?1)".to_owned()];
    for word in words {
        params.push(Param::from(format!("'{word}'")));
        counts.push(format!(
            "(SELECT count(*) FROM knowledge_chunks
              WHERE base = ?1 AND lexemes @@ to_tsquery('simple', ?{}))",
            params.len()
        ));
    }
    let sql = format!("SELECT {}", counts.join(", "));
    let found = reader.first(&sql, &params, |row| {
        (0..=words.len()).map(|index| row.get::<f64>(index)).collect::<Result<Vec<_>, _>>()
    })?;
    let found = found.unwrap_or_default();
    let all = found.first().copied().unwrap_or(0.0);
    Ok(found
        .iter()
        .skip(1)
        .map(|with| if *with > 0.0 { (1.0 + (all - with + 0.5) / (with + 0.5)).ln() } else { 0.0 })
        .collect())
}

/// The word that every passage of a base begins with, so that an index over all bases finds one's.
pub fn term_of(base: KnowledgeBaseId) -> String {
    let hex: String = base.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("kb{hex}")
}

impl Store {
    /// Numbers of passages that have any of the words, best first.
    pub async fn find_words(
        &self,
        scope: Scope,
        base: KnowledgeBaseId,
        among: Among,
        words: Vec<String>,
        most: u32,
    ) -> Result<Vec<i64>, StoreError> {
        self.read(move |reader| {
            let sql = "SELECT 1 FROM knowledge_bases WHERE workspace = ?1 AND id = ?2";
            if !reader.exists(sql, params![scope.workspace, base])? {
                return Ok(Vec::new());
            }
            by_words(reader, base, &among, &words, most)
        })
        .await
    }

    /// The documents of a base that may be seen and are among what is asked for.
    pub async fn seen_documents(
        &self,
        scope: Scope,
        base: KnowledgeBaseId,
        among: Among,
    ) -> Result<HashSet<DocumentId>, StoreError> {
        self.read(move |reader| {
            let mut params = seen(base, &among);
            params.push(Param::from(scope.workspace));
            let sql = format!(
                "SELECT d.id FROM knowledge_documents d
                 WHERE d.base = ?1 AND d.workspace = ?7 AND {SEEN}"
            );
            Ok(reader.query(&sql, &params, |row| row.get(0))?.into_iter().collect())
        })
        .await
    }

    /// All vectors of a base that were made by `model`.
    pub async fn vectors(
        &self,
        scope: Scope,
        base: KnowledgeBaseId,
        model: String,
    ) -> Result<Vectors, StoreError> {
        self.read(move |reader| {
            let sql = "SELECT revision FROM knowledge_bases WHERE workspace = ?1 AND id = ?2";
            let revision =
                reader.first(sql, params![scope.workspace, base], |row| row.get::<i64>(0))?;
            let Some(revision) = revision else { return Ok(Vectors::default()) };
            let mut out = Vectors { revision, ..Vectors::default() };
            reader.query(
                "SELECT number, document, vector FROM knowledge_chunks
                 WHERE base = ?1 AND model = ?2 ORDER BY number",
                params![base, &model],
                |row| {
                    let Cell::Blob(bytes) = row.cell(2)? else { return Ok(()) };
                    if out.length == 0 {
                        out.length = bytes.len();
                    }
                    if bytes.len() == out.length {
                        out.numbers.push(row.get(0)?);
                        out.documents.push(row.get(1)?);
                        out.bytes.extend_from_slice(bytes);
                    }
                    Ok(())
                },
            )?;
            Ok(out)
        })
        .await
    }

    /// Passages by their numbers, in that order; those that may not be seen are left out.
    pub async fn passages(
        &self,
        scope: Scope,
        base: KnowledgeBaseId,
        among: Among,
        numbers: Vec<i64>,
    ) -> Result<Vec<Passage>, StoreError> {
        self.read(move |reader| {
            let sql = format!(
                "SELECT c.number, c.heading, c.text, c.position, d.id, d.name, d.title, d.source, d.kind,
                   d.dated_at FROM knowledge_chunks c JOIN knowledge_documents d ON d.id = c.document
                 WHERE c.number = ?7 AND c.base = ?1 AND d.workspace = ?8 AND {SEEN}"
            );
            let mut out = Vec::new();
            for number in &numbers {
                let mut params = seen(base, &among);
                params.extend([Param::from(*number), Param::from(scope.workspace)]);
                out.extend(reader.first(&sql, &params, |row| {
                    Ok(Passage {
                        number: row.get(0)?,
                        heading: row.get(1)?,
                        text: row.get(2)?,
                        position: row.get(3)?,
                        document: row.get(4)?,
                        name: row.get(5)?,
                        title: row.get(6)?,
                        source: row.get(7)?,
                        kind: row.get(8)?,
                        dated_at: row.get(9)?,
                    })
                })?);
            }
            Ok(out)
        })
        .await
    }
}
