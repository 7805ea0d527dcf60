//! What people do with approvals: answer one, hand one on. An answer is written down first; then the run
//! takes it, and only what its journal says is told as decided.

use std::sync::Arc;
use std::time::Duration;

use codex32_flow::flow::Op;
use codex32_flow::schema::check_value;
use codex32_model::Scope;
use codex32_model::definition::Approve;
use codex32_model::ids::ApprovalId;
use codex32_model::schema::Fields;
use codex32_model::value::{Object, Value};
use codex32_store::approvals::{Approval, ApprovalState};

use crate::driver::Message;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::run::{MOST_PEOPLE, op_at};

/// Longest comment, in characters, and most bytes that a filled form may have.
const MOST_COMMENT: usize = 2_000;
const MOST_FORM: usize = 48 << 10;
/// How long an answer waits for its run to take it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often that is looked for, where another server may drive the run.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What somebody says to an approval.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub approved: bool,
    /// Who says it, for people and for the bot.
    pub by: String,
    /// How they came to say it: `api`, or `link`.
    pub via: &'static str,
    pub comment: String,
    pub form: Value,
    /// Whether the form's values are texts, as a browser sends them.
    pub coerce: bool,
}

impl Engine {
    /// Answers an approval, and gives it as it is then: still open if its run has not taken the answer in
    /// ten seconds (it is recorded, and will be).
    ///
    /// # Errors
    /// When there is none, it was decided before, its time is over, or the form does not fit.
    pub async fn answer(
        &self,
        scope: Scope,
        id: ApprovalId,
        verdict: Verdict,
    ) -> Result<Approval, EngineError> {
        let inner = &self.inner;
        inner.refuse_held()?;
        let approval = self.open_approval(scope, id).await?;
        if verdict.comment.chars().count() > MOST_COMMENT {
            let message = format!("is longer than {MOST_COMMENT} characters");
            return Err(EngineError::Form(vec![("comment".to_owned(), message)]));
        }
        let asked = self.asked(scope, &approval).await?;
        let form = filled(&asked.form, &verdict)?;
        let now = inner.now();
        let said = Value::object([
            ("approved", Value::Bool(verdict.approved)),
            ("by", Value::from(verdict.by.as_str())),
            ("via", Value::from(verdict.via)),
            ("at", Value::from(now.to_string())),
            ("comment", Value::from(verdict.comment.trim())),
            ("form", form),
        ]);
        let mut watching = self.watch(approval.run);
        if !inner.store.answer_approval(scope, id, said, now).await? {
            // Somebody was faster, or it is over.
            self.open_approval(scope, id).await?;
            return Err(EngineError::Decided("its time is over".to_owned()));
        }
        // Whoever asked may have gone: the run is told all the same.
        let deliver = Arc::clone(inner).deliver(scope.workspace, approval.run, Message::Answered);
        let told = tokio::spawn(deliver);
        let until = tokio::time::Instant::now() + PATIENCE;
        let _ = tokio::time::timeout_at(until, told).await;
        loop {
            let now = self.approval(scope, id).await?;
            if now.state != ApprovalState::Open || tokio::time::Instant::now() >= until {
                return Ok(now);
            }
            let soon = (tokio::time::Instant::now() + LOOK_EVERY).min(until);
            if let Ok(Err(_)) = tokio::time::timeout_at(soon, watching.recv()).await {
                tokio::time::sleep_until(soon).await;
                watching = self.watch(approval.run);
            }
        }
    }

    /// Hands an approval on to another address, which gets a link of its own.
    ///
    /// # Errors
    /// When there is none, it was decided, or it cannot go to that address.
    pub async fn hand_on(
        &self,
        scope: Scope,
        id: ApprovalId,
        to: String,
        by: String,
    ) -> Result<(), EngineError> {
        let inner = &self.inner;
        inner.refuse_held()?;
        let to = to.trim().to_owned();
        let plain = to.len() <= 320 && !to.contains(char::is_control) && !to.contains([',', ';']);
        if !(plain
            && to.split_once('@').is_some_and(|(who, place)| !who.is_empty() && !place.is_empty()))
        {
            return Err(EngineError::HandOn("this is no email address".to_owned()));
        }
        self.open_approval(scope, id).await?;
        let most = u32::try_from(MOST_PEOPLE).unwrap_or(u32::MAX);
        let now = inner.now();
        if !inner.store.hand_on(scope, id, (to, by), most, now).await? {
            self.open_approval(scope, id).await?;
            let why = format!("it was asked already, or {MOST_PEOPLE} people were");
            return Err(EngineError::HandOn(why));
        }
        inner.notices.notify_one();
        Ok(())
    }

    /// # Errors
    /// When there is no such approval.
    pub async fn approval(&self, scope: Scope, id: ApprovalId) -> Result<Approval, EngineError> {
        let found = self.inner.store.approval(scope, id).await?;
        found.ok_or(EngineError::NoApproval(id))
    }

    /// The fields that an approval asks for.
    ///
    /// # Errors
    /// When the bot's version cannot be read.
    pub async fn approval_form(
        &self,
        scope: Scope,
        approval: &Approval,
    ) -> Result<Fields, EngineError> {
        Ok(self.asked(scope, approval).await?.form)
    }

    /// One that can still be answered.
    async fn open_approval(&self, scope: Scope, id: ApprovalId) -> Result<Approval, EngineError> {
        let approval = self.approval(scope, id).await?;
        match told(&approval) {
            Some(how) => Err(EngineError::Decided(how)),
            None => Ok(approval),
        }
    }

    /// The step that asks.
    async fn asked(&self, scope: Scope, approval: &Approval) -> Result<Approve, EngineError> {
        let inner = &self.inner;
        let run = inner.store.run(scope, approval.run).await?;
        let run = run.ok_or(EngineError::NoRun(approval.run))?;
        let live = inner.flows.load(scope.workspace, run.bot, run.version).await?;
        match op_at(&live.flow, &approval.address) {
            Some(Op::Approve { approve, .. }) => Ok(approve.clone()),
            _ => Err(EngineError::NoApproval(approval.id)),
        }
    }
}

/// What was decided, by whom and when; none while it is open.
pub fn told(approval: &Approval) -> Option<String> {
    let said = |name: &str| {
        let said = approval.decision.as_ref().and_then(|said| said.get(name));
        said.map(Value::to_text).unwrap_or_default()
    };
    let ended = approval.ended_at.map(|at| at.to_string()).unwrap_or_default();
    Some(match (approval.state, &approval.decision) {
        (ApprovalState::Open, None) => return None,
        (ApprovalState::Open, Some(_)) => {
            let what = if said("approved") == "true" { "approval" } else { "rejection" };
            format!("the {what} by {} of {} is on its way to the run", said("by"), said("at"))
        }
        (ApprovalState::Approved, _) => format!("approved by {} at {}", said("by"), said("at")),
        (ApprovalState::Rejected, _) => format!("rejected by {} at {}", said("by"), said("at")),
        (ApprovalState::Expired, _) => {
            let what = if approval.silence { "approved" } else { "rejected" };
            format!("nobody answered in time; it counts as {what} since {ended}")
        }
        (ApprovalState::Cancelled, _) => format!("its run ended or went another way at {ended}"),
    })
}

/// The form as it was filled in. Who rejects need not fill it in; what they did fill in has to fit.
fn filled(fields: &Fields, verdict: &Verdict) -> Result<Value, EngineError> {
    if verdict.form.to_json().len() > MOST_FORM {
        let message = format!("the form has more than {} KiB", MOST_FORM >> 10);
        return Err(EngineError::Form(vec![("form".to_owned(), message)]));
    }
    let given = match &verdict.form {
        Value::Null => Object::default(),
        Value::Object(fields) => (**fields).clone(),
        _ => {
            let message = "expected an object of the form's fields".to_owned();
            return Err(EngineError::Form(vec![("form".to_owned(), message)]));
        }
    };
    let mut wanted = fields.clone();
    if !verdict.approved {
        let blank = |name: &str| {
            given.get(name).is_none_or(|value| value.is_null() || value.as_str() == Some(""))
        };
        if given.keys().all(|name| blank(name)) {
            return Ok(Value::Null);
        }
        wanted.retain(|name, _| !blank(name));
    }
    let checked = check_value(&wanted, Value::from(given), verdict.coerce);
    let checked = checked.map_err(|problems| {
        let places = problems.into_iter().map(|problem| {
            let dot = if problem.path.is_empty() { "" } else { "." };
            (format!("form{dot}{}", problem.path), problem.message)
        });
        EngineError::Form(places.collect())
    })?;
    // Only what the form has; a bot sees each of its fields.
    let found = checked.as_object().cloned().unwrap_or_default();
    let all = fields
        .keys()
        .map(|name| (name.as_str(), found.get(name.as_str()).cloned().unwrap_or_default()));
    Ok(Value::object(all))
}
