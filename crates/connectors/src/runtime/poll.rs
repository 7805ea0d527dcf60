//! Looking for what happened in another system: one question of a trigger's `poll`.

use std::time::Duration;

use codex32_model::codes::connector as codes;
use codex32_model::{Scope, Value};
use tokio::time::Instant;

use super::{Context, MAX_EACH, Runtime, unreadable};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::params;
use crate::plan::{Names, TriggerPlan};
use crate::redact::Redactor;

/// Items of one list that are looked at, the newest.
pub const MOST_ITEMS: usize = 10_000;

/// One look. Dropping the future cancels it.
#[derive(Clone)]
pub struct PollCall<'a> {
    pub scope: Scope,
    /// `connector.trigger`.
    pub trigger: &'a str,
    /// The trigger's parameters.
    pub input: Value,
    pub credentials: Option<&'a Credentials>,
    /// Whether what is known by this id was not there before.
    pub is_new: &'a (dyn Fn(&str) -> bool + Sync),
    /// Most new items to bring; where there are more, those that happened first.
    pub most: usize,
    /// For the whole look.
    pub timeout: Duration,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// Of everything that is there, in the service's order; at most [`MOST_ITEMS`].
    pub ids: Vec<String>,
    /// What was not there before, in the same order: id and `event.data`.
    pub new: Vec<(String, Value)>,
    /// How many more are new: those that happened last.
    pub more: usize,
    /// Whether the order begins with what happened first.
    pub oldest_first: bool,
}

impl Polled {
    pub(crate) const fn new(oldest_first: bool) -> Self {
        Self { ids: Vec::new(), new: Vec::new(), more: 0, oldest_first }
    }

    /// Both lists in the order in which things happened.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        if !self.oldest_first {
            self.ids.reverse();
            self.new.reverse();
            self.oldest_first = true;
        }
        self
    }
}

/// Which of `count` new items, in the service's order, are brought: at most `most`, those that
/// happened first.
pub(crate) fn brought(count: usize, most: usize, oldest_first: bool) -> std::ops::Range<usize> {
    if oldest_first { 0..count.min(most) } else { count.saturating_sub(most)..count }
}

impl Runtime {
    pub async fn poll(&self, call: PollCall<'_>) -> Result<Polled, Failure> {
        let redactor = call.credentials.map(Redactor::new).unwrap_or_default();
        let polled = self.look(call).await.map_err(|failure| redactor.failure(failure))?;
        let clean = |(id, data): (String, Value)| (id, redactor.value(data));
        Ok(Polled { new: polled.new.into_iter().map(clean).collect(), ..polled })
    }

    async fn look(&self, call: PollCall<'_>) -> Result<Polled, Failure> {
        let unknown = || {
            let message = format!("There is no trigger `{}`.", call.trigger);
            Failure::new(codes::UNKNOWN_ACTION, message)
        };
        let (connector, name) = call.trigger.split_once('.').ok_or_else(unknown)?;
        let manifest = self.connectors.manifest(connector).ok_or_else(unknown)?;
        let trigger = manifest.triggers.get(name).ok_or_else(unknown)?;
        let plan = self.connectors.plan(connector).ok_or_else(unknown)?;
        if call.credentials.is_none() && !manifest.auth.is_empty() {
            let message = format!("`{}` needs a connection of `{connector}`.", call.trigger);
            return Err(Failure::new(codes::NO_CONNECTION, message));
        }
        if call.credentials.is_some_and(|credentials| credentials.connector() != connector) {
            let message = format!("`{}` needs a connection of `{connector}`.", call.trigger);
            return Err(Failure::new(codes::CONNECTION_KIND, message));
        }
        let params = params::prepare(&trigger.params, &call.input).map_err(Failure::params)?;
        if trigger.native {
            let deadline = Instant::now() + call.timeout;
            let native = self.native(call.scope, call.credentials, deadline);
            return native.look(call.trigger, &params, call.is_new, call.most).await;
        }
        let poll = plan.triggers.get(name).ok_or_else(unknown)?;
        let connection = call.credentials.map_or(Value::Null, Credentials::to_value);
        let mut names = Names::new(params, connection, self.clock.now());
        let mut context = Context {
            plan,
            credentials: call.credentials,
            idempotency: None,
            write: false,
            deadline: Instant::now() + call.timeout,
            logs: Vec::new(),
        };
        self.look_up(&poll.lookups, &mut names, &mut context).await?;
        let mut items = self.listed(poll, &mut names, &mut context).await?;
        if poll.oldest_first {
            items.drain(..items.len().saturating_sub(MOST_ITEMS));
        } else {
            items.truncate(MOST_ITEMS);
        }
        let mut polled = Polled::new(poll.oldest_first);
        let mut new = Vec::new();
        for item in items {
            names.item = item;
            let id = names.expr(&poll.id).map_err(|error| unreadable(&error, false))?.to_text();
            if id.is_empty() {
                continue;
            }
            if (call.is_new)(&id) {
                new.push((id.clone(), std::mem::take(&mut names.item)));
            }
            polled.ids.push(id);
        }
        let brought = brought(new.len(), call.most.min(MAX_EACH), poll.oldest_first);
        polled.more = new.len() - brought.len();
        for (id, item) in new.drain(brought) {
            names.item = item;
            if let Some(each) = &poll.each {
                names.item = self.once(&each.exchange, &mut names, &mut context).await?;
            }
            let data = names.value(&poll.data).map_err(|error| unreadable(&error, false))?;
            polled.new.push((id, data));
        }
        Ok(polled)
    }

    async fn listed(
        &self,
        poll: &TriggerPlan,
        names: &mut Names,
        context: &mut Context<'_>,
    ) -> Result<Vec<Value>, Failure> {
        let list = match &poll.paging {
            Some(paging) => {
                self.pages(&poll.exchange, paging, names, context).await?;
                names.response.get("items").cloned().unwrap_or_default()
            }
            None => {
                self.exchange(&poll.exchange, names, context).await?;
                names.expr(&poll.items).map_err(|error| unreadable(&error, false))?
            }
        };
        Ok(list.as_list().unwrap_or_default().to_vec())
    }
}
