//! Steps that leave the run: actions, code, calls, and the bot's memory.

use codex32_flow::flow::agent::MCP_CALL;

use super::*;

impl Step<'_> {
    /// Begins an attempt of a step that leaves the run: an action, code, a call, the bot's memory.
    pub(super) fn external(
        &mut self,
        id: FrameId,
        step: &FlowStep,
        address: Address,
        attempt: Attempt,
        again: bool,
    ) {
        let command = match self.command(id, step, &address, &attempt) {
            Ok(command) => command,
            Err(error) => return self.fail(address, attempt.number, error, Vec::new()),
        };
        let Some(command) = command else { return };
        match &command {
            Command::Action { key: Some(key), input, .. } if !again => {
                let (key, input) = (key.clone(), input.clone());
                self.fact(FactKind::AttemptStarted { a: address, n: attempt.number, key, input });
            }
            Command::Ask { key, input, .. } if !again => {
                let (key, input) = (key.clone(), input.clone());
                self.fact(FactKind::AttemptStarted { a: address, n: attempt.number, key, input });
            }
            Command::Turn { key, briefing, .. } if !again => {
                let key = key.clone();
                let input = Value::object([("turn", Value::from(briefing.turns.len() + 1))]);
                self.fact(FactKind::AttemptStarted { a: address, n: attempt.number, key, input });
            }
            Command::Code { key: Some(key), .. } if !again => {
                let key = key.clone();
                let input = Value::Null;
                self.fact(FactKind::AttemptStarted { a: address, n: attempt.number, key, input });
            }
            _ => {
                self.machine.state.set(id, Current::Running(attempt));
            }
        }
        self.out.commands.push(command);
    }

    pub(super) fn command(
        &mut self,
        id: FrameId,
        step: &FlowStep,
        address: &Address,
        attempt: &Attempt,
    ) -> Result<Option<Command>, StepError> {
        let number = attempt.number;
        Ok(match &step.op {
            Op::Action { action, effect, connection, with, .. } => {
                // The same key must carry the same request, whatever the time is now.
                let input = match &attempt.input {
                    Some(input) => input.clone(),
                    None => {
                        let input = self.value(id, with)?;
                        if action == MCP_CALL { input } else { self.chosen(id, input) }
                    }
                };
                if *effect == Effect::Store {
                    self.remember(id, action, &input, address, attempt)?;
                    return Ok(None);
                }
                let key = (*effect == Effect::Write).then(|| self.key(address, attempt));
                Some(Command::Action {
                    address: address.clone(),
                    attempt: number,
                    key,
                    action: action.clone(),
                    connection: connection.clone(),
                    input,
                    timeout: step.timeout,
                })
            }
            Op::Code(code) => {
                let now = self.ready_at(id);
                let scope = StepScope {
                    state: &self.machine.state,
                    frame: id,
                    now,
                    run: self.machine.about(),
                    extra: None,
                }
                .snapshot();
                let key = (!code.network.is_empty()).then(|| self.key(address, attempt));
                Some(Command::Code {
                    address: address.clone(),
                    attempt: number,
                    key,
                    code: code.clone(),
                    scope,
                    now,
                    timeout: step.timeout,
                })
            }
            Op::Ask { ask, prompt } => {
                // As for actions: the same key carries the same prompt.
                let input = match &attempt.input {
                    Some(input) => input.clone(),
                    None => {
                        let prompt = self.value(id, prompt)?.to_text();
                        let model = ask.model.as_deref().map(Value::from).unwrap_or_default();
                        Value::object([("prompt", Value::from(prompt)), ("model", model)])
                    }
                };
                Some(Command::Ask {
                    address: address.clone(),
                    attempt: number,
                    key: self.key(address, attempt),
                    ask: ask.clone(),
                    input,
                    run_limit: self.machine.flow.limits.cost_usd,
                    timeout: step.timeout,
                })
            }
            Op::Call { bot, with, detach } => {
                let input = self.value(id, with)?;
                let input = self.chosen(id, input);
                Some(Command::Call {
                    address: address.clone(),
                    attempt: number,
                    bot: bot.clone(),
                    input,
                    detach: *detach,
                })
            }
            Op::Listing => {
                let wanted = self.wanted(id);
                let (address, timeout) = (address.clone(), step.timeout);
                Some(Command::Listing { address, attempt: number, wanted, timeout })
            }
            Op::Turn => self.turn(id, step, address, attempt),
            _ => None,
        })
    }

    pub(super) fn key(&self, address: &str, attempt: &Attempt) -> String {
        if let Some(key) = &attempt.key {
            return key.clone();
        }
        let (origin, earlier) = match &self.machine.state.started {
            Some(started) => {
                (started.origin, started.generations.get(address).copied().unwrap_or(0))
            }
            None => (self.machine.run, 0),
        };
        key(origin, address, earlier + attempt.generation)
    }

    /// `state.*` and `log.*`.
    pub(super) fn remember(
        &mut self,
        id: FrameId,
        action: &str,
        input: &Value,
        address: &Address,
        attempt: &Attempt,
    ) -> Result<(), StepError> {
        let text = |name: &str| input.get(name).map(Value::to_text).unwrap_or_default();
        let kind = match action {
            "state.get" => StateOpKind::Get { key: text("key") },
            "state.set" => StateOpKind::Set {
                key: text("key"),
                value: input.get("value").cloned().unwrap_or_default(),
            },
            "state.add" => StateOpKind::Add {
                key: text("key"),
                by: input.get("by").map_or(Some(1.0), Value::as_f64).unwrap_or(1.0),
                within: match input.get("within") {
                    None | Some(Value::Null) => None,
                    Some(within) => Some(
                        when::duration(within)
                            .map_err(|message| StepError::new(codes::run::WAIT_TIME, message))?,
                    ),
                },
            },
            "state.new_items" => {
                let items = match input.get("items") {
                    Some(Value::List(items)) => items.to_vec(),
                    None | Some(Value::Null) => Vec::new(),
                    Some(other) => {
                        return Err(StepError::new(
                            codes::expr::TYPE,
                            format!("`items` must be a list and is {}", other.kind()),
                        ));
                    }
                };
                StateOpKind::NewItems {
                    key: text("key"),
                    items,
                    id: input.get("id").and_then(Value::as_str).map(str::to_owned),
                }
            }
            "log.write" => {
                let level = match text("level").as_str() {
                    "debug" => LogLevel::Debug,
                    "warn" | "warning" => LogLevel::Warn,
                    "error" => LogLevel::Error,
                    _ => LogLevel::Info,
                };
                let logs = vec![LogLine {
                    level,
                    message: text("message").chars().take(10_000).collect(),
                }];
                let a = address.clone();
                self.fact(FactKind::StepDone { a, o: Value::Null, i: Value::Null, s: None, logs });
                return Ok(());
            }
            other => {
                return Err(StepError::new(
                    codes::run::LATER,
                    format!("`{other}` is not known to the engine"),
                ));
            }
        };
        self.machine.state.set(id, Current::Running(attempt.clone()));
        self.out.ops.push(StateOp {
            address: address.clone(),
            at: self.at,
            attempt: attempt.number,
            kind,
        });
        Ok(())
    }
}
