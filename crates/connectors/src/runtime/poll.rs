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

/// One look. Dropping the future cancels it.
pub struct PollCall<'a> {
    pub scope: Scope,
    /// `connector.trigger`.
    pub trigger: &'a str,
    /// The trigger's parameters.
    pub input: Value,
    pub credentials: Option<&'a Credentials>,
    /// Whether what is known by this id was not there before.
    pub is_new: &'a (dyn Fn(&str) -> bool + Sync),
    /// For the whole look.
    pub timeout: Duration,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// Of everything that is there, in the service's order.
    pub ids: Vec<String>,
    /// What was not there before, in the same order: id and `event.data`. At most 500; what is
    /// beyond is in `ids` only.
    pub new: Vec<(String, Value)>,
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
            return native.look(call.trigger, &params, call.is_new).await;
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
        let items = self.listed(poll, &mut names, &mut context).await?;
        let mut polled = Polled { ids: Vec::with_capacity(items.len()), new: Vec::new() };
        for item in items {
            names.item = item;
            let id = names.expr(&poll.id).map_err(|error| unreadable(&error, false))?.to_text();
            if polled.new.len() < MAX_EACH && (call.is_new)(&id) {
                if let Some(each) = &poll.each {
                    names.item = self.once(&each.exchange, &mut names, &mut context).await?;
                }
                let data = names.value(&poll.data).map_err(|error| unreadable(&error, false))?;
                polled.new.push((id.clone(), data));
            }
            polled.ids.push(id);
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
