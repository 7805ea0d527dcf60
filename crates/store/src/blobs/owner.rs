//! Whose blobs these are. A database and its blob storage know each other by a number that both have,
//! so that servers on one database that do not use the same storage are found out at their start.

use futures::TryStreamExt;

use super::Blobs;
use crate::error::StoreError;
use crate::held;
use crate::open::Store;

/// The number's key in `meta`.
pub(crate) const OWNER: &str = "blobs";

impl Store {
    /// Makes sure that the blobs belong to this database. `new`: the number that a new storage gets;
    /// `lost`: go on with an empty storage although the database had another.
    ///
    /// # Errors
    /// [`StoreError::Blobs`] when they do not.
    pub async fn own_blobs(&self, new: [u8; 16], lost: bool) -> Result<(), StoreError> {
        let blobs = self.blobs();
        let owner = self.read(|reader| held::value(reader, OWNER)).await?;
        let mark = blobs.mark().await?;
        let refused = |why: String| Err(StoreError::Blobs(format!("{}: {why}", blobs.name())));
        let other =
            || refused("it belongs to another store, and each needs one of its own".to_owned());
        match (owner, mark) {
            (Some(owner), Some(mark)) if owner == mark => Ok(()),
            (Some(owner), None) if lost => blobs.set_mark(&owner).await,
            (Some(_), None) => refused(
                "it is empty, and the large values of this database are elsewhere: all servers on one \
                 database are given the same --blobs, and a storage that is moved takes the file \
                 codex32-blobs with it"
                    .to_owned(),
            ),
            (Some(_), Some(_)) => other(),
            (None, Some(_)) if blobs.figures().await?.0 > 0 => other(),
            (None, mark) => {
                let mark = match mark {
                    Some(mark) => mark,
                    None => blobs.first_mark(&hex(new)).await?,
                };
                let owner = self
                    .write(move |tx| {
                        let owner = held::value(&tx.reader(), OWNER)?;
                        if owner.is_none() {
                            held::set(tx, OWNER, Some(&mark))?;
                        }
                        Ok(owner.is_none_or(|owner| owner == mark))
                    })
                    .await?;
                if owner { Ok(()) } else { other() }
            }
        }
    }
}

impl Store {
    /// Makes sure that the blobs still are this database's, before any is removed: a store that was
    /// restored may have taken them over.
    pub(super) async fn still_owns_blobs(&self) -> Result<(), StoreError> {
        let owner = self.read(|reader| held::value(reader, OWNER)).await?;
        if owner.is_none() || owner == self.blobs().mark().await? {
            return Ok(());
        }
        let name = self.blobs().name();
        Err(StoreError::Blobs(format!("{name}: it belongs to another store by now")))
    }
}

impl Blobs {
    /// Makes sure that nobody loses by what arrives here from another place: the database that has this
    /// storage would take for its own what is not, and the other way round.
    pub(crate) async fn receive(&self, replace: bool) -> Result<(), StoreError> {
        if replace || self.mark().await?.is_none() {
            return Ok(());
        }
        // A server that was started once has marked it, and put nothing there.
        if Box::pin(self.list()).try_next().await?.is_none() {
            return Ok(());
        }
        Err(StoreError::Blobs(format!(
            "{}: it belongs to a store already; take a new one, or --replace if that store is gone",
            self.name()
        )))
    }

    /// What arrived has these blobs from now on.
    pub(crate) async fn arrived(&self, owner: Option<&str>) -> Result<(), StoreError> {
        match owner {
            Some(owner) => self.set_mark(owner).await,
            // It is from before there were any, and gets a number when it is opened.
            None => self.remove_mark().await,
        }
    }
}

fn hex(bytes: [u8; 16]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
