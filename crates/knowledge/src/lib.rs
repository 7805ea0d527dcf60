//! Documents to answers: bases of documents, cut into passages, embedded, and found again by words and by
//! meaning together.
//!
//! A document is put into a base with its bytes ([`Knowledge::put`]) or its address; the [`indexing`] takes it
//! from there: [`extract`] makes text of it, [`chunk`] passages, [`embed`] vectors. Rows say what is to
//! be done, so that any server goes on where another died. [`search`](mod@search) asks full text and vectors, and
//! puts both orders together.
//!
//! Invariants: a passage that has not changed is not embedded again; a document that cannot be read is
//! one with an error, never a panic; what somebody may not see is left out by the store's own statements.

pub mod chunk;
pub mod embed;
mod error;
pub mod extract;
pub mod indexing;
pub mod search;
pub mod terms;
mod wordpiece;

use std::sync::Arc;

use codex32_connectors::http::Guarded;
use codex32_llm::Gateway;
use codex32_model::ids::{DocumentId, KnowledgeBaseId, NodeId};
use codex32_model::random::Random;
use codex32_model::time::Timestamp;
use codex32_model::{Clock, Scope};
use codex32_store::Store;
use codex32_store::knowledge::Base;
use codex32_store::knowledge::documents::{About, Document};
use sha2::{Digest as _, Sha256};

pub use codex32_store::knowledge::search::Who;
pub use error::Error;
pub use extract::{Extractor, Kind};
pub use search::{Hit, Query};

/// The model that comes with the program.
pub const BUILT_IN: &str = "built-in";
/// Largest document, in bytes.
pub const LARGEST: usize = 32 << 20;

pub struct Options {
    pub store: Store,
    /// Embeds for bases that name a model.
    pub gateway: Gateway,
    pub http: Guarded,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub extractor: Extractor,
    pub node: NodeId,
    /// How long a claim holds without news: [`indexing::LEASE`], shorter in tests.
    pub lease: std::time::Duration,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Knowledge(Arc<Inner>);

pub(crate) struct Inner {
    pub options: Options,
    pub matrices: search::Matrices,
    /// Told when there is something to index.
    pub told: tokio::sync::Notify,
}

/// A new base.
#[derive(Debug, Clone)]
pub struct NewBase {
    pub name: String,
    pub description: String,
    pub language: String,
    pub model: String,
}

impl Knowledge {
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Inner {
            options,
            matrices: search::Matrices::default(),
            told: tokio::sync::Notify::new(),
        }))
    }

    fn store(&self) -> &Store {
        &self.0.options.store
    }

    fn now(&self) -> Timestamp {
        self.0.options.clock.now()
    }

    fn ten(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.0.options.random.fill(&mut bytes);
        bytes
    }

    /// # Errors
    /// [`Error::Unfit`] when name, language or model cannot be, and those of the store.
    pub async fn create(&self, scope: Scope, new: NewBase) -> Result<Base, Error> {
        if !is_name(&new.name) {
            let detail = "is 1 to 60 letters a to z, digits and hyphens, the first a letter";
            return Err(Error::unfit("name", detail));
        }
        fits(&new.language, &new.model)?;
        let now = self.now();
        let base = Base {
            id: KnowledgeBaseId::new(now, self.ten()),
            name: new.name,
            description: new.description,
            language: new.language,
            model: new.model,
            revision: 0,
            created_at: now,
        };
        self.store().add_base(scope, base.clone()).await?;
        Ok(base)
    }

    /// Changes a base; another language or model has everything in it indexed anew.
    ///
    /// # Errors
    /// As [`Knowledge::create`].
    pub async fn change(&self, scope: Scope, base: Base) -> Result<(), Error> {
        fits(&base.language, &base.model)?;
        if !self.store().change_base(scope, base.clone()).await? {
            return Err(Error::NoBase(base.name));
        }
        self.0.told.notify_one();
        Ok(())
    }

    /// # Errors
    /// [`Error::NoBase`].
    pub async fn base(&self, scope: Scope, name: &str) -> Result<Base, Error> {
        let found = self.store().base(scope, name.to_owned()).await?;
        found.ok_or_else(|| Error::NoBase(name.to_owned()))
    }

    /// Puts a document into a base, and queues it; the same bytes under the same name are no work. Gives
    /// whether there is any.
    ///
    /// # Errors
    /// [`Error::Unfit`] when the document cannot be one, and those of the store.
    pub async fn put(
        &self,
        scope: Scope,
        base: &str,
        mut about: About,
        bytes: Vec<u8>,
    ) -> Result<(Document, bool), Error> {
        let base = self.base(scope, base).await?;
        check(&mut about)?;
        if about.name.contains("://") {
            return Err(Error::unfit("name", "is an address; those are fetched, not given"));
        }
        if bytes.is_empty() {
            return Err(Error::unfit("body", "is empty"));
        }
        if bytes.len() > LARGEST {
            return Err(Error::TooLarge(bytes.len()));
        }
        if about.kind.is_empty() {
            let kind = Kind::of(&about.name, None, &bytes);
            about.kind = kind.ok_or_else(|| Error::Kind(about.name.clone()))?.as_str().to_owned();
        }
        let hash = Sha256::digest(&bytes).to_vec();
        let now = self.now();
        let new = DocumentId::new(now, self.ten());
        let put =
            self.store().put_document(scope, base.id, new, about, Some((hash, bytes)), now).await?;
        self.0.told.notify_one();
        Ok(put)
    }

    /// Puts the document at an address into a base; it is fetched when it is indexed.
    ///
    /// # Errors
    /// As [`Knowledge::put`].
    pub async fn put_address(
        &self,
        scope: Scope,
        base: &str,
        mut about: About,
    ) -> Result<Document, Error> {
        let base = self.base(scope, base).await?;
        let address = codex32_connectors::http::parse_url(&about.name)
            .map_err(|error| Error::unfit("url", error.message))?;
        address.as_str().clone_into(&mut about.name);
        if about.source.is_empty() {
            about.source.clone_from(&about.name);
        }
        check(&mut about)?;
        let now = self.now();
        let new = DocumentId::new(now, self.ten());
        let (document, _) =
            self.store().put_document(scope, base.id, new, about, None, now).await?;
        self.0.told.notify_one();
        Ok(document)
    }

    /// There may be something to index.
    pub fn wake(&self) {
        self.0.told.notify_one();
    }
}

/// Whether a base may be called so.
fn is_name(name: &str) -> bool {
    (1..=60).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
}

fn fits(language: &str, model: &str) -> Result<(), Error> {
    if !terms::is_known(language) {
        return Err(Error::unfit("language", format!("is one of {}", terms::known().join(", "))));
    }
    if model.is_empty() || model.len() > 200 {
        return Err(Error::unfit("model", format!("is `{BUILT_IN}` or the name of a model")));
    }
    Ok(())
}

/// Bounds of what is told about a document.
fn check(about: &mut About) -> Result<(), Error> {
    if about.name.is_empty() || about.name.len() > 1_000 || about.name.contains('\0') {
        return Err(Error::unfit("name", "has 1 to 1000 bytes"));
    }
    if about.title.len() > 500 || about.source.len() > 2_000 {
        return Err(Error::unfit("title", "has at most 500 bytes, the source 2000"));
    }
    if about.source.is_empty() {
        about.source.clone_from(&about.name);
    }
    let plain = |tag: &String| {
        (1..=40).contains(&tag.len())
            && tag.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if about.tags.len() > 50 || !about.tags.iter().all(plain) {
        let detail = "are at most 50, each 1 to 40 letters a to z, digits and hyphens";
        return Err(Error::unfit("tags", detail));
    }
    let known = |reader: &String| reader.starts_with("act_") || reader.starts_with("bot_");
    let readers = about.readers.as_deref().unwrap_or_default();
    if readers.len() > 1_000 || !readers.iter().all(known) {
        return Err(Error::unfit("readers", "are at most 1000 ids of actors and bots"));
    }
    if !about.kind.is_empty() && Kind::parse(&about.kind).is_none() {
        return Err(Error::Kind(about.kind.clone()));
    }
    Ok(())
}
