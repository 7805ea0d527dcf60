//! Asking people, and taking what they say.

use codex32_flow::schema::to_json_schema;
use codex32_model::definition::{Approve, Decision as Answer};
use codex32_model::ids::ApprovalId;
use codex32_store::approvals::{ApprovalChange, ApprovalEnd, NewApproval};

use super::*;

/// Longest question, in characters, and longest address.
const MOST_TEXT: usize = 10_000;
const MOST_ADDRESS: usize = 320;
/// Most people that one approval asks.
pub(crate) const MOST_PEOPLE: usize = 50;

impl Step<'_> {
    pub(super) fn ask_people(
        &mut self,
        id: FrameId,
        a: Address,
        approve: &Approve,
        text: &Compiled,
        to: &[Compiled],
    ) -> Result<(), StepError> {
        let refused = |message: String| StepError::new(codes::run::QUESTION, message);
        let text = self.value(id, text)?.to_text();
        let length = text.chars().count();
        if text.trim().is_empty() {
            return Err(refused("the question is empty".to_owned()));
        }
        if length > MOST_TEXT {
            return Err(refused(format!("the question has {length} characters")));
        }
        let mut people = Vec::new();
        for entry in to {
            let value = self.value(id, entry)?;
            let several = value.as_list().unwrap_or(std::slice::from_ref(&value));
            for person in several {
                match person {
                    Value::Null => {}
                    Value::Str(name) if name.len() <= MOST_ADDRESS => {
                        let name = name.trim().to_owned();
                        if !name.is_empty() && !people.contains(&name) {
                            people.push(name);
                        }
                    }
                    other => {
                        let what = other.kind();
                        return Err(refused(format!("`to` gave {what} in place of an address")));
                    }
                }
            }
        }
        if people.len() > MOST_PEOPLE {
            return Err(refused(format!("`to` gave {} people", people.len())));
        }
        let expires_at = approve.expires.map(|span| self.ready_at(id).plus(span));
        let approval = self.approval_id();
        self.out.approvals.push(ApprovalChange::Asked(Box::new(NewApproval {
            id: approval,
            address: a.clone(),
            text: text.clone(),
            to: people.clone(),
            form: to_json_schema(&approve.form).to_string(),
            at: self.at,
            expires_at,
            silence: approve.silence() == Answer::Approve,
        })));
        let until = expires_at.map(Timestamp::micros);
        self.fact(FactKind::Asked { a, q: text, to: people, until });
        Ok(())
    }

    fn approval_id(&mut self) -> ApprovalId {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&(self.draw)().to_le_bytes());
        random[8..].copy_from_slice(&(self.draw)().to_le_bytes()[..2]);
        ApprovalId::new(self.at, random)
    }

    /// Somebody answered.
    pub(super) fn answered(&mut self, address: &str, said: Value) {
        let Some(id) = self.current_at(address) else { return };
        let Some((approve, a)) = self.asking(id) else { return };
        let approved = said.get("approved").is_some_and(Value::truthy);
        let ends = approve.ends_with(approved);
        self.approval_over(a.clone(), ApprovalEnd::Decided(said.clone()));
        self.over_with(FactKind::Signal { a, data: said }, ends);
    }

    /// The time of an approval is over.
    pub(super) fn silent(&mut self, id: FrameId) {
        let Some((approve, a)) = self.asking(id) else { return };
        let ends = approve.ends_with(approve.silence() == Answer::Approve);
        self.approval_over(a.clone(), ApprovalEnd::Expired);
        self.over_with(FactKind::TimerFired { a }, ends);
    }

    /// Approvals that the run has left without an answer.
    pub(super) fn leave_approvals(&mut self) {
        for address in self.machine.state.take_left_approvals() {
            let told = self.out.approvals.iter().any(|change| {
                matches!(change, ApprovalChange::Over { address: over, .. } if *over == address)
            });
            if !told {
                self.approval_over(address, ApprovalEnd::Cancelled);
            }
        }
    }

    fn asking(&self, id: FrameId) -> Option<(Approve, Address)> {
        let frame = self.machine.state.frame(id)?;
        let (step, a) = self.machine.current(id)?;
        match (&step.op, &frame.current) {
            (Op::Approve { approve, .. }, Current::Asking { .. }) => Some((approve.clone(), a)),
            _ => None,
        }
    }

    fn approval_over(&mut self, address: Address, end: ApprovalEnd) {
        self.out.approvals.push(ApprovalChange::Over { address, end, at: self.at });
    }

    fn over_with(&mut self, kind: FactKind, ends: bool) {
        if ends {
            self.leaving(kind);
        } else {
            self.fact(kind);
        }
    }
}
