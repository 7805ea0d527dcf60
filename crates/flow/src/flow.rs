//! The compiled flow that the engine runs: expressions parsed once, blocks and steps in arenas,
//! every step with its label, every action with its effect. Immutable and shared by all runs of a
//! version.

use std::sync::Arc;
use std::time::Duration;

use codex32_model::action::{Catalogue, Effect, OnUnknown};
use codex32_model::definition::{
    Approve, Ask, Bot, CodeStep, DEFAULT_BINDING, Limits, OnError, Retry, Step, Trigger,
    TriggerKind, Verb, Wait,
};
use codex32_model::value::Value;
use indexmap::{IndexMap, IndexSet};

use crate::expr::{Compiled, Expr, Template, parse_whole};
use crate::knowledge;

pub mod agent;

pub use agent::{AgentOp, McpWay, Target};

/// Index of a block in [`Flow::blocks`], of a step in [`Flow::steps`].
pub type BlockId = usize;
pub type StepId = usize;

/// A definition that can run.
#[derive(Debug)]
pub struct Flow {
    pub bot: Bot,
    pub blocks: Vec<Block>,
    pub steps: Vec<FlowStep>,
    pub root: BlockId,
    pub on_error: Option<BlockId>,
    pub triggers: IndexMap<String, FlowTrigger>,
    /// Names of workspace variables that the definition refers to.
    pub env: IndexSet<String>,
    /// Fields of `trigger` that the steps and the concurrency key refer to; an empty name stands for all of them.
    pub trigger_fields: IndexSet<String>,
    pub limits: Limits,
    /// Of the inputs: which runs `limits.concurrency` counts together.
    pub concurrency_key: Option<Expr>,
}

/// Steps that run one after the other.
#[derive(Debug, Default)]
pub struct Block {
    pub steps: Vec<StepId>,
    /// Ids that are visible after the block: its own steps' and those of its blocks.
    pub exports: Vec<Arc<str>>,
}

#[derive(Debug)]
pub struct FlowStep {
    pub id: Option<Arc<str>>,
    /// The last part of its address: the id, or `verb#n`, stable within one version.
    pub label: Arc<str>,
    pub when: Option<Expr>,
    pub retry: Option<Retry>,
    pub timeout: Option<Duration>,
    pub on_error: OnError,
    pub op: Op,
}

/// What a step does, by the class that decides how it is journaled.
#[derive(Debug)]
pub enum Op {
    Set(Compiled),
    Return(Compiled),
    If {
        condition: Expr,
        then: BlockId,
        otherwise: BlockId,
    },
    Switch {
        on: Expr,
        cases: IndexMap<String, BlockId>,
        default: Option<BlockId>,
    },
    ForEach {
        items: Expr,
        bind: Arc<str>,
        concurrency: usize,
        body: BlockId,
    },
    Parallel(IndexMap<String, BlockId>),
    Try {
        body: BlockId,
        catch: Option<BlockId>,
        finally: Option<BlockId>,
    },
    Code(CodeStep),
    Action {
        action: String,
        effect: Effect,
        on_unknown: OnUnknown,
        connection: Option<String>,
        with: Compiled,
    },
    Ask {
        /// Model, output and limits; its prompt is `prompt`.
        ask: Ask,
        prompt: Compiled,
    },
    Approve {
        /// Form, times and what follows; question and people are `text` and `to`.
        approve: Approve,
        text: Compiled,
        to: Vec<Compiled>,
    },
    WaitFor(Compiled),
    WaitUntil {
        at: Compiled,
        timezone: Option<String>,
    },
    WaitEvent {
        event: String,
        matching: Option<Expr>,
        timeout: Option<Duration>,
        since: Option<Compiled>,
        hold: bool,
    },
    Call {
        bot: String,
        with: Compiled,
        detach: bool,
    },
    Emit {
        event: String,
        data: Compiled,
        key: Option<Compiled>,
    },
    Respond {
        status: Compiled,
        headers: Compiled,
        body: Compiled,
    },
    Agent(Box<AgentOp>),
    /// What tools the agent around it has.
    Listing,
    /// The model's turn in the agent around it.
    Turn,
}

#[derive(Debug)]
pub struct FlowTrigger {
    pub definition: Trigger,
    pub when: Option<Expr>,
    pub inputs: Vec<(String, Compiled)>,
    pub dedupe: Option<Expr>,
    /// Fields of `trigger` that it or the steps refer to; an empty name stands for all of them.
    pub fields: IndexSet<String>,
    /// The parameters of an app trigger.
    pub with: Option<Compiled>,
}

impl FlowTrigger {
    /// Whether anybody refers to this field of `trigger`.
    pub fn needs(&self, field: &str) -> bool {
        self.fields.contains(field) || self.fields.contains("")
    }
}

/// Why a definition cannot be compiled; the checker finds the same before, with its place.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{path}: {message}")]
pub struct CompileError {
    pub path: String,
    pub message: String,
}

impl Flow {
    /// Compiles a definition that has passed the checker.
    ///
    /// # Errors
    /// The first expression that cannot be read or action that does not exist.
    pub fn compile(bot: &Bot, catalogue: &dyn Catalogue) -> Result<Self, CompileError> {
        let mut compiler = Compiler {
            catalogue,
            blocks: Vec::new(),
            steps: Vec::new(),
            env: IndexSet::new(),
            trigger_fields: IndexSet::new(),
        };
        let root = compiler.block(&bot.steps, "steps")?;
        let on_error = if bot.on_error.is_empty() {
            None
        } else {
            Some(compiler.block(&bot.on_error, "on_error")?)
        };
        let key = bot.limits.concurrency_key.as_deref();
        let concurrency_key =
            key.map(|text| compiler.whole(text, "limits.concurrency_key")).transpose()?;
        // What triggers themselves refer to is evaluated before the run begins.
        let trigger_fields = compiler.trigger_fields.clone();
        let mut triggers = IndexMap::new();
        for (name, trigger) in &bot.triggers {
            compiler.trigger_fields.clone_from(&trigger_fields);
            triggers.insert(name.clone(), compiler.trigger(name, trigger)?);
        }
        let Compiler { blocks, steps, env, .. } = compiler;
        Ok(Self {
            bot: bot.clone(),
            blocks,
            steps,
            root,
            on_error,
            triggers,
            env,
            trigger_fields,
            limits: bot.limits.clone(),
            concurrency_key,
        })
    }

    /// Triggers of it that this server cannot run yet.
    pub fn needs_later(&self) -> Vec<&'static str> {
        let triggers =
            self.triggers.values().filter_map(|trigger| match &trigger.definition.kind {
                TriggerKind::Schedule(_)
                | TriggerKind::Webhook(_)
                | TriggerKind::Event { .. }
                | TriggerKind::App { .. }
                | TriggerKind::Manual => None,
                other => Some(other.name()),
            });
        let mut later: Vec<_> = triggers.collect();
        later.sort_unstable();
        later.dedup();
        later
    }

    /// `trigger` with the fields that the steps refer to: all that a journal has to keep of it.
    pub fn trigger_kept(&self, trigger: &Value) -> Value {
        if self.trigger_fields.contains("") {
            return trigger.clone();
        }
        let fields = trigger.as_object().into_iter().flatten();
        Value::object(
            fields
                .filter(|(name, _)| {
                    matches!(&***name, "name" | "kind" | "time")
                        || self.trigger_fields.contains(&***name)
                })
                .map(|(name, value)| (name.clone(), value.clone())),
        )
    }

    /// Longest time from start to end, waits included.
    pub fn run_timeout(&self) -> Duration {
        self.limits.timeout.unwrap_or(Duration::from_secs(30 * 86_400))
    }
}

struct Compiler<'a> {
    trigger_fields: IndexSet<String>,
    catalogue: &'a dyn Catalogue,
    blocks: Vec<Block>,
    steps: Vec<FlowStep>,
    env: IndexSet<String>,
}

impl Compiler<'_> {
    fn block(&mut self, steps: &[Step], path: &str) -> Result<BlockId, CompileError> {
        let mut block = Block::default();
        let mut exports = IndexSet::new();
        let mut counts: IndexMap<&'static str, usize> = IndexMap::new();
        for (index, step) in steps.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let verb = verb_name(&step.verb);
            let count = counts.entry(verb).or_default();
            *count += 1;
            let label: Arc<str> = match &step.id {
                Some(id) => id.as_str().into(),
                None => format!("{verb}#{count}").into(),
            };
            let compiled = self.step(step, label, &path)?;
            self.exports_of(&compiled, &mut exports);
            self.steps.push(compiled);
            block.steps.push(self.steps.len() - 1);
        }
        block.exports = exports.into_iter().collect();
        self.blocks.push(block);
        Ok(self.blocks.len() - 1)
    }

    fn exports_of(&self, step: &FlowStep, exports: &mut IndexSet<Arc<str>>) {
        for block in inner_blocks(&step.op) {
            exports.extend(self.blocks[block].exports.iter().cloned());
        }
        exports.extend(step.id.clone());
    }

    fn step(&mut self, step: &Step, label: Arc<str>, path: &str) -> Result<FlowStep, CompileError> {
        let when = step
            .when
            .as_deref()
            .map(|text| self.whole(text, &format!("{path}.when")))
            .transpose()?;
        Ok(FlowStep {
            id: step.id.as_deref().map(Into::into),
            label,
            when,
            retry: step.retry.clone(),
            timeout: step.timeout,
            on_error: step.on_error,
            op: self.op(&step.verb, step, path)?,
        })
    }

    fn op(&mut self, verb: &Verb, step: &Step, path: &str) -> Result<Op, CompileError> {
        Ok(match verb {
            Verb::Set(value) => Op::Set(self.value(value, &format!("{path}.set"))?),
            Verb::Return(value) => Op::Return(self.value(value, &format!("{path}.return"))?),
            Verb::If { condition, then, otherwise } => Op::If {
                condition: self.whole(condition, &format!("{path}.if"))?,
                then: self.block(then, &format!("{path}.then"))?,
                otherwise: self.block(otherwise, &format!("{path}.else"))?,
            },
            Verb::Switch { on, cases, default } => {
                let on = self.whole(on, &format!("{path}.switch"))?;
                let mut blocks = IndexMap::new();
                for (name, steps) in cases {
                    blocks
                        .insert(name.clone(), self.block(steps, &format!("{path}.cases.{name}"))?);
                }
                let default = match default {
                    Some(steps) => Some(self.block(steps, &format!("{path}.default"))?),
                    None => None,
                };
                Op::Switch { on, cases: blocks, default }
            }
            Verb::ForEach { items, bind, concurrency, steps } => Op::ForEach {
                items: self.whole(items, &format!("{path}.for_each"))?,
                bind: if bind.is_empty() { DEFAULT_BINDING } else { bind }.into(),
                concurrency: (*concurrency).max(1) as usize,
                body: self.block(steps, &format!("{path}.steps"))?,
            },
            Verb::Parallel(branches) => {
                let mut blocks = IndexMap::new();
                for (name, steps) in branches {
                    blocks.insert(
                        name.clone(),
                        self.block(steps, &format!("{path}.parallel.{name}"))?,
                    );
                }
                Op::Parallel(blocks)
            }
            Verb::Try { body, catch, finally } => {
                let body = self.block(body, &format!("{path}.try"))?;
                let mut part = |steps: &Option<Vec<Step>>, key| match steps {
                    Some(steps) => self.block(steps, &format!("{path}.{key}")).map(Some),
                    None => Ok(None),
                };
                Op::Try { body, catch: part(catch, "catch")?, finally: part(finally, "finally")? }
            }
            Verb::Code(code) => {
                // Code sees everything that is in scope.
                self.trigger_fields.insert(String::new());
                Op::Code(code.clone())
            }
            Verb::Do(call) => {
                let spec = self.catalogue.action(&call.action).ok_or_else(|| CompileError {
                    path: format!("{path}.do"),
                    message: format!("there is no action `{}`", call.action),
                })?;
                let (effect, on_unknown) = (spec.effect, spec.on_unknown);
                Op::Action {
                    action: call.action.clone(),
                    effect,
                    on_unknown,
                    connection: call.connection.clone(),
                    with: self.map(&call.with, &format!("{path}.with"))?,
                }
            }
            Verb::Wait(wait) => self.wait(wait, path)?,
            Verb::Call(call) => Op::Call {
                bot: call.bot.clone(),
                with: self.map(&call.with, &format!("{path}.with"))?,
                detach: call.detach,
            },
            Verb::Emit { event, data, key } => Op::Emit {
                event: event.clone(),
                data: self.value(data, &format!("{path}.data"))?,
                key: key
                    .as_deref()
                    .map(|key| self.text(key, &format!("{path}.key")))
                    .transpose()?,
            },
            Verb::Respond { status, headers, body } => Op::Respond {
                status: self.value(status, &format!("{path}.respond.status"))?,
                headers: self.map(headers, &format!("{path}.respond.headers"))?,
                body: self.value(body, &format!("{path}.respond.body"))?,
            },
            Verb::Approve(approve) => {
                let mut to = Vec::new();
                for (index, person) in approve.to.iter().enumerate() {
                    to.push(self.text(person, &format!("{path}.to[{index}]"))?);
                }
                let text = self.text(&approve.text, &format!("{path}.approve"))?;
                Op::Approve { approve: approve.clone(), text, to }
            }
            Verb::Ask(ask) => Op::Ask {
                prompt: self.text(&ask.prompt, &format!("{path}.ask"))?,
                ask: Ask { output: knowledge::ask_output(ask), ..ask.clone() },
            },
            Verb::Agent(agent) => self.agent(agent, step, path)?,
            Verb::Search(search) => Op::Action {
                action: knowledge::SEARCH.to_owned(),
                effect: Effect::Read,
                on_unknown: OnUnknown::default(),
                connection: None,
                with: self.map(&knowledge::search_input(search), path)?,
            },
        })
    }

    fn wait(&mut self, wait: &Wait, path: &str) -> Result<Op, CompileError> {
        let path = format!("{path}.wait");
        Ok(match wait {
            Wait::For(text) => Op::WaitFor(self.text(text, &path)?),
            Wait::Until { at, timezone } => {
                Op::WaitUntil { at: self.text(at, &path)?, timezone: timezone.clone() }
            }
            Wait::Event { event, matching, timeout, since, hold } => Op::WaitEvent {
                event: event.clone(),
                matching: matching.as_deref().map(|text| self.whole(text, &path)).transpose()?,
                timeout: *timeout,
                since: since.as_deref().map(|text| self.text(text, &path)).transpose()?,
                hold: *hold,
            },
        })
    }

    fn trigger(&mut self, name: &str, trigger: &Trigger) -> Result<FlowTrigger, CompileError> {
        let path = format!("triggers.{name}");
        let when = trigger
            .when
            .as_deref()
            .map(|text| self.whole(text, &format!("{path}.when")))
            .transpose()?;
        let mut inputs = Vec::new();
        for (input, value) in &trigger.inputs {
            inputs.push((input.clone(), self.value(value, &format!("{path}.inputs.{input}"))?));
        }
        let dedupe = match &trigger.kind {
            TriggerKind::Webhook(hook) => hook
                .dedupe
                .as_deref()
                .map(|text| self.whole(text, &format!("{path}.dedupe")))
                .transpose()?,
            _ => None,
        };
        let with = match &trigger.kind {
            TriggerKind::App { with, .. } => Some(self.map(with, &format!("{path}.with"))?),
            _ => None,
        };
        let fields = std::mem::take(&mut self.trigger_fields);
        Ok(FlowTrigger { definition: trigger.clone(), when, inputs, dedupe, fields, with })
    }

    fn whole(&mut self, text: &str, path: &str) -> Result<Expr, CompileError> {
        let expr = parse_whole(text)
            .map_err(|error| CompileError { path: path.to_owned(), message: error.to_string() })?;
        self.note_references(expr.references());
        Ok(expr)
    }

    fn text(&mut self, text: &str, path: &str) -> Result<Compiled, CompileError> {
        Template::parse(text)
            .map_err(|error| CompileError { path: path.to_owned(), message: error.to_string() })?;
        self.value(&Value::str(text), path)
    }

    fn map(
        &mut self,
        fields: &IndexMap<String, Value>,
        path: &str,
    ) -> Result<Compiled, CompileError> {
        let value = Value::object(fields.iter().map(|(key, value)| (key.as_str(), value.clone())));
        self.value(&value, path)
    }

    fn value(&mut self, value: &Value, path: &str) -> Result<Compiled, CompileError> {
        let compiled = Compiled::compile(value)
            .map_err(|error| CompileError { path: path.to_owned(), message: error.to_string() })?;
        let references: Vec<_> = compiled.references().collect();
        self.note_references(references);
        Ok(compiled)
    }

    fn note_references<'r>(
        &mut self,
        references: impl IntoIterator<Item = &'r crate::expr::Reference>,
    ) {
        for reference in references {
            if reference.root == "env" {
                // `env[name]` may mean any of them: an empty name stands for all.
                self.env.insert(reference.key.clone().unwrap_or_default());
            }
            if reference.root == "trigger" {
                self.trigger_fields.insert(reference.key.clone().unwrap_or_default());
            }
        }
    }
}

/// The blocks that a step contains.
pub fn inner_blocks(op: &Op) -> Vec<BlockId> {
    match op {
        Op::If { then, otherwise, .. } => vec![*then, *otherwise],
        Op::Switch { cases, default, .. } => cases.values().copied().chain(*default).collect(),
        Op::ForEach { body, .. } => vec![*body],
        Op::Parallel(branches) => branches.values().copied().collect(),
        Op::Try { body, catch, finally } => {
            std::iter::once(*body).chain(*catch).chain(*finally).collect()
        }
        _ => Vec::new(),
    }
}

/// The key that the definition spells the verb with.
pub const fn verb_name(verb: &Verb) -> &'static str {
    match verb {
        Verb::Do(_) => "do",
        Verb::Code(_) => "code",
        Verb::Set(_) => "set",
        Verb::If { .. } => "if",
        Verb::Switch { .. } => "switch",
        Verb::ForEach { .. } => "for_each",
        Verb::Parallel(_) => "parallel",
        Verb::Try { .. } => "try",
        Verb::Wait(_) => "wait",
        Verb::Approve(_) => "approve",
        Verb::Ask(_) => "ask",
        Verb::Agent(_) => "agent",
        Verb::Search(_) => "search",
        Verb::Call(_) => "call",
        Verb::Emit { .. } => "emit",
        Verb::Respond { .. } => "respond",
        Verb::Return(_) => "return",
    }
}
