//! What became of steps that were begun: outcomes, timers, events, children, recovery.

use super::*;

impl Step<'_> {
    /// What is on its way: attempts, whether they write, and called runs.
    pub(super) fn on_its_way(&self) -> (Vec<OnItsWay>, Vec<(RunId, FrameId)>) {
        let machine = &self.machine;
        let of = |id| {
            let attempt = machine.state.frame(id)?.begun()?;
            let (_, address) = machine.current(id)?;
            let (number, writes) = (attempt.number, attempt.key.is_some());
            Some(OnItsWay { frame: id, address, number, writes })
        };
        (machine.state.running().filter_map(of).collect(), machine.state.children().collect())
    }

    /// A fact after which the run may leave steps that are on their way.
    pub(super) fn leaving(&mut self, kind: FactKind) {
        let (attempts, children) = self.on_its_way();
        self.fact(kind);
        let state = &self.machine.state;
        let gone = |id: &FrameId| {
            let current = state.frame(*id).map(|frame| &frame.current);
            !matches!(current, Some(Current::Running(_) | Current::Child { .. }))
        };
        let attempts: Vec<_> =
            attempts.into_iter().filter(|attempt| gone(&attempt.frame)).collect();
        self.out.left.extend(children.iter().filter(|(_, id)| gone(id)).map(|(run, _)| *run));
        self.cut_off(attempts);
    }

    pub(super) fn cut_off(&mut self, attempts: Vec<OnItsWay>) {
        let mut writes = Vec::new();
        for OnItsWay { address, number, writes: write, .. } in attempts {
            self.out.commands.retain(|command| !command.is_of(&address));
            if write {
                writes.push((address.clone(), number));
            }
            self.out.cut.push((address, number));
        }
        self.abandon(writes);
    }

    /// Marks writes that are cut off: nobody knows whether they took effect.
    pub(super) fn abandon(&mut self, running: Vec<(Address, u32)>) {
        for (a, n) in running {
            let mut error = StepError::new(
                codes::run::UNKNOWN_OUTCOME,
                "what it was part of ended while this was on its way; look at the other side",
            );
            error.attempts = n;
            self.fact(FactKind::AttemptFailed {
                a,
                n,
                error,
                retry_at: None,
                unknown: true,
                logs: Vec::new(),
            });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of an outcome")]
    pub(super) fn done(
        &mut self,
        id: FrameId,
        address: Address,
        attempt: u32,
        output: Value,
        input: Value,
        began: Timestamp,
        logs: Vec<LogLine>,
    ) {
        if let Err(error) = self.machine.bounds.fits(&output) {
            return self.fail(address, attempt, error, logs);
        }
        let Some(step) = self.step_of(id) else { return };
        if let Op::Code(CodeStep { output: Some(schema), .. })
        | Op::Ask { ask: Ask { output: Some(schema), .. }, .. } =
            &self.machine.flow.steps[step].op
            && let Err(problem) = fits(schema, &output)
        {
            return self.fail(address, attempt, StepError::new(codes::run::OUTPUT, problem), logs);
        }
        self.fact(FactKind::StepDone {
            a: address,
            o: output,
            i: input,
            s: Some(began.micros()),
            logs,
        });
    }

    pub(super) fn failed(&mut self, id: FrameId, address: Address, attempt: u32, failure: Failure) {
        let Some(step) = self.step_of(id) else { return };
        let mut error = failure.error;
        error.attempts = attempt;
        let jitter = ((self.draw)() >> 11) as f64 / (1_u64 << 53) as f64;
        let retry = self.machine.flow.steps[step].retry.clone();
        // What must not happen twice is not sent again while nobody knows whether it happened.
        let once = failure.unknown
            && matches!(
                self.machine.flow.steps[step].op,
                Op::Action { on_unknown: OnUnknown::Fail, .. }
            );
        let wait = if failure.retryable && !once {
            pause(retry.as_ref(), attempt + 1, jitter, failure.retry_after)
        } else {
            None
        };
        let retry_at = wait.map(|wait| self.at.plus(wait).micros());
        let unknown = failure.unknown;
        self.fact(FactKind::AttemptFailed {
            a: address,
            n: attempt,
            error,
            retry_at,
            unknown,
            logs: failure.logs,
        });
    }

    /// A step failed for good, without an attempt outside.
    pub(super) fn fail(
        &mut self,
        address: Address,
        attempt: u32,
        error: StepError,
        logs: Vec<LogLine>,
    ) {
        self.fact(FactKind::AttemptFailed {
            a: address,
            n: attempt,
            error,
            retry_at: None,
            unknown: false,
            logs,
        });
    }

    pub(super) fn child_ended(
        &mut self,
        id: FrameId,
        address: Address,
        run: RunId,
        state: RunState,
        output: Value,
        error: Option<StepError>,
    ) {
        let Some(step) = self.step_of(id) else { return };
        let Some(Current::Child { run: current, attempt }) =
            self.machine.state.frame(id).map(|frame| frame.current.clone())
        else {
            return;
        };
        if current != run {
            return;
        }
        let retry = self.machine.flow.steps[step].retry.clone();
        let jitter = ((self.draw)() >> 11) as f64 / (1_u64 << 53) as f64;
        if state != RunState::Succeeded
            && state != RunState::Cancelled
            && let Some(wait) = pause(retry.as_ref(), attempt + 1, jitter, None)
        {
            let mut failed = StepError::new(
                codes::run::CHILD_FAILED,
                format!("the called run {run} ended {}", state.as_str()),
            );
            failed.attempts = attempt;
            let retry_at = Some(self.at.plus(wait).micros());
            self.fact(FactKind::AttemptFailed {
                a: address,
                n: attempt,
                error: failed,
                retry_at,
                unknown: false,
                logs: Vec::new(),
            });
        } else {
            self.fact(FactKind::ChildEnded { a: address, run, state, output, error });
        }
    }

    pub(super) fn tick(&mut self) {
        let state = &self.machine.state;
        if state.ended.is_some() {
            return;
        }
        if let Some(until) = state.closing_until
            && state.ending.is_some()
            && until <= self.at
        {
            if state.is_in_on_error() {
                return self.leaving(FactKind::DeadlinePassed);
            }
            return self.end_now();
        }
        if state.ending.is_none()
            && state.started.as_ref().is_some_and(|started| started.deadline <= self.at)
        {
            return self.leaving(FactKind::DeadlinePassed);
        }
        for id in state.due(self.at) {
            let Some((_, address)) = self.machine.current(id) else { continue };
            match self.machine.state.frame(id).map(|frame| &frame.current) {
                Some(Current::Waiting { event: Some(event), .. }) => {
                    self.out.waits_over.push((address.clone(), event.clone()));
                }
                Some(Current::Waiting { .. } | Current::Retry { .. }) => {}
                Some(Current::Asking { .. }) => {
                    self.silent(id);
                    continue;
                }
                Some(Current::Agent(_)) => {
                    self.agent_out_of_time(id);
                    continue;
                }
                _ => continue,
            }
            self.fact(FactKind::TimerFired { a: address });
        }
    }

    pub(super) fn event(&mut self, event: &Value, kind: &str) {
        let flow = Arc::clone(&self.machine.flow);
        for id in self.machine.state.waiting_for(kind) {
            let Some(step) = self.step_of(id) else { continue };
            let Op::WaitEvent { matching, .. } = &flow.steps[step].op else { continue };
            let Some(frame) = self.machine.state.frame(id) else { continue };
            let address = State::address(frame, &flow.steps[step].label);
            let matches = match matching {
                None => Ok(true),
                Some(expr) => {
                    let mut budget = Budget::new(FUEL, MEMORY);
                    let scope = StepScope {
                        state: &self.machine.state,
                        frame: id,
                        now: self.at,
                        run: self.machine.about(),
                        extra: Some(("event", event)),
                    };
                    eval(expr, &scope, &mut budget).map(|value| value.truthy())
                }
            };
            match matches {
                Ok(true) => {
                    self.out.waits_over.push((address.clone(), kind.to_owned()));
                    self.fact(FactKind::Signal { a: address, data: event.clone() });
                }
                Ok(false) => {}
                Err(error) => {
                    self.out.waits_over.push((address.clone(), kind.to_owned()));
                    self.fail(address, 1, expression_error(&error), Vec::new());
                }
            }
        }
    }

    /// Issues again what was begun without an outcome.
    pub(super) fn recover(&mut self) {
        let begun: Vec<FrameId> = self.machine.state.running().collect();
        let flow = Arc::clone(&self.machine.flow);
        for id in begun {
            let Some(step) = self.step_of(id) else { continue };
            let Some(frame) = self.machine.state.frame(id) else { continue };
            let Some(attempt) = frame.begun().cloned() else { continue };
            let step = &flow.steps[step];
            let address = State::address(frame, &step.label);
            if let Op::Action { on_unknown: OnUnknown::Fail, .. } = &step.op {
                let mut error =
                    StepError::new(codes::run::UNKNOWN_OUTCOME, codes::run::UNKNOWN_OUTCOME.title);
                error.attempts = attempt.number;
                self.fact(FactKind::AttemptFailed {
                    a: address,
                    n: attempt.number,
                    error,
                    retry_at: None,
                    unknown: true,
                    logs: Vec::new(),
                });
                continue;
            }
            self.external(id, step, address, attempt, true);
        }
    }
}
