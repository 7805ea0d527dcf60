//! `approve`: a step that asks people and waits. Their answer is a fact, and so is their silence; the one
//! that stands in the journal first counts.

use codex32_flow::flow::{Flow, Op};
use codex32_model::codes;
use codex32_model::definition::Decision;
use codex32_model::run::StepError;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::state::{Current, Ending, FrameId, Role, State};

impl State {
    /// Takes what somebody said for the answer: `{approved, by, at, form, …}`.
    pub(super) fn answered(&mut self, flow: &Flow, id: FrameId, said: &Value, at: Timestamp) {
        let field = |name: &str| said.get(name).cloned().unwrap_or_default();
        let approved = field("approved").truthy();
        let output = Value::object([
            ("approved", Value::Bool(approved)),
            ("by", field("by")),
            ("at", field("at")),
            ("expired", Value::Bool(false)),
            ("form", field("form")),
        ]);
        let comment = field("comment").to_text();
        let colon = if comment.is_empty() { "" } else { ": " };
        let why = format!("rejected by {}{colon}{comment}", field("by").to_text());
        self.approval_over(flow, id, approved, output, why, at);
    }

    /// Nobody answered in time.
    pub(super) fn expired(&mut self, flow: &Flow, id: FrameId, at: Timestamp) {
        let Some(frame) = self.frame(id) else { return };
        let Op::Approve { approve, .. } = &Self::current_step(flow, frame).op else { return };
        let approved = approve.silence() == Decision::Approve;
        let output = Value::object([
            ("approved", Value::Bool(approved)),
            ("by", Value::Null),
            ("at", Value::from(at.to_string())),
            ("expired", Value::Bool(true)),
            ("form", Value::Null),
        ]);
        let why = "nobody answered in time".to_owned();
        self.approval_over(flow, id, approved, output, why, at);
    }

    /// People do not want an agent to use a tool: its model is told.
    fn refused_tool(
        &mut self,
        flow: &Flow,
        id: FrameId,
        output: Value,
        why: String,
        at: Timestamp,
    ) {
        let Some(frame) = self.frame(id) else { return };
        self.tell(id, &Self::current_step(flow, frame).label, || Ok(output));
        let Some(frame) = self.remove(id) else { return };
        if let Some(agent) = frame.parent {
            let refused = StepError::new(codes::run::REJECTED, why);
            self.agent_block_over(flow, agent, &frame.role, Err(refused), at);
        }
    }

    fn approval_over(
        &mut self,
        flow: &Flow,
        id: FrameId,
        approved: bool,
        output: Value,
        why: String,
        at: Timestamp,
    ) {
        let Some(frame) = self.frame(id) else { return };
        let step = Self::current_step(flow, frame);
        let Op::Approve { approve, .. } = &step.op else { return };
        self.agent_asks(id, false, at);
        let Some(frame) = self.frame(id) else { return };
        let step = Self::current_step(flow, frame);
        if let (Role::ToolCall(_), false) = (&frame.role, approved) {
            return self.refused_tool(flow, id, output, why, at);
        }
        if !approve.ends_with(approved) {
            return self.complete_step(flow, id, output, at);
        }
        let mut error = StepError::new(codes::run::REJECTED, why);
        error.step = Some(Self::address(frame, &step.label).to_string());
        let over = output.clone();
        self.tell(id, &step.label, || Ok(over));
        if let (Some(name), Some(frame)) = (&step.id, self.frame_mut(id)) {
            // What a `finally` around it may ask for.
            frame.outputs.push((name.clone(), output));
        }
        // It is over: leaving the run does not cut it off.
        self.set(id, Current::Ready);
        self.close(flow, Ending::Cancelled(error), Some(id), at);
    }
}
