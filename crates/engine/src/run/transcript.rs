//! What an agent and its tools said to each other, as people read it: told from the journal.

use codex32_flow::flow::agent::{APPROVAL, MODEL};
use codex32_model::fact::{CallChoice, Choice, Fact, FactKind, LogLine};
use codex32_model::run::StepError;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use serde::Serialize;

use super::agent::Turn;
use super::view::{StepState, StepView};

/// The conversation of one agent step.
#[derive(Debug, Clone, Serialize)]
pub struct Transcript {
    /// The step's address.
    pub step: String,
    pub state: StepState,
    pub task: String,
    /// What its model was offered.
    pub tools: Vec<ToolView>,
    pub turns: Vec<TurnView>,
    /// What it came to.
    pub output: Value,
    pub error: Option<StepError>,
    pub tokens: TokensView,
    pub cost_usd: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct ToolView {
    pub name: String,
    pub description: String,
}

#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct TokensView {
    pub input: i64,
    pub output: i64,
}

/// One turn of the model, and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct TurnView {
    /// From 1.
    pub number: usize,
    /// The address of the model's step.
    pub address: String,
    pub state: StepState,
    /// Who answered: connection and model.
    pub model: Option<String>,
    /// What it said besides using tools.
    pub text: String,
    pub calls: Vec<CallView>,
    /// Why its answer did not do, as it was told.
    pub note: Option<String>,
    pub tokens: TokensView,
    pub cost_usd: f64,
    pub error: Option<StepError>,
    pub logs: Vec<LogLine>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// One use of a tool.
#[derive(Debug, Clone, Serialize)]
pub struct CallView {
    pub tool: String,
    /// As the model gave them: a value, or a text that is no JSON.
    pub arguments: Value,
    /// The address of the step that it was; none: it was not carried out.
    pub address: Option<String>,
    pub state: StepState,
    pub result: Value,
    pub error: Option<StepError>,
    /// What people said, where they were asked: `{approved, by, at, …}`; `approved` is null while they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Value>,
    /// The called run, and the like.
    pub detail: Option<String>,
}

/// The conversation of the agent at `address`; none: there is no agent.
pub fn transcript(facts: &[Fact], steps: &[StepView], address: &str) -> Option<Transcript> {
    let agent = steps.iter().find(|step| step.address == address)?;
    let mut choices = facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Choice { a, c } if **a == *address => Some(c),
        _ => None,
    });
    let task = choices.by_ref().find_map(|choice| match choice {
        Choice::Agent(task) => Some(task.to_text()),
        _ => None,
    })?;
    let at = |address: &str| steps.iter().find(|step| step.address == address);
    let listed = at(&format!("{address}.tools/list"));
    let field = |tool: &Value, name: &str| tool.get(name).map(Value::to_text).unwrap_or_default();
    let tools = listed.and_then(|step| step.output.as_list()).unwrap_or_default().iter();
    let tools = tools.map(|tool| ToolView {
        name: field(tool, "name"),
        description: field(tool, "description"),
    });
    let mut turns = Vec::new();
    while let Some(step) = at(&format!("{address}[{}]/{MODEL}", turns.len())) {
        // What its answer came to is the next choice of the agent.
        let choice = if step.output.is_null() { None } else { choices.next() };
        turns.push(turn(steps, address, turns.len(), step, choice));
    }
    let tokens = turns.iter().fold(TokensView::default(), |sum, turn: &TurnView| TokensView {
        input: sum.input.saturating_add(turn.tokens.input),
        output: sum.output.saturating_add(turn.tokens.output),
    });
    Some(Transcript {
        step: address.to_owned(),
        state: agent.state,
        task,
        tools: tools.collect(),
        tokens,
        cost_usd: turns.iter().map(|turn| turn.cost_usd).sum(),
        turns,
        output: agent.output.clone(),
        error: agent.error.clone(),
    })
}

fn turn(
    steps: &[StepView],
    agent: &str,
    number: usize,
    step: &StepView,
    choice: Option<&Choice>,
) -> TurnView {
    let turn = Turn { said: step.output.clone(), results: Vec::new(), note: None };
    let (plans, note) = match choice {
        Some(Choice::Calls(plans)) => (plans.as_slice(), None),
        Some(Choice::Again(why)) => (&[][..], Some(why.clone())),
        _ => (&[][..], None),
    };
    let calls = turn.calls().into_iter().enumerate().map(|(index, call)| {
        let arguments = call.chosen().unwrap_or_else(|_| Value::from(call.arguments.as_str()));
        let mut view = CallView {
            tool: call.name,
            arguments,
            address: None,
            state: StepState::Skipped,
            result: Value::Null,
            error: None,
            approval: None,
            detail: None,
        };
        match plans.get(index) {
            Some(CallChoice::To { to, .. }) => {
                used(steps, &format!("{agent}[{number}].{to}.{index}/"), &mut view);
            }
            Some(CallChoice::No { why }) => {
                view.state = StepState::Failed;
                view.error =
                    Some(StepError::new(codex32_model::codes::run::TOOL_CALL, why.clone()));
            }
            // A limit was reached before.
            None => {}
        }
        view
    });
    TurnView {
        number: number + 1,
        address: step.address.clone(),
        state: step.state,
        model: turn.said.get("model").map(Value::to_text),
        text: turn.text(),
        calls: calls.collect(),
        note,
        tokens: TokensView {
            input: turn.number(["tokens", "input"]),
            output: turn.number(["tokens", "output"]),
        },
        cost_usd: turn.cost() as f64 / 1e6,
        error: step.error.clone(),
        logs: step.logs.clone(),
        started_at: step.started_at,
        ended_at: step.ended_at,
    }
}

/// What is known of a use of a tool: its steps stand below `prefix`.
fn used(steps: &[StepView], prefix: &str, view: &mut CallView) {
    // A read that has not ended yet has no facts.
    view.state = StepState::Running;
    for step in steps.iter().filter(|step| step.address.starts_with(prefix)) {
        view.address = Some(step.address.clone());
        view.state = step.state;
        view.error.clone_from(&step.error);
        view.detail.clone_from(&step.detail);
        if &step.address[prefix.len()..] == APPROVAL {
            let said = step.output.get("approved").map(|_| step.output.clone());
            if step.output.get("approved").is_some_and(|approved| !approved.truthy()) {
                view.state = StepState::Skipped;
            } else if said.is_some() {
                // Approved: the tool is in use.
                view.state = StepState::Running;
            }
            let open = || Value::object([("approved", Value::Null)]);
            view.approval = Some(said.unwrap_or_else(open));
        } else {
            view.result = step.output.clone();
        }
    }
}
