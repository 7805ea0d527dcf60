//! Firing schedules: each nominal time at most once, in one transaction with its run.

use std::sync::Arc;
use std::time::Duration;

use codex32_flow::schedule::Schedule;
use codex32_flow::schema::check_value;
use codex32_model::definition::{Missed, Overlap, TriggerKind};
use codex32_model::ids::{BotId, WorkspaceId};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use codex32_store::ScheduleStep;
use codex32_store::bots::TriggerRow;

use crate::accept::{Accepted, Start};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::flows::Live;
use crate::run::StartScope;

/// A fire later than this was missed.
const LATE: Duration = Duration::from_secs(60);
/// Most fires that `missed: all` makes up for.
const MOST_MISSED: usize = 1_000;
const PAGE: u32 = 256;

impl Inner {
    pub async fn run_schedules(self: Arc<Self>) {
        loop {
            if !self.lease.leads() {
                if !self.sleep(None, &self.schedules).await {
                    return;
                }
                continue;
            }
            let now = self.now();
            match self.store.all_due_schedules(now, PAGE).await {
                Ok(due) => {
                    for (workspace, bot, version, row) in due {
                        let name = row.name.clone();
                        if let Err(error) = self.fire(workspace, bot, version, row, now).await {
                            tracing::warn!(%bot, trigger = name, %error, "a schedule could not fire; it is tried again");
                            tokio::time::sleep(Duration::from_millis(200)).await;
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "schedules cannot be read"),
            }
            let next = self.store.all_next_fire().await.ok().flatten();
            if !self.sleep(next, &self.schedules).await {
                return;
            }
        }
    }

    async fn fire(
        self: &Arc<Self>,
        workspace: WorkspaceId,
        bot: BotId,
        version: u32,
        row: TriggerRow,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let live = self.flows.load(workspace, bot, version).await?;
        let Some(expected) = row.next_fire else { return Ok(()) };
        let Some(trigger) = live.flow.triggers.get(&row.name) else { return Ok(()) };
        let TriggerKind::Schedule(rule) = &trigger.definition.kind else { return Ok(()) };
        let (missed, overlap) = (rule.missed, rule.overlap);
        let schedule = self.schedule(rule)?;
        let left = schedule.open_count().map(|count| count.saturating_sub(row.fired));
        let plan = plan(&schedule, expected, now, missed, left);
        for fire in &plan.fires {
            let others = self.store.all_live_of_trigger(bot, row.name.clone()).await?;
            let skip = !others.is_empty() && overlap == Overlap::Skip;
            if skip {
                self.store
                    .advance_schedule(bot, row.name.clone(), fire.expected, fire.next)
                    .await?;
                continue;
            }
            if overlap == Overlap::Cancel {
                for (workspace, run, _) in &others {
                    let reason = "the next run of its schedule began".to_owned();
                    self.cancel_run(*workspace, *run, reason, "engine".to_owned()).await?;
                }
            }
            let queue = !others.is_empty() && overlap == Overlap::Queue;
            self.start_fire(&live, &row.name, fire, queue).await?;
        }
        if let Some((from, next)) = plan.skip_to {
            self.store.advance_schedule(bot, row.name, from, next).await?;
        }
        Ok(())
    }

    async fn start_fire(
        self: &Arc<Self>,
        live: &Arc<Live>,
        name: &str,
        fire: &Fire,
        queue: bool,
    ) -> Result<(), EngineError> {
        let Some(trigger) = live.flow.triggers.get(name) else { return Ok(()) };
        let about = Value::object([
            ("name", Value::from(name)),
            ("kind", Value::from("schedule")),
            ("time", Value::from(fire.nominal.to_string())),
        ]);
        let env = self.env_of(live).await?;
        let scope = StartScope {
            inputs: &Value::Null,
            trigger: &about,
            event: &Value::Null,
            env: &env,
            now: fire.nominal,
        };
        let ready = self.inputs_of(live, trigger, &scope).and_then(|input| {
            check_value(&live.flow.bot.inputs, input, false).map_err(|problems| {
                EngineError::Input(problems.into_iter().map(|p| (p.path, p.message)).collect())
            })
        });
        let wanted = ready.and_then(|input| {
            let scope = StartScope { inputs: &input, ..scope };
            let wanted = match &trigger.when {
                Some(when) => {
                    self.evaluate(when, &scope).map_err(EngineError::Expression)?.truthy()
                }
                None => true,
            };
            Ok(wanted.then_some(input))
        });
        let bot = live.bot;
        let input = match wanted {
            Ok(Some(input)) => input,
            Ok(None) => {
                self.store.advance_schedule(bot, name.to_owned(), fire.expected, fire.next).await?;
                return Ok(());
            }
            Err(error) => {
                tracing::error!(%bot, trigger = name, %error, "a schedule's inputs or `when` failed; this fire starts nothing");
                self.store.advance_schedule(bot, name.to_owned(), fire.expected, fire.next).await?;
                return Ok(());
            }
        };
        let start = Start {
            live: Arc::clone(live),
            trigger: name.to_owned(),
            input,
            about_trigger: about.clone(),
            event: Value::Null,
            hops: 0,
            key: Some(format!("fire:{}", fire.nominal.micros())),
            schedule: Some(ScheduleStep {
                expected: fire.expected,
                next_fire: fire.next,
                count: 1,
            }),
            queue,
            must_be_live: true,
            answer: None,
            retry: None,
        };
        match self.accept(start).await? {
            Accepted::Run(_) | Accepted::Gone => Ok(()),
            // Fired before; only the schedule was not moved on.
            Accepted::Duplicate(_) => {
                self.store.advance_schedule(bot, name.to_owned(), fire.expected, fire.next).await?;
                Ok(())
            }
        }
    }
}

/// One fire: its own time, and how it moves `next_fire`.
#[derive(Debug, PartialEq, Eq)]
struct Fire {
    nominal: Timestamp,
    expected: Timestamp,
    next: Option<Timestamp>,
}

#[derive(Debug, PartialEq, Eq, Default)]
struct Plan {
    fires: Vec<Fire>,
    /// From where to where the schedule moves without a run.
    skip_to: Option<(Timestamp, Option<Timestamp>)>,
}

/// What is to fire now. `next_fire` is `expected`; `left` is how many fires a `count` leaves.
fn plan(
    schedule: &Schedule,
    expected: Timestamp,
    now: Timestamp,
    missed: Missed,
    left: Option<u32>,
) -> Plan {
    if left == Some(0) {
        return Plan { fires: Vec::new(), skip_to: Some((expected, None)) };
    }
    let last_one = |fired: u32| left.is_some_and(|left| fired >= left);
    let late = now.since(expected) > LATE;
    if !late {
        let next = if last_one(1) { None } else { schedule.next_after(expected) };
        return Plan { fires: vec![Fire { nominal: expected, expected, next }], skip_to: None };
    }
    match missed {
        Missed::Skip => {
            let next = schedule.next_after(now.minus(LATE));
            Plan { fires: Vec::new(), skip_to: Some((expected, next)) }
        }
        Missed::Last => {
            let nominal = last_before(schedule, expected, now);
            let next = if last_one(1) { None } else { schedule.next_after(nominal) };
            Plan { fires: vec![Fire { nominal, expected, next }], skip_to: None }
        }
        Missed::All => {
            let mut plan = Plan::default();
            let mut at = expected;
            loop {
                let fired = u32::try_from(plan.fires.len()).unwrap_or(u32::MAX) + 1;
                let next = if last_one(fired) { None } else { schedule.next_after(at) };
                plan.fires.push(Fire { nominal: at, expected: at, next });
                match next {
                    Some(next) if next <= now && plan.fires.len() < MOST_MISSED => at = next,
                    Some(next) if next <= now => {
                        plan.skip_to = Some((next, schedule.next_after(now)));
                        return plan;
                    }
                    _ => return plan,
                }
            }
        }
    }
}

/// The last fire at or before `now`, from one that is: by halving the time between, so that months
/// of missed seconds cost little.
fn last_before(schedule: &Schedule, first: Timestamp, now: Timestamp) -> Timestamp {
    let mut found = first;
    let mut step = now.since(first);
    while step >= Duration::from_micros(1) {
        match schedule.next_after(found.plus(step)) {
            Some(at) if at <= now => found = at,
            _ => {
                step /= 2;
                if step < Duration::from_secs(1) {
                    break;
                }
            }
        }
    }
    while let Some(at) = schedule.next_after(found) {
        if at > now {
            break;
        }
        found = at;
    }
    found
}

#[cfg(test)]
mod tests;
