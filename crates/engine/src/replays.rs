//! Replays: events of a time, or dead letters, brought to their bots once more, because a person asks.
//!
//! Starts stay unique per (event, trigger): what has started a run before starts none, unless the replay
//! says `again`; then they are unique per (replay, event, trigger). So a page may be gone over twice. A
//! replay counts hops anew: a person is a new cause. It leaves half of the queue to what happens now.

use std::sync::Arc;
use std::time::Duration;

use codex32_model::Scope;
use codex32_model::ids::{BotId, DeadLetterId, ReplayId, RunId};
use codex32_model::random::ten;
use codex32_model::time::Timestamp;
use codex32_store::dead_letters::{DeadLetter, Which};
use codex32_store::events::Event;
use codex32_store::replays::{Counts, MOST, NewReplay, Progress, Replay, What};

use crate::dispatch::Begun;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;

/// Events, or dead letters, between two looks at whether the replay still goes on.
const PAGE: u32 = 100;
/// How long the key of a start is surely remembered; the store keeps it for a day more.
const REMEMBERED: Duration = Duration::from_secs(29 * 86_400);

/// What a person wants replayed.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Name of the events.
    pub name: String,
    pub since: Timestamp,
    /// Before this time; none: until now.
    pub until: Option<Timestamp>,
    /// Only to this bot; none: to all that listen.
    pub bot: Option<String>,
    /// Also events that have started a run before.
    pub again: bool,
}

/// What became of a dead letter; it is gone then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    Run(RunId),
    /// The event had started this run before.
    Before(RunId),
    /// The trigger's condition is not met: there is nothing to start.
    Declined,
}

impl Engine {
    /// Begins to replay events. Returns after the replay is on disk; it goes on by itself.
    ///
    /// # Errors
    /// When nobody listens, the bot is not there or not active, events may have been forgotten to
    /// have started a run, or too many replays go on.
    pub async fn replay_events(&self, scope: Scope, ask: Ask) -> Result<Replay, EngineError> {
        let inner = &self.inner;
        let now = inner.now();
        let until = ask.until.unwrap_or(now).min(now);
        if !ask.again && ask.since < now.minus(REMEMBERED) {
            return Err(EngineError::Forgotten(
                "which events have started a run is remembered for 29 days; say `again` to start those that have once more".to_owned(),
            ));
        }
        let bot = inner.bot_id(scope, ask.bot.as_deref()).await?;
        let listeners = inner.store.listeners(scope.workspace, ask.name.clone()).await?;
        if !listeners.iter().any(|(listener, ..)| bot.is_none_or(|bot| bot == *listener)) {
            let who = ask.bot.map_or("no active bot has".to_owned(), |bot| {
                format!("the bot `{bot}` is not active, or has not")
            });
            return Err(EngineError::Deaf(format!("{who} a trigger for the event `{}`", ask.name)));
        }
        inner
            .begin_replay(scope, |id| NewReplay {
                id,
                what: What::Events,
                name: Some(ask.name),
                bot,
                since: ask.since,
                until,
                again: ask.again,
                at: now,
            })
            .await
    }

    /// Begins to replay the dead letters that are there now.
    ///
    /// # Errors
    /// When there is no such bot, or too many replays go on.
    pub async fn replay_dead_letters(
        &self,
        scope: Scope,
        bot: Option<&str>,
        name: Option<String>,
    ) -> Result<Replay, EngineError> {
        let inner = &self.inner;
        let bot = inner.bot_id(scope, bot).await?;
        let now = inner.now();
        inner
            .begin_replay(scope, |id| NewReplay {
                id,
                what: What::DeadLetters,
                name,
                bot,
                since: Timestamp::EPOCH,
                until: now,
                again: false,
                at: now,
            })
            .await
    }

    /// Tries once more to start a bot by an event that could not. The letter is gone when it could, and
    /// has the new reason when not. None if there is no such letter.
    ///
    /// # Errors
    /// Why it cannot start.
    pub async fn replay_dead_letter(
        &self,
        scope: Scope,
        id: DeadLetterId,
    ) -> Result<Option<Replayed>, EngineError> {
        let inner = &self.inner;
        inner.refuse_held()?;
        let Some(letter) = inner.store.dead_letter(scope, id).await? else { return Ok(None) };
        inner.replay_letter(&letter, inner.now()).await.map(Some)
    }

    /// Stops a replay; what it has started goes on. Whether it went on; none if there is no such one.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn cancel_replay(
        &self,
        scope: Scope,
        id: ReplayId,
    ) -> Result<Option<bool>, EngineError> {
        let store = &self.inner.store;
        if store.replay(scope, id).await?.is_none() {
            return Ok(None);
        }
        Ok(Some(store.cancel_replay(scope, id, self.inner.now()).await?))
    }
}

impl Inner {
    async fn bot_id(&self, scope: Scope, name: Option<&str>) -> Result<Option<BotId>, EngineError> {
        let Some(name) = name else { return Ok(None) };
        let row = self.store.bot(scope, name.to_owned()).await?;
        row.map(|row| Some(row.id)).ok_or_else(|| EngineError::NoBot(name.to_owned()))
    }

    async fn begin_replay(
        &self,
        scope: Scope,
        new: impl FnOnce(ReplayId) -> NewReplay,
    ) -> Result<Replay, EngineError> {
        if self.is_stopping() {
            return Err(EngineError::ShuttingDown);
        }
        self.refuse_held()?;
        let new = new(ReplayId::new(self.now(), ten(&*self.random)));
        let begun = self.store.begin_replay(scope, new).await?;
        self.replays.notify_one();
        begun.ok_or(EngineError::Replays(MOST))
    }

    pub async fn run_replays(self: Arc<Self>) {
        loop {
            match self.replay_pages().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "replays wait"),
            }
            if !self.sleep(None, &self.replays).await {
                return;
            }
        }
    }

    /// A page of each replay in turn; whether one of them has more that can be done now.
    async fn replay_pages(self: &Arc<Self>) -> Result<bool, EngineError> {
        let mut more = false;
        for replay in self.store.all_replays_going().await? {
            if self.is_stopping() || !self.lease.leads() {
                return Ok(false);
            }
            more |= self.bring(replay).await?;
        }
        Ok(more)
    }

    /// A page of a replay; whether more can be done now.
    async fn bring(self: &Arc<Self>, replay: Replay) -> Result<bool, EngineError> {
        let free = self.limits.queued / 2;
        let mut progress =
            Progress { place: replay.place, counts: Counts::default(), note: None, ended_at: None };
        if self.store.queued(replay.workspace, free).await? >= free {
            progress.note = Some("waits until fewer runs are queued".to_owned());
        } else {
            let left = match replay.what {
                What::Events => self.bring_events(&replay, &mut progress).await?,
                What::DeadLetters => self.bring_letters(&replay, &mut progress).await?,
            };
            if !left {
                progress.ended_at = Some(self.now());
            }
        }
        let more = progress.note.is_none() && progress.ended_at.is_none();
        let idle = progress.counts == Counts::default() && progress.note == replay.note;
        if idle && progress.ended_at.is_none() {
            return Ok(false);
        }
        Ok(self.store.advance_replay(&replay, progress).await? && more)
    }

    /// Whether more may be left.
    async fn bring_events(
        self: &Arc<Self>,
        replay: &Replay,
        progress: &mut Progress,
    ) -> Result<bool, EngineError> {
        let events = self.store.replay_page(replay.clone(), PAGE).await?;
        let whole = events.len() == PAGE as usize;
        for event in events {
            if self.is_stopping() {
                return Ok(true);
            }
            match self.bring_event(replay, &event).await {
                Ok(counts) => progress.counts.add(counts),
                Err(error) if error.passes() => {
                    progress.note = Some(format!("waits: {error}"));
                    return Ok(true);
                }
                Err(error) => return Err(error),
            }
            progress.place = event.seq;
        }
        Ok(whole)
    }

    async fn bring_event(
        self: &Arc<Self>,
        replay: &Replay,
        event: &Event,
    ) -> Result<Counts, EngineError> {
        let mut counts = Counts { seen: 1, ..Counts::default() };
        let listeners = self.store.listeners(event.workspace, event.kind.clone()).await?;
        for (bot, version, trigger) in listeners {
            if replay.bot.is_some_and(|only| only != bot) {
                continue;
            }
            let key = if replay.again {
                format!("event:{}:{}", replay.id, event.id)
            } else {
                format!("event:{}", event.id)
            };
            match self.start_by_event(event, bot, version, &trigger, (key, 0)).await {
                Ok(Begun::Run(_)) => counts.started += 1,
                Ok(Begun::Before(run)) => match self.is_of(replay, run).await? {
                    true => counts.started += 1,
                    false => counts.already += 1,
                },
                Ok(Begun::Declined | Begun::Deaf) => counts.declined += 1,
                Err(error) if error.passes() => return Err(error),
                Err(error) => {
                    self.bury(event, bot, trigger, &error, self.now()).await?;
                    counts.failed += 1;
                }
            }
        }
        Ok(counts)
    }

    /// Whether the replay itself has started a run that it finds: it went over this event before, and
    /// then its server stopped.
    async fn is_of(&self, replay: &Replay, run: RunId) -> Result<bool, EngineError> {
        let row = self.store.run(self.scope(replay.workspace), run).await?;
        Ok(row.is_some_and(|row| row.created_at >= replay.created_at))
    }

    /// Whether more may be left: letters that the replay did not come to yet.
    async fn bring_letters(
        self: &Arc<Self>,
        replay: &Replay,
        progress: &mut Progress,
    ) -> Result<bool, EngineError> {
        let which = Which { bot: replay.bot, name: replay.name.clone() };
        let store = &self.store;
        let letters =
            store.dead_letters_before(replay.workspace, which, replay.created_at, PAGE).await?;
        let whole = letters.len() == PAGE as usize;
        for letter in letters {
            if self.is_stopping() {
                return Ok(true);
            }
            // A letter that stays has a later time than the replay, so that it is not brought again.
            let mut counts = Counts { seen: 1, ..Counts::default() };
            match self.replay_letter(&letter, self.now().max(replay.created_at)).await {
                Ok(Replayed::Run(_)) => counts.started = 1,
                Ok(Replayed::Before(_)) => counts.already = 1,
                Ok(Replayed::Declined) => counts.declined = 1,
                Err(error) if error.passes() => {
                    progress.note = Some(format!("waits: {error}"));
                    return Ok(true);
                }
                Err(_) => counts.failed = 1,
            }
            progress.counts.add(counts);
            progress.place = letter.event.seq;
        }
        Ok(whole)
    }

    async fn replay_letter(
        self: &Arc<Self>,
        letter: &DeadLetter,
        at: Timestamp,
    ) -> Result<Replayed, EngineError> {
        let DeadLetter { id, event, bot, bot_name, trigger, .. } = letter;
        let listeners = self.store.listeners(event.workspace, event.kind.clone()).await?;
        let listens = |(other, _, name): &(BotId, u32, String)| other == bot && name == trigger;
        let begun = match listeners.into_iter().find(listens) {
            Some((_, version, _)) => {
                let key = format!("event:{}", event.id);
                self.start_by_event(event, *bot, version, trigger, (key, 0)).await
            }
            None => Ok(Begun::Deaf),
        };
        let replayed = match begun {
            Ok(Begun::Run(run)) => Ok(Replayed::Run(run)),
            Ok(Begun::Before(run)) => Ok(Replayed::Before(run)),
            Ok(Begun::Declined) => Ok(Replayed::Declined),
            Ok(Begun::Deaf) => Err(EngineError::Deaf(format!(
                "the bot `{bot_name}` is not active, or has no trigger `{trigger}` for the event `{}` any more",
                event.kind
            ))),
            Err(error) => Err(error),
        };
        match &replayed {
            Ok(_) => {
                self.store.drop_dead_letter(event.workspace, *id).await?;
            }
            Err(error) if error.passes() => {}
            Err(error) => self.bury(event, *bot, trigger.clone(), error, at).await?,
        }
        replayed
    }
}
