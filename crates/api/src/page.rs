//! Paging by cursor: `?limit=&cursor=` in, `{items, next}` out. A cursor is opaque to callers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::{Answer, Problem};

const DEFAULT: u32 = 50;
const MOST: u32 = 200;

#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many at most: 1 to 200, 50 unless set.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

impl Paging {
    pub fn limit(&self) -> Answer<u32> {
        match self.limit.unwrap_or(DEFAULT) {
            limit @ 1..=MOST => Ok(limit),
            limit => Err(Problem::bad_request(format!("`limit` is 1 to {MOST}, not {limit}"))
                .fault("query.limit", "out of range")),
        }
    }

    /// One more than the page, to learn whether another follows.
    pub fn fetch(&self) -> Answer<u32> {
        Ok(self.limit()? + 1)
    }

    /// What the cursor holds.
    pub fn after<K: DeserializeOwned>(&self) -> Answer<Option<K>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        BASE64
            .decode(cursor)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .map(Some)
            .ok_or_else(|| {
                Problem::bad_request("the cursor is not one that this list gave")
                    .fault("query.cursor", "begin again without a cursor")
            })
    }

    /// The page of `rows`, which were fetched with [`Paging::fetch`].
    pub fn page<R, T, K: Serialize>(
        &self,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> K,
        item: impl FnMut(R) -> T,
    ) -> Answer<Page<T>> {
        let limit = self.limit()? as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| BASE64.encode(serde_json::to_vec(&key(row)).unwrap_or_default()));
        Ok(Page { items: rows.into_iter().map(item).collect(), next })
    }
}
