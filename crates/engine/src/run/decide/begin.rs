//! Beginning the current step of a frame: what is pure is done at once.

use super::*;

impl Step<'_> {
    pub(super) fn begin(&mut self, id: FrameId) {
        let Some(step) = self.step_of(id) else { return };
        let Some(frame) = self.machine.state.frame(id) else { return };
        let attempt = match &frame.current {
            Current::Agent(_) => return self.agent_answered(id),
            Current::Ready => Attempt { number: 1, key: None, generation: 0, input: None },
            Current::Again(attempt) => attempt.clone(),
            _ => return,
        };
        let flow = Arc::clone(&self.machine.flow);
        let step = &flow.steps[step];
        let address = State::address(frame, &step.label);
        if attempt.number == 1
            && let Some(when) = &step.when
        {
            match self.expr(id, when) {
                Ok(value) if !value.truthy() => {
                    self.fact(FactKind::Choice { a: address, c: Choice::Skip });
                    return;
                }
                Ok(_) => {}
                Err(error) => return self.fail(address, 1, error, Vec::new()),
            }
        }
        let number = attempt.number;
        if let Err(error) = self.begin_op(id, step, &address, attempt) {
            self.fail(address, number, error, Vec::new());
        }
    }

    pub(super) fn begin_op(
        &mut self,
        id: FrameId,
        step: &FlowStep,
        address: &Address,
        attempt: Attempt,
    ) -> Result<(), StepError> {
        let a = address.clone();
        match &step.op {
            Op::Set(value) => {
                let o = self.value(id, value)?;
                self.fact(FactKind::StepDone { a, o, i: Value::Null, s: None, logs: Vec::new() });
            }
            Op::Return(value) => {
                let o = self.value(id, value)?;
                let (i, logs) = (Value::Null, Vec::new());
                self.leaving(FactKind::StepDone { a, o, i, s: None, logs });
            }
            Op::If { condition, .. } => {
                let name = if self.expr(id, condition)?.truthy() { "then" } else { "else" };
                self.fact(FactKind::Choice { a, c: Choice::Branch(Some(name.to_owned())) });
            }
            Op::Switch { on, cases, default } => {
                let text = self.expr(id, on)?.to_text();
                let branch = if cases.contains_key(&text) {
                    Some(text)
                } else {
                    default.map(|_| "default".to_owned())
                };
                self.fact(FactKind::Choice { a, c: Choice::Branch(branch) });
            }
            Op::ForEach { items, .. } => {
                let value = self.expr(id, items)?;
                let list = match &value {
                    Value::List(list) => list.to_vec(),
                    Value::Null => Vec::new(),
                    other => {
                        return Err(StepError::new(
                            codes::expr::TYPE,
                            format!("`for_each` needs a list and got {}", other.kind()),
                        ));
                    }
                };
                self.machine.bounds.fits(&value)?;
                let most = self.machine.bounds.items;
                if list.len() > most {
                    return Err(StepError::new(
                        codes::run::WIDTH,
                        format!(
                            "`for_each` goes through at most {most} items and got {}",
                            list.len()
                        ),
                    ));
                }
                self.fact(FactKind::Choice { a, c: Choice::Items(list) });
            }
            Op::Parallel(_) => {
                self.fact(FactKind::Choice { a, c: Choice::All });
            }
            Op::Try { .. } => {
                self.fact(FactKind::Choice { a, c: Choice::Branch(Some("try".to_owned())) });
            }
            Op::WaitFor(value) => {
                let value = self.value(id, value)?;
                let span = when::duration(&value)
                    .map_err(|message| StepError::new(codes::run::WAIT_TIME, message))?;
                let from = self.ready_at(id);
                self.fact(FactKind::WaitSet {
                    a,
                    until: Some(from.plus(span).micros()),
                    event: None,
                    since: None,
                });
            }
            Op::WaitUntil { at, timezone } => {
                let value = self.value(id, at)?;
                let zone = timezone.clone().unwrap_or_else(|| self.machine.zone.to_string());
                let until = when::moment(&value, &zone)
                    .map_err(|message| StepError::new(codes::run::WAIT_TIME, message))?;
                self.fact(FactKind::WaitSet {
                    a,
                    until: Some(until.micros()),
                    event: None,
                    since: None,
                });
            }
            Op::WaitEvent { event, timeout, since, .. } => {
                let from = self.ready_at(id);
                let since = match since {
                    Some(since) => {
                        let value = self.value(id, since)?;
                        let since = when::moment(&value, &self.machine.zone)
                            .map_err(|message| StepError::new(codes::run::WAIT_TIME, message))?;
                        Some(since.micros())
                    }
                    None => None,
                };
                let until = timeout.map(|timeout| from.plus(timeout).micros());
                self.out.waits.push((a.clone(), event.clone()));
                self.fact(FactKind::WaitSet { a, until, event: Some(event.clone()), since });
            }
            Op::Approve { approve, text, to } => self.ask_people(id, a, approve, text, to)?,
            Op::Emit { event, data, key } => self.emit(id, a, event, data, key.as_ref())?,
            Op::Respond { status, headers, body } => {
                let status = self.value(id, status)?;
                let headers = self.value(id, headers)?;
                let body = self.value(id, body)?;
                let status = match &status {
                    Value::Null => 200,
                    other => other
                        .as_f64()
                        .filter(|code| (100.0..=599.0).contains(code))
                        .map(|code| code as u16)
                        .ok_or_else(|| {
                            StepError::new(
                                codes::expr::TYPE,
                                format!("{} is not an HTTP status", other.to_json()),
                            )
                        })?,
                };
                self.fact(FactKind::Responded { a, status, headers, body });
            }
            Op::Code(_) if self.begin_in_chunk(id, step, address, &attempt) => {}
            Op::Agent(agent) => {
                let task = self.value(id, &agent.prompt)?;
                let task = Value::from(task.to_text());
                self.fact(FactKind::Choice { a, c: Choice::Agent(task) });
            }
            Op::Action { .. }
            | Op::Code(_)
            | Op::Ask { .. }
            | Op::Call { .. }
            | Op::Listing
            | Op::Turn => {
                self.external(id, step, a, attempt, false);
            }
        }
        Ok(())
    }

    pub(super) fn emit(
        &mut self,
        id: FrameId,
        a: Address,
        event: &str,
        data: &Compiled,
        key: Option<&Compiled>,
    ) -> Result<(), StepError> {
        let data = self.value(id, data)?;
        let key = key.map(|key| self.value(id, key)).transpose()?.map(|key| key.to_text());
        // The dispatcher starts nothing by an event that went too far.
        let hops = self.machine.state.started.as_ref().map_or(0, |started| started.hops);
        let hops = hops.saturating_add(1);
        let event_id = self.event_id();
        let source = self.machine.flow.bot.bot.clone();
        self.out.events.push(NewEvent {
            id: event_id,
            kind: event.to_owned(),
            source,
            data,
            key,
            hops,
            at: self.at,
        });
        let o = Value::object([("event", Value::from(event_id.to_string()))]);
        self.fact(FactKind::StepDone { a, o, i: Value::Null, s: None, logs: Vec::new() });
        Ok(())
    }

    pub(super) fn event_id(&mut self) -> EventId {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&(self.draw)().to_le_bytes());
        random[8..].copy_from_slice(&(self.draw)().to_le_bytes()[..2]);
        EventId::new(self.at, random)
    }
}
