//! The parts become a bot: name, description, triggers, the last corrections.

use codex32_model::definition::{
    Backoff, Bot, Limits, OnError, OnReject, Respond, Step, Trigger, TriggerKind, Verb,
};
use codex32_model::{Schema, Value};
use indexmap::IndexMap;

use super::{Builder, retry};
use crate::text::{self, Text};
use crate::triggers::schedules::Timed;
use crate::{Draft, Question, QuestionKind, explain, review};

impl Builder<'_> {
    pub(super) fn finish(
        mut self,
        text: &Text,
        asked: &str,
        mut steps: Vec<Step>,
        timed: &Timed,
    ) -> Draft {
        self.settle(&mut steps);
        if steps.is_empty() {
            let mut more = self.nothing_to_do();
            steps.append(&mut more);
            self.settle(&mut steps);
        }
        let open_only = steps.iter().all(|step| matches!(step.verb, Verb::Set(Value::Null)));
        let unstarted = matches!(self.start.kind, None | Some(TriggerKind::Manual));
        if (steps.is_empty() || open_only) && unstarted {
            return self.without_definition();
        }
        if steps.is_empty() {
            let step = self.open_end(&text.source);
            steps.push(step);
        }
        let rate = self.guards.rate;
        let mut bot = Bot {
            bot: name(text, &self.start.kind, timed),
            description: Some(describe(asked)),
            inputs: std::mem::take(&mut self.inputs),
            output: None,
            triggers: self.triggers(&steps, timed),
            steps,
            on_error: std::mem::take(&mut self.on_error),
            limits: Limits { rate, ..Limits::default() },
        };
        // "the bot sync should be started": a name of its own, or it would call itself.
        let own = bot.bot.clone();
        if any(&bot.steps, &|step| matches!(&step.verb, Verb::Call(call) if call.bot == own)) {
            bot.bot.push_str("-starter");
        }
        self.supply_inputs(&mut bot);
        let found = self.mend(&mut bot);
        for question in &mut self.questions {
            question.path = place(&bot, &question.id);
        }
        review::settle(found, &mut self.diagnostics);
        let broken = self.diagnostics.iter().any(codex32_model::Diagnostic::is_error);
        if broken {
            let text = self.say(
                "No valid bot came of this. What should it do, in simpler words or in parts?",
                "Daraus wurde kein gültiger Bot. Was soll er tun, in einfacheren Worten oder in Teilen?",
            );
            self.reask("sentence", QuestionKind::Clarify, text.to_owned());
        }
        let confidence = self.confidence(broken);
        let explanation =
            explain::explain(&bot, self.lang, self.request, &self.notes, &self.questions);
        Draft {
            definition: (!broken).then_some(bot),
            questions: self.questions,
            connections: self.connections,
            diagnostics: self.diagnostics,
            explanation,
            confidence,
        }
    }

    /// Nothing in the sentence says what to do.
    fn nothing_to_do(&mut self) -> Vec<Step> {
        if self.questions.iter().any(|question| question.required && question.id != "trigger.what")
        {
            return Vec::new();
        }
        let text = self.say(
            "What should the bot do? For example: “email sales@example.com” or “post it to https://…”.",
            "Was soll der Bot tun? Zum Beispiel: „maile an vertrieb@example.de“ oder „sende es an https://…“.",
        ).to_owned();
        self.clarify("what", text, "")
    }

    /// A draft of which only the questions are known.
    fn without_definition(mut self) -> Draft {
        if !self.questions.iter().any(|question| question.required) {
            self.questions.push(Question {
                id: "what".to_owned(),
                kind: QuestionKind::Clarify,
                path: String::new(),
                text: self.say("What should the bot do?", "Was soll der Bot tun?").to_owned(),
                required: true,
                default: None,
                choices: None,
            });
        }
        let mut explanation = self
            .say(
                "It is not clear yet what the bot should do.",
                "Es ist noch nicht klar, was der Bot tun soll.",
            )
            .to_owned();
        for question in &self.questions {
            explanation.push('\n');
            explanation.push_str(&question.text);
        }
        Draft {
            definition: None,
            questions: self.questions,
            connections: Vec::new(),
            diagnostics: self.diagnostics,
            explanation,
            confidence: 0.0,
        }
    }

    /// What later clauses said about earlier steps.
    fn settle(&self, steps: &mut [Step]) {
        for step in steps {
            if let Some(id) = &step.id {
                if let Some((_, tries)) = self.retries.iter().find(|(retried, _)| retried == id) {
                    step.retry = Some(retry(*tries));
                }
                if self.tolerant.contains(id) && matches!(step.verb, Verb::Do(_) | Verb::Call(_)) {
                    step.on_error = OnError::Continue;
                }
            }
            if let Some(retry) = &mut step.retry
                && let Some(pause) = self.guards.pause
            {
                retry.first = pause;
                retry.most = retry.most.max(pause);
                retry.backoff = Backoff::Constant;
            }
            if let Verb::Do(deed) = &step.verb
                && deed.action.starts_with("http.")
            {
                step.timeout = step.timeout.or(self.guards.timeout);
            }
            let accepts = step.id.as_ref().is_some_and(|id| self.accept_any.contains(id));
            match &mut step.verb {
                Verb::Do(deed) if accepts => {
                    deed.with.insert("accept".to_owned(), Value::str("any"));
                }
                Verb::Approve(approve) if self.weighs_approval => {
                    approve.on_reject = OnReject::Continue;
                }
                Verb::If { then, otherwise, .. } => {
                    self.settle(then);
                    self.settle(otherwise);
                }
                Verb::ForEach { steps, .. } => self.settle(steps),
                Verb::Parallel(branches) => {
                    branches.values_mut().for_each(|steps| self.settle(steps))
                }
                _ => {}
            }
        }
    }

    fn triggers(&mut self, steps: &[Step], timed: &Timed) -> IndexMap<String, Trigger> {
        let mut triggers = IndexMap::new();
        let plain = |kind| Trigger { when: None, inputs: IndexMap::new(), kind };
        let Some(mut kind) = self.start.kind.clone() else { return triggers };
        let guards = std::mem::take(&mut self.guards);
        guards.put(&mut kind, || {
            self.connection_of("webhook", codex32_model::action::ConnectionNeed::Required)
                .unwrap_or_default()
        });
        let answers =
            any(steps, &|step| matches!(step.verb, Verb::Respond { .. } | Verb::Return(_)));
        match &mut kind {
            TriggerKind::Webhook(hook) if answers => hook.respond = Respond::Run,
            TriggerKind::Form { respond, .. } if answers => *respond = Respond::Run,
            _ => {}
        }
        let name = match &kind {
            TriggerKind::Webhook(hook) => text::ident(&hook.path),
            TriggerKind::Event { event } => text::ident(event),
            TriggerKind::Schedule(_) => "schedule".to_owned(),
            TriggerKind::Manual => "by_hand".to_owned(),
            TriggerKind::App { event, .. } => {
                text::ident(event.split_once('.').map_or(event.as_str(), |(_, name)| name))
            }
            other => other.name().to_owned(),
        };
        let name = Some(name).filter(|name| !name.is_empty()).unwrap_or_else(|| "start".to_owned());
        let scheduled = matches!(kind, TriggerKind::Schedule(_));
        triggers.insert(name, Trigger { when: self.trigger_when.take(), ..plain(kind) });
        if scheduled && !timed.contradiction && timed.triggers.len() > 1 {
            for (at, trigger) in timed.triggers.iter().enumerate().skip(1) {
                triggers.insert(
                    format!("schedule_{}", at + 1),
                    plain(TriggerKind::Schedule(trigger.clone())),
                );
            }
        }
        triggers
    }

    /// A schedule brings no inputs: those that it would need are optional.
    fn supply_inputs(&self, bot: &mut Bot) {
        let scheduled =
            bot.triggers.values().any(|trigger| matches!(trigger.kind, TriggerKind::Schedule(_)));
        if scheduled {
            for field in bot.inputs.values_mut() {
                field.required = false;
                field.schema = std::mem::take(&mut field.schema).or_null();
            }
        }
        for field in bot.inputs.values_mut().filter(|field| !field.required) {
            if field.schema != Schema::Any {
                field.schema = std::mem::take(&mut field.schema).or_null();
            }
        }
    }

    fn confidence(&self, broken: bool) -> f64 {
        if broken {
            return 0.0;
        }
        let required = self.questions.iter().filter(|question| question.required).count() as f64;
        let doubts = f64::from(self.doubtful);
        let understood = f64::from(self.understood.max(1));
        let share = understood / (understood + doubts);
        let notes = 0.97_f64.powf(self.notes.len() as f64);
        (share * 0.8_f64.powf(required) * notes * 100.0).round() / 100.0
    }
}

/// Whether a step at any depth fits.
pub(crate) fn any(steps: &[Step], fits: &dyn Fn(&Step) -> bool) -> bool {
    steps.iter().any(|step| {
        fits(step)
            || match &step.verb {
                Verb::If { then, otherwise, .. } => any(then, fits) || any(otherwise, fits),
                Verb::ForEach { steps, .. } => any(steps, fits),
                Verb::Parallel(branches) => branches.values().any(|steps| any(steps, fits)),
                Verb::Switch { cases, default, .. } => {
                    cases.values().any(|steps| any(steps, fits))
                        || default.as_ref().is_some_and(|steps| any(steps, fits))
                }
                Verb::Try { body, catch, finally } => {
                    any(body, fits)
                        || [catch, finally].into_iter().flatten().any(|steps| any(steps, fits))
                }
                _ => false,
            }
    })
}

/// A slug of what starts the bot and what it does.
fn name(text: &Text, start: &Option<TriggerKind>, timed: &Timed) -> String {
    let mut words: Vec<String> = Vec::new();
    match start {
        Some(TriggerKind::Webhook(hook)) => words.push(hook.path.clone()),
        Some(TriggerKind::Event { event }) => words.push(event.clone()),
        _ => {}
    }
    let skip = [
        "webhook",
        "event",
        "webhooks",
        "events",
        "otherwise",
        "sonst",
        "after",
        "times",
        "bitte",
        "over",
        "above",
        "below",
        "under",
        "least",
        "most",
        "more",
        "less",
        "than",
        "mehr",
        "weniger",
        "mindestens",
        "uhr",
        "ueber",
        "unter",
        "als",
        "hoechstens",
        "then",
        "unless",
        "while",
        "row",
        "input",
        "eine",
        "once",
    ];
    let inside = |token: &text::Token| {
        timed.taken.iter().any(|range| token.at.start >= range.start && token.at.end <= range.end)
    };
    let told = text.tokens.iter().filter(|token| {
        token.is_word()
            && token.low.len() > 2
            && token.number.is_none()
            && !crate::lexicon::is_empty_word(token)
            && !token.any(&skip)
            && !token.any(crate::lexicon::ARRIVES)
            && !inside(token)
            && !token.low.starts_with(|c: char| c.is_ascii_digit())
    });
    for token in told {
        if words.len() >= 4 {
            break;
        }
        let slug = text::slug(&token.low, '-');
        if !slug.is_empty() && !words.iter().any(|word| word.contains(&slug)) {
            words.push(slug);
        }
    }
    let slug = text::slug(&words.join("-"), '-');
    let from = slug.find(|c: char| c.is_ascii_lowercase()).unwrap_or(slug.len());
    let slug = slug[from..].chars().take(48).collect::<String>();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "new-bot".to_owned() } else { slug.to_owned() }
}

fn describe(source: &str) -> String {
    let line = source.replace(";;", "→").split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(300).collect();
    text::literal(&short)
}

/// Where in the definition an answer goes, as far as a placeholder tells.
fn place(bot: &Bot, id: &str) -> String {
    if id.starts_with("trigger") {
        return bot
            .triggers
            .keys()
            .next()
            .map(|name| format!("triggers.{name}"))
            .unwrap_or_default();
    }
    let slot = id.rsplit('.').next().unwrap_or_default();
    for (at, step) in bot.steps.iter().enumerate() {
        if let Verb::Do(deed) = &step.verb
            && deed
                .with
                .get(slot)
                .and_then(Value::as_str)
                .is_some_and(|text| text.contains("{{ env."))
        {
            return format!("steps[{at}].with.{slot}");
        }
        if let Verb::Set(Value::Null) = step.verb
            && ["what", "instead", "via"].contains(&slot)
        {
            return format!("steps[{at}]");
        }
    }
    String::new()
}
