//! What the checker refuses is left out, made to fit or asked for, so that a valid definition comes
//! of every sentence: one wrong parameter must not cost the trigger, the times and the other steps.

use codex32_model::definition::{Bot, Step, Verb};
use codex32_model::{Diagnostic, Value, codes};

use super::Builder;
use super::catalogue::typed;
use crate::conditions;
use crate::text::Lang;
use crate::{QuestionKind, review};

/// Each round mends all that the last one found; a step that is replaced may cost another.
const MOST_ROUNDS: usize = 6;

/// Where an error lies: the step, and the path within it.
struct Spot<'s> {
    step: &'s mut Step,
    /// Such as `with.text`, `if`; empty for the step itself.
    tail: String,
}

impl Builder<'_> {
    /// Mends the bot until the checker takes it. What it says last is the verdict.
    pub(super) fn mend(&mut self, bot: &mut Bot) -> Vec<Diagnostic> {
        for call in calls(&bot.steps) {
            // A bot that runs another has a name of its own.
            if call == bot.bot {
                bot.bot = format!("start-{}", bot.bot).chars().take(60).collect();
            }
        }
        let mut found = review::look(bot, self.request);
        for _ in 0..MOST_ROUNDS {
            let errors: Vec<Diagnostic> =
                found.iter().filter(|found| found.is_error()).cloned().collect();
            if errors.is_empty() {
                break;
            }
            let mut mended = false;
            for error in &errors {
                mended |= self.mend_one(bot, error);
            }
            if !mended {
                break;
            }
            found = review::look(bot, self.request);
        }
        found
    }

    fn mend_one(&mut self, bot: &mut Bot, error: &Diagnostic) -> bool {
        let path = error.place.path.as_str();
        if let Some(rest) = path.strip_prefix("triggers.") {
            let name = rest.split(['.', '[']).next().unwrap_or_default();
            let Some(trigger) = bot.triggers.get_mut(name) else { return false };
            // What must hold cannot be asked of what comes: it comes always, and the user is told.
            if rest.contains(".when") && trigger.when.take().is_some() {
                self.doubtful += 1;
                let note = self.say("a condition was left out", "eine Bedingung wurde weggelassen");
                self.notes.push(note.to_owned());
                return true;
            }
            return false;
        }
        let list = if path.starts_with("on_error") { &mut bot.on_error } else { &mut bot.steps };
        let root = if path.starts_with("on_error") { "on_error" } else { "steps" };
        let Some(spot) = spot(list, root, path) else { return false };
        let key = spot.step.id.clone().unwrap_or_else(|| "step".to_owned());
        match spot.tail.split(['.', '[']).next().unwrap_or_default() {
            "with" => self.mend_argument(spot, &key, error),
            "when" => spot.step.when.take().is_some(),
            "retry" => spot.step.retry.take().is_some(),
            "timeout" => spot.step.timeout.take().is_some(),
            "if" => self.mend_condition(spot.step, error),
            _ => self.replace(spot.step, &key),
        }
    }

    /// A parameter: made a text, left out when it may be, else asked for; at last the step goes.
    fn mend_argument(&mut self, spot: Spot<'_>, key: &str, error: &Diagnostic) -> bool {
        let name = spot.tail.split(['.', '[']).nth(1).unwrap_or_default().to_owned();
        let Verb::Do(deed) = &mut spot.step.verb else { return self.replace(spot.step, key) };
        let Some(action) = self.request.catalogue.action(&deed.action) else {
            return self.replace(spot.step, key);
        };
        let spec = action.params.get(&name);
        let asked = deed
            .with
            .get(&name)
            .and_then(Value::as_str)
            .is_some_and(|text| text.contains("{{ env."));
        if let Some(text) = deed.with.get(&name).and_then(Value::as_str)
            && error.code == codes::bot::PARAM_TYPE
            && let Some(inner) = whole_expression(text)
            && !inner.starts_with("String(")
            && !asked
        {
            let text = format!("{{{{ String({inner}) }}}}");
            deed.with.insert(name, Value::str(text));
            return true;
        }
        match spec {
            Some(field) if field.required && field.default.is_none() && !asked => {
                let text = self.which(&action.title, &name, field);
                let variable = format!("{}_{name}", action.connector);
                let (schema, id) = (field.schema.clone(), format!("{key}.{name}"));
                let value = self.missing(&id, text, &variable);
                self.doubtful += 1;
                if let Verb::Do(deed) = &mut spot.step.verb {
                    deed.with.insert(name, typed(value, &schema));
                }
                true
            }
            _ if deed.with.shift_remove(&name).is_some()
                && !spec.is_some_and(|spec| spec.required) =>
            {
                self.doubtful += 1;
                let note = match self.lang {
                    Lang::En => format!("`{name}` of `{key}` was left out"),
                    Lang::De => format!("`{name}` von `{key}` wurde weggelassen"),
                };
                self.notes.push(note);
                true
            }
            _ => self.replace(spot.step, key),
        }
    }

    /// A condition that cannot be asked of the data decides by an answer of the user.
    fn mend_condition(&mut self, step: &mut Step, error: &Diagnostic) -> bool {
        let Verb::If { condition, .. } = &mut step.verb else { return false };
        if condition.contains("env.CONDITION") {
            return false;
        }
        // What was answered before is tried once.
        if let Some(answer) = self.answered("condition.says") {
            let nouns = self.nouns();
            let parsed = conditions::parse(&crate::text::read(&answer).tokens, self.lang, &nouns);
            if let Some(expression) = parsed.and_then(|parsed| self.expression(&parsed)) {
                *condition = format!("{{{{ {expression} }}}}");
                return true;
            }
        }
        "{{ env.CONDITION == 'yes' }}".clone_into(condition);
        self.doubtful += 1;
        let text = match self.lang {
            Lang::En => format!("How can the bot tell which way to go? {}", error.message),
            Lang::De => {
                format!("Woran erkennt der Bot, welchen Weg er geht? {}", error.message)
            }
        };
        self.reask("condition.says", QuestionKind::Clarify, text);
        true
    }

    /// The answer to a question of this stage, the first time that it is asked for.
    fn answered(&mut self, id: &str) -> Option<String> {
        let tried = self.keys.entry(format!("answered {id}")).or_default();
        *tried += 1;
        let first = *tried == 1;
        self.request.answers.get(id).filter(|answer| first && !answer.trim().is_empty()).cloned()
    }

    /// The step does nothing until it is said what it should do.
    fn replace(&mut self, step: &mut Step, key: &str) -> bool {
        if matches!(step.verb, Verb::Set(Value::Null)) {
            return false;
        }
        if let Some(answer) = self.answered(&format!("{key}.what")) {
            let mut steps = self.reread(&format!("{key}.what"), &answer);
            match steps.len() {
                0 => {}
                1 => {
                    let id = step.id.take();
                    *step = steps.swap_remove(0);
                    // Later steps know it under the name that it had.
                    step.id = id.or(step.id.take());
                    return true;
                }
                _ => {
                    step.verb = Verb::If {
                        condition: "{{ true }}".to_owned(),
                        then: steps,
                        otherwise: Vec::new(),
                    };
                    return true;
                }
            }
        }
        let text = match self.lang {
            Lang::En => {
                format!("The step `{key}` did not come out right. What exactly should it do?")
            }
            Lang::De => format!("Der Schritt `{key}` ist nicht gelungen. Was genau soll er tun?"),
        };
        self.reask(&format!("{key}.what"), QuestionKind::Clarify, text);
        self.doubtful += 1;
        let mut open = self.open_end(key);
        open.id = step.id.take();
        *step = open;
        true
    }
}

/// `{{ … }}` and nothing else.
fn whole_expression(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    (!inner.contains("{{") && !inner.contains("}}")).then_some(inner)
}

/// The innermost step that a path leads to.
fn spot<'s>(steps: &'s mut [Step], prefix: &str, path: &str) -> Option<Spot<'s>> {
    let (at, step) = steps.iter_mut().enumerate().find_map(|(at, step)| {
        let own = format!("{prefix}[{at}]");
        let rest = path.strip_prefix(&own)?;
        (rest.is_empty() || rest.starts_with('.')).then_some((at, step))
    })?;
    let own = format!("{prefix}[{at}]");
    let tail = path.strip_prefix(&own).unwrap_or_default().trim_start_matches('.').to_owned();
    // An index after the first word leads into a list of steps.
    let inside = tail.split_once('[').map(|(head, _)| format!("{own}.{head}"));
    let Some(inside) = inside.filter(|_| !tail.starts_with("with") && !tail.starts_with("to["))
    else {
        return Some(Spot { step, tail });
    };
    let deeper = |list: &[Step]| list.len() > index_in(&tail).unwrap_or(usize::MAX);
    let head = tail.split('[').next().unwrap_or_default().to_owned();
    let found = match &step.verb {
        Verb::If { then, .. } if head == "then" => deeper(then),
        Verb::If { otherwise, .. } if head == "else" => deeper(otherwise),
        Verb::ForEach { steps, .. } => deeper(steps),
        Verb::Parallel(branches) => {
            branches.iter().any(|(name, steps)| head.ends_with(name.as_str()) && deeper(steps))
        }
        _ => false,
    };
    if !found {
        return Some(Spot { step, tail });
    }
    match &mut step.verb {
        Verb::If { then, .. } if head == "then" => spot(then, &inside, path),
        Verb::If { otherwise, .. } => spot(otherwise, &inside, path),
        Verb::ForEach { steps, .. } => spot(steps, &inside, path),
        Verb::Parallel(branches) => branches
            .iter_mut()
            .find(|(name, _)| head.ends_with(name.as_str()))
            .and_then(|(_, steps)| spot(steps, &inside, path)),
        _ => None,
    }
}

/// The first index of a path.
fn index_in(tail: &str) -> Option<usize> {
    let (_, rest) = tail.split_once('[')?;
    rest.split_once(']')?.0.parse().ok()
}

/// The names of bots that are run at any depth.
fn calls(steps: &[Step]) -> Vec<String> {
    let mut out = Vec::new();
    for step in steps {
        match &step.verb {
            Verb::Call(call) => out.push(call.bot.clone()),
            Verb::If { then, otherwise, .. } => {
                out.append(&mut calls(then));
                out.append(&mut calls(otherwise));
            }
            Verb::ForEach { steps, .. } => out.append(&mut calls(steps)),
            Verb::Parallel(branches) => {
                branches.values().for_each(|steps| out.append(&mut calls(steps)));
            }
            _ => {}
        }
    }
    out
}
