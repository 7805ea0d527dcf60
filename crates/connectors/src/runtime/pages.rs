//! Reading all pages of a list.
//!
//! Bounded by the manifest's number of pages, the items wanted, the attempt's deadline, and a weight
//! in memory; it never follows to another origin.

use codex32_model::Value;
use codex32_model::codes::connector as codes;

use super::{Context, Runtime, request, sign, unreadable};
use crate::failure::Failure;
use crate::http::{self, Response, Url};
use crate::plan::{Exchange, Names, Next, PagingPlan, Slot};

/// Most items unless `limit` asks for fewer.
const MAX_ITEMS: usize = 100_000;

/// Largest list, in bytes of memory.
const MAX_WEIGHT: usize = 64 << 20;

/// Where the next page is.
enum Page {
    First,
    At(Slot, Value),
    Url(Url),
}

impl Runtime {
    /// All items in `response.items`, the last answer in `response`.
    pub(super) async fn pages(
        &self,
        exchange: &Exchange,
        paging: &PagingPlan,
        names: &mut Names,
        context: &mut Context<'_>,
    ) -> Result<(), Failure> {
        let limit = match &paging.limit {
            None => MAX_ITEMS,
            Some(limit) => {
                let limit = names.expr(limit).map_err(|error| super::unbuildable(&error))?;
                let limit = limit.as_i64().and_then(|limit| usize::try_from(limit).ok());
                limit.unwrap_or(MAX_ITEMS).min(MAX_ITEMS)
            }
        };
        let mut items: Vec<Value> = Vec::new();
        let mut weight = 0;
        let mut page = match &paging.next {
            Next::Page(first, slot) | Next::Offset(first, slot) => {
                Page::At(slot.clone(), Value::Int(*first))
            }
            _ => Page::First,
        };
        for number in 1..=paging.max_pages {
            let request = self.request(exchange, names, context, &page)?;
            let origin = request.url.origin();
            let response = self.send(request, context).await?;
            let link = link(&response, &paging.next);
            let here = response.url.clone();
            self.judge(exchange, names, context, response)?;
            let found = names.expr(&paging.items).map_err(|error| unreadable(&error, false))?;
            let found = found.as_list().unwrap_or_default().to_vec();
            let count = found.len();
            weight += found.iter().map(Value::weight).sum::<usize>();
            items.extend(found);
            if weight > MAX_WEIGHT {
                let message = format!("The list is larger than {MAX_WEIGHT} bytes.");
                return Err(Failure::new(codes::TOO_LARGE, message));
            }
            let next = self.next(paging, names, link, (number, count, items.len()))?;
            match next {
                Some(next) if items.len() < limit => page = next,
                _ => break,
            }
            if let Page::Url(url) = &mut page {
                let leaves = url.origin() != origin && url.origin() != here.origin();
                if leaves {
                    let message = "The next page is on another server; it is not fetched.";
                    return Err(Failure::new(codes::REDIRECT, message));
                }
            }
        }
        items.truncate(limit);
        if let Value::Object(response) = &mut names.response {
            std::sync::Arc::make_mut(response).insert("items".into(), Value::from(items));
        }
        Ok(())
    }

    fn request(
        &self,
        exchange: &Exchange,
        names: &mut Names,
        context: &Context<'_>,
        page: &Page,
    ) -> Result<http::Request, Failure> {
        let more = |name: &String, value: &Value| vec![(name.clone(), value.clone())];
        match page {
            Page::First => request::build(exchange, names, context),
            Page::At(Slot::Query(name), value) => {
                request::build_with(exchange, names, context, &more(name, value), &[])
            }
            Page::At(Slot::Json(name), value) => {
                request::build_with(exchange, names, context, &[], &more(name, value))
            }
            Page::Url(url) => {
                let mut request = request::build(exchange, names, context)?;
                request.url = url.clone();
                // A key in the query is not part of the address that the service gave.
                sign::sign(names, context, &mut request.url, &mut request.credentials)?;
                Ok(request)
            }
        }
    }

    fn next(
        &self,
        paging: &PagingPlan,
        names: &mut Names,
        link: Option<Url>,
        (number, count, total): (u32, usize, usize),
    ) -> Result<Option<Page>, Failure> {
        let failed = |error| unreadable(&error, false);
        Ok(match &paging.next {
            Next::Cursor(cursor, slot) => {
                let cursor = names.expr(cursor).map_err(failed)?;
                cursor.truthy().then(|| Page::At(slot.clone(), cursor))
            }
            Next::Url(next) => {
                let next = names.expr(next).map_err(failed)?.to_text();
                if next.is_empty() {
                    None
                } else {
                    let url = http::parse_url(&next);
                    Some(Page::Url(url.map_err(|e| Failure::new(e.code, e.message))?))
                }
            }
            Next::Link(_) => link.map(Page::Url),
            Next::Page(first, slot) => {
                (count > 0).then(|| Page::At(slot.clone(), Value::Int(first + i64::from(number))))
            }
            Next::Offset(first, slot) => {
                let read = i64::try_from(total).unwrap_or(i64::MAX);
                (count > 0).then(|| Page::At(slot.clone(), Value::Int(first.saturating_add(read))))
            }
        })
    }
}

/// The target of a relation in the `Link` header (RFC 8288): `<https://…>; rel="next"`.
fn link(response: &Response, next: &Next) -> Option<Url> {
    let Next::Link(relation) = next else { return None };
    for value in response.headers.get_all("link") {
        for part in value.to_str().ok()?.split(",") {
            let Some((target, params)) = part.split_once('>') else { continue };
            let wanted =
                params.split(';').filter_map(|param| param.split_once('=')).any(|(name, value)| {
                    let mut relations = value.trim().trim_matches('"').split_whitespace();
                    name.trim().eq_ignore_ascii_case("rel") && relations.any(|r| r == relation)
                });
            if wanted {
                let target = target.trim().trim_start_matches('<');
                return response.url.join(target).ok();
            }
        }
    }
    None
}
