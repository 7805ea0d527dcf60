//! `agent` steps: a model that works with tools. Its turns and the uses of its tools are steps in blocks
//! of their own, so that each is journaled, tried again, resumed and approved as any step is.

use std::sync::Arc;
use std::time::Duration;

use codex32_model::action::{Effect, OnUnknown};
use codex32_model::definition::{Agent, Approve, Backoff, OnError, OnReject, Retry, Step, Tool};
use codex32_model::value::Value;
use indexmap::IndexMap;

use super::{Block, BlockId, CompileError, Compiler, FlowStep, Op};
use crate::expr::Compiled;
use crate::knowledge::SEARCH;

/// The action that uses a tool of an MCP server.
pub const MCP_CALL: &str = "mcp.call_tool";
/// What the model chose and the tool's name on its MCP server, in the scope of a tool's block. No id
/// and no loop variable can be called so.
pub const ARGUMENTS: &str = "_arguments";
pub const TOOL: &str = "_tool";
/// Labels of the steps in those blocks.
pub const LISTING: &str = "list";
pub const MODEL: &str = "model";
pub const APPROVAL: &str = "approve";

/// An agent that can run.
#[derive(Debug)]
pub struct AgentOp {
    /// Model, tools, output and limits; its task is `prompt`.
    pub agent: Agent,
    pub prompt: Compiled,
    /// Finds out what tools there are: one step, [`Op::Listing`]. None where it has none.
    pub listing: Option<BlockId>,
    /// Asks the model: one step, [`Op::Turn`].
    pub turn: BlockId,
    /// What its calls can come to, by the name that stands in their addresses.
    pub targets: IndexMap<Arc<str>, Target>,
}

/// How a tool is used.
#[derive(Debug)]
pub struct Target {
    /// Its place in the definition.
    pub tool: usize,
    pub block: BlockId,
    /// Parameters that the definition fixes, as they stand there.
    pub fixed: Vec<String>,
}

/// The ways in which a tool of an MCP server is used: which it is, its server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum McpWay {
    Reads,
    Writes,
    /// After people have approved.
    Asks,
}

impl McpWay {
    const ALL: [Self; 3] = [Self::Reads, Self::Writes, Self::Asks];

    /// The name of the target for a server's tools.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Reads => "-read",
            Self::Writes => "",
            Self::Asks => "-ask",
        }
    }
}

impl AgentOp {
    /// What stands for the tool at this place of the definition.
    pub fn target(&self, tool: usize) -> Option<(&Arc<str>, &Target)> {
        self.targets.iter().find(|(_, target)| target.tool == tool)
    }

    /// The same for one of the ways of an MCP server.
    pub fn mcp_target(&self, tool: usize, way: McpWay) -> Option<&Arc<str>> {
        let mut of = self.targets.iter().filter(|(_, target)| target.tool == tool);
        let place = McpWay::ALL.iter().position(|known| *known == way)?;
        of.nth(place).map(|(name, _)| name)
    }

    /// All blocks in it.
    pub fn blocks(&self) -> impl Iterator<Item = BlockId> {
        let targets = self.targets.values().map(|target| target.block);
        self.listing.into_iter().chain([self.turn]).chain(targets)
    }

    /// The block of the part of an address behind the label: `.tools`, `[2]`, or `[2].files.0`.
    pub fn inner(&self, branch: &str) -> Option<BlockId> {
        if branch == ".tools" {
            return self.listing;
        }
        let (_, rest) = branch.split_once(']')?;
        if rest.is_empty() {
            return Some(self.turn);
        }
        let (name, _) = rest.strip_prefix('.')?.rsplit_once('.')?;
        self.targets.get(name).map(|target| target.block)
    }
}

/// Turns and listings are tried again unless the step says how.
fn patience() -> Retry {
    Retry {
        attempts: 3,
        backoff: Backoff::Exponential,
        first: Duration::from_secs(2),
        most: Duration::from_secs(60),
    }
}

impl Compiler<'_> {
    /// `step` gives retry and timeout to the turns.
    pub(super) fn agent(
        &mut self,
        agent: &Agent,
        step: &Step,
        path: &str,
    ) -> Result<Op, CompileError> {
        let prompt = self.text(&agent.prompt, &format!("{path}.agent"))?;
        let retry = step.retry.clone().unwrap_or_else(patience);
        let listing = (!agent.tools.is_empty()).then(|| {
            let retry = Some(retry.clone());
            self.hidden([FlowStep { retry, ..bare(LISTING, Op::Listing) }])
        });
        let turn = FlowStep { retry: Some(retry), timeout: step.timeout, ..bare(MODEL, Op::Turn) };
        let turn = self.hidden([turn]);
        let mut targets = IndexMap::new();
        for (place, tool) in agent.tools.iter().enumerate() {
            self.tool(place, tool, &format!("{path}.tools[{place}]"), &mut targets)?;
        }
        let agent = agent.clone();
        Ok(Op::Agent(Box::new(AgentOp { agent, prompt, listing, turn, targets })))
    }

    fn tool(
        &mut self,
        place: usize,
        tool: &Tool,
        path: &str,
        targets: &mut IndexMap<Arc<str>, Target>,
    ) -> Result<(), CompileError> {
        match tool {
            Tool::Do { action, connection, with, approve } => {
                let spec = self.catalogue.action(action).ok_or_else(|| CompileError {
                    path: format!("{path}.do"),
                    message: format!("there is no action `{action}`"),
                })?;
                let asks = approve.unwrap_or(spec.destructive);
                let op = Op::Action {
                    action: action.clone(),
                    effect: spec.effect,
                    on_unknown: spec.on_unknown,
                    connection: connection.clone(),
                    with: self.map(with, &format!("{path}.with"))?,
                };
                let block = self.used(action, asks, "do", op, path)?;
                let fixed = with.keys().cloned().collect();
                let name = free(&action.replace('.', "_"), targets);
                targets.insert(name, Target { tool: place, block, fixed });
            }
            Tool::Call { bot, with, approve } => {
                let with_op = self.map(with, &format!("{path}.with"))?;
                let op = Op::Call { bot: bot.clone(), with: with_op, detach: false };
                let what = format!("the bot {bot}");
                let block = self.used(&what, approve.unwrap_or(false), "call", op, path)?;
                let fixed = with.keys().cloned().collect();
                let name = free(bot, targets);
                targets.insert(name, Target { tool: place, block, fixed });
            }
            Tool::Mcp { server, .. } => {
                for way in McpWay::ALL {
                    let with = Value::object([
                        ("tool", Value::from(format!("{{{{ {TOOL} }}}}"))),
                        ("arguments", Value::from(format!("{{{{ {ARGUMENTS} }}}}"))),
                    ]);
                    let reads = way == McpWay::Reads;
                    let op = Op::Action {
                        action: MCP_CALL.to_owned(),
                        effect: if reads { Effect::Read } else { Effect::Write },
                        // Its server knows no keys.
                        on_unknown: if reads { OnUnknown::Repeat } else { OnUnknown::Fail },
                        connection: Some(server.clone()),
                        with: self.value(&with, path)?,
                    };
                    let what = format!("{{{{ {TOOL} }}}} of {server}");
                    let block = self.used(&what, way == McpWay::Asks, "mcp", op, path)?;
                    let name = free(&format!("{server}{}", way.suffix()), targets);
                    targets.insert(name, Target { tool: place, block, fixed: Vec::new() });
                }
            }
            Tool::Search { base } => {
                let fixed = IndexMap::from([("base".to_owned(), Value::from(base.as_str()))]);
                let op = Op::Action {
                    action: SEARCH.to_owned(),
                    effect: Effect::Read,
                    on_unknown: OnUnknown::default(),
                    connection: None,
                    with: self.map(&fixed, path)?,
                };
                let block = self.used(base, false, "search", op, path)?;
                let fixed = fixed.into_keys().collect();
                let name = free(&format!("search_{base}"), targets);
                targets.insert(name, Target { tool: place, block, fixed });
            }
        }
        Ok(())
    }

    /// The block of one use of a tool: perhaps people are asked, then it is used.
    fn used(
        &mut self,
        what: &str,
        asks: bool,
        label: &'static str,
        op: Op,
        path: &str,
    ) -> Result<BlockId, CompileError> {
        let mut steps = Vec::new();
        if asks {
            let text = format!("An agent wants to use {what}:\n{{{{ toJson({ARGUMENTS}) }}}}");
            let approve = Approve {
                text: text.clone(),
                to: Vec::new(),
                form: IndexMap::default(),
                expires: None,
                default: None,
                on_reject: OnReject::Continue,
            };
            let text = self.text(&text, path)?;
            steps.push(bare(APPROVAL, Op::Approve { approve, text, to: Vec::new() }));
        }
        steps.push(bare(label, op));
        Ok(self.hidden(steps))
    }

    /// A block that nothing outside refers to.
    fn hidden(&mut self, steps: impl IntoIterator<Item = FlowStep>) -> BlockId {
        let mut block = Block::default();
        for step in steps {
            self.steps.push(step);
            block.steps.push(self.steps.len() - 1);
        }
        self.blocks.push(block);
        self.blocks.len() - 1
    }
}

fn bare(label: &'static str, op: Op) -> FlowStep {
    FlowStep {
        id: None,
        label: label.into(),
        when: None,
        retry: None,
        timeout: None,
        on_error: OnError::Fail,
        op,
    }
}

/// That name, or with a number if it is taken.
fn free(name: &str, targets: &IndexMap<Arc<str>, Target>) -> Arc<str> {
    let mut name = name.to_owned();
    let mut number = 1;
    let base = name.clone();
    while targets.contains_key(&*name) {
        number += 1;
        name = format!("{base}_{number}");
    }
    name.into()
}
