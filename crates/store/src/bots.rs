//! Bots, their versions, and what they listen to. Deploying and withdrawing change all of it in one
//! transaction.

use codex32_model::Scope;
use codex32_model::ids::{BotId, WorkspaceId};
use codex32_model::time::Timestamp;
use indexmap::IndexMap;

use crate::approvals;
use crate::error::StoreError;
use crate::nodes;
use crate::open::Store;
use crate::params;
use crate::polls::{self, PollRow};
use crate::sql::{Reader, Row, Tx};

#[derive(Debug, Clone, PartialEq)]
pub struct BotRow {
    pub id: BotId,
    pub workspace: WorkspaceId,
    pub name: String,
    pub description: Option<String>,
    pub state: BotState,
    /// The live version.
    pub version: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BotState {
    Active,
    /// Its triggers start nothing until it is resumed.
    Paused,
    /// Its triggers are gone; its runs and versions stay.
    Withdrawn,
}

impl BotState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Withdrawn];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// An immutable version.
#[derive(Debug, Clone)]
pub struct Version {
    pub bot: BotId,
    pub version: u32,
    /// The JSON spelling.
    pub definition: String,
    /// As deployed.
    pub source: String,
    /// Connection names of the definition to names of the workspace's connections.
    pub bindings: IndexMap<String, String>,
    pub created_at: Timestamp,
}

/// What a version listens to.
#[derive(Debug, Clone)]
pub struct TriggerRow {
    pub name: String,
    /// `webhook`, `schedule`, `event`, `app` or `manual`.
    pub kind: String,
    pub path: Option<String>,
    pub method: Option<String>,
    pub event: Option<String>,
    /// When a schedule fires next, or an app trigger looks.
    pub next_fire: Option<Timestamp>,
    /// How often a schedule has fired in this version.
    pub fired: u32,
    /// Of an app trigger.
    pub poll: Option<PollRow>,
}

/// The columns of a trigger, from [`TRIGGERS`]; so many.
pub(crate) const TRIGGER: &str = "t.name, t.kind, t.path, t.method, t.event, t.next_fire, t.fired, \
    p.app, p.every, p.source, p.looked_at, p.waiting, p.failures, p.failing_since, p.code, p.error";
pub(crate) const TRIGGER_WIDTH: usize = 16;
pub(crate) const TRIGGERS: &str =
    "triggers t LEFT JOIN polls p ON p.bot = t.bot AND p.trigger = t.name";

/// A new version of a bot.
#[derive(Debug, Clone)]
pub struct Deploy {
    /// For a bot that does not exist yet.
    pub id: BotId,
    pub name: String,
    pub description: Option<String>,
    pub definition: String,
    pub source: String,
    pub bindings: IndexMap<String, String>,
    pub triggers: Vec<TriggerRow>,
    /// Refuse unless this is the live version now (`ETag`); 0 means that there must be no such bot.
    pub expected: Option<u32>,
    pub at: Timestamp,
}

/// Which bots to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those with this text in their name or description, in capital letters or small.
    pub text: Option<String>,
    pub state: Option<BotState>,
    /// Only bots whose names come after this one: the cursor.
    pub after: Option<String>,
    /// 1 to 1,000.
    pub limit: u32,
}

const BOT: &str = "id, workspace, name, description, state, version, created_at, updated_at";

fn read_bot(row: &Row<'_>) -> Result<BotRow, StoreError> {
    let state: String = row.get(4)?;
    Ok(BotRow {
        id: row.get(0)?,
        workspace: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        state: BotState::parse(&state)
            .ok_or_else(|| StoreError::Damaged(format!("bot state {state}")))?,
        version: row.get(5)?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
    })
}

fn read_version(row: &Row<'_>) -> Result<Version, StoreError> {
    Ok(Version {
        bot: row.get(0)?,
        version: row.get(1)?,
        definition: row.get(2)?,
        source: row.get(3)?,
        bindings: row.json(4)?,
        created_at: row.get(5)?,
    })
}

pub(crate) fn read_trigger(row: &Row<'_>) -> Result<TriggerRow, StoreError> {
    Ok(TriggerRow {
        name: row.get(0)?,
        kind: row.get(1)?,
        path: row.get(2)?,
        method: row.get(3)?,
        event: row.get(4)?,
        next_fire: row.get(5)?,
        fired: row.get(6)?,
        poll: polls::read(row, 7)?,
    })
}

fn by_name(
    reader: &Reader<'_>,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<BotRow>, StoreError> {
    reader.first(
        &format!("SELECT {BOT} FROM bots WHERE workspace = ?1 AND name = ?2"),
        params![workspace, name],
        read_bot,
    )
}

impl Store {
    /// Makes a version live: the bot's row, the version, its triggers, all or nothing. A deploy of
    /// a paused bot stays paused; a withdrawn one becomes active.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a webhook path is taken, [`StoreError::Stale`] when `expected`
    /// is not the live version.
    pub async fn deploy(&self, scope: Scope, deploy: Deploy) -> Result<BotRow, StoreError> {
        self.write(move |tx| {
            let bot = deploy_in(tx, scope, &deploy)?;
            nodes::bots_changed(tx)?;
            Ok(bot)
        })
        .await
    }

    /// A page of bots, by name.
    pub async fn bots(&self, scope: Scope, filter: Filter) -> Result<Vec<BotRow>, StoreError> {
        self.read(move |reader| {
            let Filter { text, state, after, limit } = filter;
            let mut sql = format!("SELECT {BOT} FROM bots WHERE workspace = ?1 AND name > ?2");
            if state.is_some() {
                sql.push_str(" AND state = ?3");
            }
            if text.is_some() {
                sql.push_str(
                    " AND (lower(name) LIKE lower(?4) ESCAPE '!' OR lower(description) LIKE lower(?4) ESCAPE '!')",
                );
            }
            sql.push_str(" ORDER BY name LIMIT ?5");
            let state = state.map(BotState::as_str);
            let after = after.unwrap_or_default();
            let limit = limit.clamp(1, 1_000);
            let text = text.map(|text| containing(&text));
            reader.query(&sql, params![scope.workspace, after, state, text, limit], read_bot)
        })
        .await
    }

    pub async fn bot(&self, scope: Scope, name: String) -> Result<Option<BotRow>, StoreError> {
        self.read(move |reader| by_name(reader, scope.workspace, &name)).await
    }

    pub async fn bot_by_id(
        &self,
        workspace: WorkspaceId,
        id: BotId,
    ) -> Result<Option<BotRow>, StoreError> {
        self.read(move |reader| {
            reader.first(
                &format!("SELECT {BOT} FROM bots WHERE workspace = ?1 AND id = ?2"),
                params![workspace, id],
                read_bot,
            )
        })
        .await
    }

    /// Name and live definition (its JSON spelling) of the workspace's bots, at most 10,000.
    pub async fn live_definitions(
        &self,
        scope: Scope,
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT b.name, v.definition FROM bots b
                 JOIN versions v ON v.bot = b.id AND v.version = b.version
                 WHERE b.workspace = ?1 AND b.state <> 'withdrawn' ORDER BY b.name LIMIT 10000",
                params![scope.workspace],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await
    }

    /// Every bot of every workspace, for the routes that a server keeps in memory.
    pub async fn all_bots(&self) -> Result<Vec<BotRow>, StoreError> {
        self.read(|reader| reader.query(&format!("SELECT {BOT} FROM bots"), &[], read_bot)).await
    }

    pub async fn version(
        &self,
        workspace: WorkspaceId,
        bot: BotId,
        version: u32,
    ) -> Result<Option<Version>, StoreError> {
        self.read(move |reader| {
            reader.first(
                "SELECT bot, version, definition, source, bindings, created_at FROM versions
                 WHERE workspace = ?1 AND bot = ?2 AND version = ?3",
                params![workspace, bot, version],
                read_version,
            )
        })
        .await
    }

    /// Versions of a bot, newest first.
    pub async fn versions(
        &self,
        scope: Scope,
        bot: BotId,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<Version>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT bot, version, definition, source, bindings, created_at FROM versions
                 WHERE workspace = ?1 AND bot = ?2 AND version < ?3 ORDER BY version DESC LIMIT ?4",
                params![scope.workspace, bot, before.unwrap_or(u32::MAX), limit.clamp(1, 201)],
                read_version,
            )
        })
        .await
    }

    pub async fn triggers(
        &self,
        workspace: WorkspaceId,
        bot: BotId,
    ) -> Result<Vec<TriggerRow>, StoreError> {
        self.read(move |reader| {
            reader.query(
                &format!(
                    "SELECT {TRIGGER} FROM {TRIGGERS}
                     WHERE t.workspace = ?1 AND t.bot = ?2 ORDER BY t.name"
                ),
                params![workspace, bot],
                read_trigger,
            )
        })
        .await
    }

    /// Schedules that are due: (workspace, bot, version, trigger).
    pub async fn all_due_schedules(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        self.read(move |reader| due(reader, "t.kind <> 'app'", now, limit)).await
    }

    /// When the next schedule is due.
    pub async fn all_next_fire(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|reader| {
            reader.first(
                "SELECT min(t.next_fire) FROM triggers t JOIN bots b ON b.id = t.bot
                 WHERE t.next_fire IS NOT NULL AND t.kind <> 'app' AND b.state = 'active'",
                &[],
                |row| row.get(0),
            )
        })
        .await
        .map(Option::flatten)
    }

    /// Moves a schedule on without a run (a fire that is skipped, or the end of its rule).
    pub async fn advance_schedule(
        &self,
        bot: BotId,
        trigger: String,
        expected: Timestamp,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE triggers SET next_fire = ?4 WHERE bot = ?1 AND name = ?2 AND next_fire = ?3",
                params![bot, &trigger, expected, next],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    /// Bots that listen to an event: (bot, version, trigger name).
    pub async fn listeners(
        &self,
        workspace: WorkspaceId,
        event: String,
    ) -> Result<Vec<(BotId, u32, String)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT t.bot, t.version, t.name FROM triggers t JOIN bots b ON b.id = t.bot
                 WHERE t.workspace = ?1 AND t.event = ?2 AND b.state = 'active' ORDER BY t.bot, t.name",
                params![workspace, &event],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })
        .await
    }

    /// Pauses or resumes. `schedules` gives the next fire of each schedule when it goes on: what
    /// came due while it was paused is not made up for.
    pub async fn set_bot_state(
        &self,
        scope: Scope,
        name: String,
        state: BotState,
        schedules: Vec<(String, Option<Timestamp>)>,
        at: Timestamp,
    ) -> Result<BotRow, StoreError> {
        self.write(move |tx| {
            let bot = by_name(&tx.reader(), scope.workspace, &name)?
                .ok_or_else(|| StoreError::NotFound(format!("the bot `{name}`")))?;
            tx.execute(
                "UPDATE bots SET state = ?2, updated_at = ?3 WHERE id = ?1",
                params![bot.id, state.as_str(), at],
            )?;
            if state == BotState::Withdrawn {
                tx.execute("DELETE FROM triggers WHERE bot = ?1", params![bot.id])?;
                polls::keep(tx, bot.id, &[])?;
            }
            if state == BotState::Active && bot.state == BotState::Paused {
                polls::begin_anew(tx, bot.id)?;
            }
            for (trigger, next) in &schedules {
                tx.execute(
                    "UPDATE triggers SET next_fire = ?3 WHERE bot = ?1 AND name = ?2",
                    params![bot.id, trigger, *next],
                )?;
            }
            nodes::bots_changed(tx)?;
            Ok(BotRow { state, updated_at: at, ..bot })
        })
        .await
    }

    /// Deletes a bot with its versions, triggers, memory, and runs that have ended.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] while a run of it goes on.
    pub async fn delete_bot(&self, scope: Scope, name: String) -> Result<BotRow, StoreError> {
        self.write(move |tx| {
            let bot = by_name(&tx.reader(), scope.workspace, &name)?
                .ok_or_else(|| StoreError::NotFound(format!("the bot `{name}`")))?;
            let live: Option<i64> = tx.reader().first(
                "SELECT 1 FROM runs WHERE bot = ?1 AND ended_at IS NULL LIMIT 1",
                params![bot.id],
                |row| row.get(0),
            )?;
            if live.is_some() {
                return Err(StoreError::Conflict(format!(
                    "`{name}` has runs that have not ended; withdraw it, cancel them or wait, then delete it"
                )));
            }
            tx.execute(
                "DELETE FROM journal WHERE run IN (SELECT id FROM runs WHERE bot = ?1)",
                params![bot.id],
            )?;
            approvals::forget_bot(tx, bot.id)?;
            for table in ["runs", "starts", "triggers", "polls", "poll_items", "versions", "state_values", "state_counts", "state_items", "dead_letters", "replays"] {
                tx.execute(&format!("DELETE FROM {table} WHERE bot = ?1"), params![bot.id])?;
            }
            tx.execute("DELETE FROM bots WHERE id = ?1", params![bot.id])?;
            nodes::bots_changed(tx)?;
            Ok(bot)
        })
        .await
    }
}

/// The pattern of texts that contain `text`.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn deploy_in(tx: &Tx<'_>, scope: Scope, deploy: &Deploy) -> Result<BotRow, StoreError> {
    let workspace = scope.workspace;
    tx.lock(&format!("bots of {workspace}"))?;
    let old = by_name(&tx.reader(), workspace, &deploy.name)?;
    let live = old.as_ref().map_or(0, |bot| bot.version);
    if deploy.expected.is_some_and(|expected| expected != live) {
        return Err(StoreError::Stale(format!(
            "the bot `{}` (its version is {live})",
            deploy.name
        )));
    }
    let bot = match old {
        Some(bot) => {
            let last: u32 = tx
                .reader()
                .first(
                    "SELECT max(version) FROM versions WHERE bot = ?1",
                    params![bot.id],
                    |row| row.get(0),
                )?
                .unwrap_or(live);
            let state =
                if bot.state == BotState::Paused { BotState::Paused } else { BotState::Active };
            let bot = BotRow {
                version: last + 1,
                state,
                description: deploy.description.clone(),
                updated_at: deploy.at,
                ..bot
            };
            tx.execute(
                "UPDATE bots SET version = ?2, description = ?3, state = ?4, updated_at = ?5 WHERE id = ?1",
                params![bot.id, bot.version, bot.description.clone(), bot.state.as_str(), deploy.at],
            )?;
            bot
        }
        None => {
            let bot = BotRow {
                id: deploy.id,
                workspace,
                name: deploy.name.clone(),
                description: deploy.description.clone(),
                state: BotState::Active,
                version: 1,
                created_at: deploy.at,
                updated_at: deploy.at,
            };
            tx.execute(
                "INSERT INTO bots (id, workspace, name, description, state, version, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![bot.id, workspace, &bot.name, bot.description.clone(), bot.state.as_str(), bot.version, deploy.at, deploy.at],
            )?;
            bot
        }
    };
    tx.execute(
        "INSERT INTO versions (workspace, bot, version, definition, source, bindings, actor, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![workspace, bot.id, bot.version, &deploy.definition, &deploy.source,
            serde_json::to_string(&deploy.bindings)?, scope.actor, deploy.at],
    )?;
    tx.execute("DELETE FROM triggers WHERE bot = ?1", params![bot.id])?;
    for trigger in &deploy.triggers {
        register(tx, &bot, trigger)?;
    }
    polls::keep(tx, bot.id, &deploy.triggers)?;
    Ok(bot)
}

fn register(tx: &Tx<'_>, bot: &BotRow, trigger: &TriggerRow) -> Result<(), StoreError> {
    if let (Some(path), Some(method)) = (&trigger.path, &trigger.method) {
        let taken: Option<String> = tx.reader().first(
            "SELECT b.name FROM triggers t JOIN bots b ON b.id = t.bot
             WHERE t.workspace = ?1 AND t.path = ?2 AND (t.method = ?3 OR t.method = 'ANY' OR ?3 = 'ANY')",
            params![bot.workspace, path, method],
            |row| row.get(0),
        )?;
        if let Some(other) = taken {
            return Err(StoreError::Conflict(format!(
                "the webhook path `{path}` ({method}) is taken by the bot `{other}`"
            )));
        }
    }
    tx.execute(
        "INSERT INTO triggers (workspace, bot, name, version, kind, path, method, event, next_fire)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            bot.workspace,
            bot.id,
            &trigger.name,
            bot.version,
            &trigger.kind,
            trigger.path.clone(),
            trigger.method.clone(),
            trigger.event.clone(),
            trigger.next_fire
        ],
    )?;
    match &trigger.poll {
        Some(poll) => polls::register(tx, bot, &trigger.name, poll),
        None => Ok(()),
    }
}

/// A trigger of a live version.
pub type Due = (WorkspaceId, BotId, u32, TriggerRow);

/// Triggers of active bots whose time has come, the longest due first.
pub(crate) fn due(
    reader: &Reader<'_>,
    condition: &str,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Due>, StoreError> {
    reader.query(
        &format!(
            "SELECT {TRIGGER}, t.workspace, t.bot, t.version
             FROM {TRIGGERS} JOIN bots b ON b.id = t.bot
             WHERE t.next_fire <= ?1 AND {condition} AND b.state = 'active'
             ORDER BY t.next_fire LIMIT ?2"
        ),
        params![now, limit],
        |row| {
            let at = TRIGGER_WIDTH;
            Ok((row.get(at)?, row.get(at + 1)?, row.get(at + 2)?, read_trigger(row)?))
        },
    )
}
