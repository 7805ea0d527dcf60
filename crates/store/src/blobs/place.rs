//! Where blobs are, as it is configured.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use codex32_model::Timestamp;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use crate::committer::Flushing;
use crate::error::StoreError;

/// How long a bucket that does not answer is asked again, as long as a database is.
const PATIENCE: Duration = Duration::from_secs(10);
/// One answer, which may bring some megabytes.
const ANSWER: Duration = Duration::from_secs(60);
/// In the names of files that `object_store` is writing, and in no blob's.
const UNNAMED: u8 = b'#';
/// In the data folder.
const FOLDER: &str = "blobs";

/// A folder, or a bucket of S3 or what speaks like it.
#[derive(Clone)]
pub enum BlobPlace {
    Folder(PathBuf),
    Bucket {
        /// `s3://bucket/prefix`.
        url: Url,
        /// Credentials, region and endpoint, as AWS's own programs call them in the environment.
        settings: Vec<(String, String)>,
    },
}

/// Without the settings, which hold credentials.
impl fmt::Debug for BlobPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl BlobPlace {
    /// Beside the database of a data folder.
    pub fn in_data(folder: &Path) -> Self {
        Self::Folder(folder.join(FOLDER))
    }

    /// A folder, or `s3://bucket/prefix?endpoint=…&region=…`; `environment` are the variables `AWS_…`.
    ///
    /// # Errors
    /// [`StoreError::Blobs`] when it is neither.
    pub fn parse(text: &str, environment: Vec<(String, String)>) -> Result<Self, StoreError> {
        let wrong = |why: &dyn fmt::Display| StoreError::Blobs(format!("`{text}`: {why}"));
        if !text.contains("://") {
            return Ok(Self::Folder(text.into()));
        }
        let mut url = Url::parse(text).map_err(|error| wrong(&error))?;
        if url.scheme() != "s3" {
            return Err(wrong(&"give a folder or s3://bucket/prefix"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong(&"it names no bucket"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            let why = "credentials are given in the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY";
            return Err(StoreError::Blobs(why.to_owned()));
        }
        let mut settings = environment;
        for (name, value) in url.query_pairs() {
            match &*name {
                "endpoint" => settings.push(("aws_endpoint".to_owned(), value.into_owned())),
                "region" => settings.push(("aws_region".to_owned(), value.into_owned())),
                other => return Err(wrong(&format!("it has the unknown option `{other}`"))),
            }
        }
        url.set_query(None);
        Ok(Self::Bucket { url, settings })
    }

    /// For people; two places of the same name are the same place.
    pub fn name(&self) -> String {
        match self {
            Self::Folder(folder) => {
                let whole = folder.canonicalize();
                whole.as_deref().unwrap_or(folder).display().to_string()
            }
            Self::Bucket { url, settings } => {
                let name = url.as_str().trim_end_matches('/');
                match settings
                    .iter()
                    .rev()
                    .find(|(name, _)| name.to_lowercase().contains("endpoint"))
                {
                    Some((_, endpoint)) => format!("{name} at {endpoint}"),
                    None => name.to_owned(),
                }
            }
        }
    }

    /// Whether other machines see it by its name.
    pub const fn is_shared(&self) -> bool {
        matches!(self, Self::Bucket { .. })
    }

    /// Removes what a crash left of blobs before they got their names, if it is from before then. A bucket
    /// has none: an object is there as a whole or not at all.
    pub(super) fn sweep(&self, before: Timestamp) -> std::io::Result<u64> {
        let Self::Folder(folder) = self else { return Ok(0) };
        let (mut folders, mut gone) = (vec![folder.clone()], 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() && entry.file_name().as_encoded_bytes().contains(&UNNAMED)
                {
                    let written = entry.metadata()?.modified()?.duration_since(UNIX_EPOCH);
                    let written = written.map_or(0, |since| since.as_micros());
                    if i128::try_from(written).is_ok_and(|at| at <= i128::from(before.micros())) {
                        std::fs::remove_file(entry.path())?;
                        gone += 1;
                    }
                }
            }
        }
        Ok(gone)
    }

    pub(super) fn open(&self, flushing: Flushing) -> Result<Arc<dyn ObjectStore>, StoreError> {
        let wrong =
            |error: &dyn fmt::Display| StoreError::Blobs(format!("{}: {error}", self.name()));
        match self {
            Self::Folder(folder) => {
                std::fs::create_dir_all(folder).map_err(|error| wrong(&error))?;
                crate::transfer::file::flush_folder(folder)?;
                let objects =
                    LocalFileSystem::new_with_prefix(folder).map_err(|error| wrong(&error))?;
                Ok(Arc::new(objects.with_fsync(flushing == Flushing::Full)))
            }
            Self::Bucket { url, settings } => {
                // A second installation is refused, and then the first one serves.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let mut bucket = AmazonS3Builder::new().with_url(url.as_str());
                let mut in_clear = false;
                for (name, value) in settings {
                    // What is none of the bucket's business is left alone.
                    let Ok(name) = name.to_lowercase().parse::<AmazonS3ConfigKey>() else {
                        continue;
                    };
                    in_clear |=
                        matches!(name, AmazonS3ConfigKey::Endpoint) && value.starts_with("http://");
                    bucket = bucket.with_config(name, value);
                }
                let retry = RetryConfig { retry_timeout: PATIENCE, ..RetryConfig::default() };
                let client = ClientOptions::new()
                    .with_timeout(ANSWER)
                    .with_connect_timeout(PATIENCE)
                    .with_allow_http(in_clear);
                let objects = bucket
                    // Not all that speak like S3 know requests for many, and blobs go one by one.
                    .with_disable_bulk_delete(true)
                    .with_retry(retry)
                    .with_client_options(client)
                    .build()
                    .map_err(|error| wrong(&error))?;
                let prefix =
                    Key::parse(url.path().trim_matches('/')).map_err(|error| wrong(&error))?;
                Ok(Arc::new(PrefixStore::new(objects, prefix)))
            }
        }
    }
}
