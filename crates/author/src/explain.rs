//! Stage 9: the draft in plain sentences, in the language of the request.

use codex32_model::Catalogue;
use codex32_model::definition::{Bot, POLL, Rule, Step, TriggerKind, Verb, Wait};
use codex32_model::time::format_duration;

use crate::text::Lang;
use crate::{Question, Request};

/// What starts the bot, each step, what was assumed, what is open.
pub fn explain(
    bot: &Bot,
    lang: Lang,
    request: &Request<'_>,
    notes: &[String],
    questions: &[Question],
) -> String {
    let mut lines = Vec::new();
    for trigger in bot.triggers.values() {
        lines.push(start(&trigger.kind, lang, request));
    }
    if bot.triggers.is_empty() {
        lines.push(lang.say("It is started by hand.", "Er wird von Hand gestartet.").to_owned());
    }
    steps(&bot.steps, lang, request.catalogue, 0, &mut lines);
    if !bot.on_error.is_empty() {
        lines.push(lang.say("If the bot fails:", "Wenn der Bot scheitert:").to_owned());
        steps(&bot.on_error, lang, request.catalogue, 1, &mut lines);
    }
    if !bot.inputs.is_empty() {
        let names: Vec<&str> = bot.inputs.keys().map(String::as_str).collect();
        lines.push(format!(
            "{} {}.",
            lang.say("It expects these inputs:", "Er erwartet diese Eingaben:"),
            names.join(", ")
        ));
    }
    for note in notes {
        lines.push(format!("{} {note}.", lang.say("Assumed:", "Angenommen:")));
    }
    let open = questions.iter().filter(|question| question.required).count();
    if open > 0 {
        lines.push(match lang {
            Lang::En => format!("Open: {open} question(s) to answer before it can be deployed."),
            Lang::De => format!("Offen: {open} Frage(n), die vor dem Einsatz zu beantworten sind."),
        });
    }
    lines.join("\n")
}

fn start(kind: &TriggerKind, lang: Lang, request: &Request<'_>) -> String {
    match kind {
        TriggerKind::App { event, poll, .. } => {
            let spec = request.catalogue.triggers().iter().find(|spec| spec.name == *event);
            let title = spec.map_or(event.as_str(), |spec| spec.title.as_str());
            let every = format_duration(poll.unwrap_or(POLL));
            match lang {
                Lang::En => format!(
                    "It starts for each new one: {title} ({event}). It looks every {every}; what is there at the first look starts nothing."
                ),
                Lang::De => format!(
                    "Er startet für jedes neue: {title} ({event}). Er sieht alle {every} nach; was beim ersten Mal schon da ist, startet nichts."
                ),
            }
        }
        TriggerKind::Schedule(schedule) => {
            let zone = schedule.timezone.as_deref().unwrap_or(request.zone);
            let said = codex32_flow::schedule::parse(schedule, zone).map(|parsed| match lang {
                Lang::En => parsed.describe(),
                Lang::De => parsed.describe_german(),
            });
            let rule = said.unwrap_or_else(|_| match &schedule.rule {
                Rule::Calendar(text) | Rule::Once(text) => text.clone(),
                Rule::Every(span) => format_duration(*span),
            });
            let named = if rule.contains(zone) { String::new() } else { format!(" ({zone})") };
            format!(
                "{} {rule}{named}.",
                lang.say("It starts by schedule:", "Er startet nach Plan:")
            )
        }
        TriggerKind::Webhook(hook) => match lang {
            Lang::En => format!(
                "It starts when a {} request reaches the webhook `{}`.",
                hook.method, hook.path
            ),
            Lang::De => format!(
                "Er startet, wenn eine {}-Anfrage den Webhook `{}` erreicht.",
                hook.method, hook.path
            ),
        },
        TriggerKind::Event { event } => match lang {
            Lang::En => format!("It starts on the event `{event}`."),
            Lang::De => format!("Er startet beim Ereignis `{event}`."),
        },
        TriggerKind::Manual => {
            lang.say("It is started by hand.", "Er wird von Hand gestartet.").to_owned()
        }
        other => match lang {
            Lang::En => format!("It starts by the trigger `{}`.", other.name()),
            Lang::De => format!("Er startet durch den Auslöser `{}`.", other.name()),
        },
    }
}

fn steps(
    list: &[Step],
    lang: Lang,
    catalogue: &dyn Catalogue,
    depth: usize,
    lines: &mut Vec<String>,
) {
    for step in list {
        let indent = "  ".repeat(depth);
        let mut line = match &step.verb {
            Verb::Do(deed) => {
                let target =
                    ["url", "channel", "to", "key"].iter().find_map(|name| deed.with.get(*name));
                let title = catalogue
                    .action(&deed.action)
                    .map_or(deed.action.as_str(), |action| &action.title);
                match target {
                    Some(target) => format!("{title} ({}): {}", deed.action, target.to_text()),
                    None => format!("{title} ({})", deed.action),
                }
            }
            Verb::If { condition, then, otherwise } => {
                lines.push(format!("{indent}- {} {}:", lang.say("If", "Wenn"), bare(condition)));
                steps(then, lang, catalogue, depth + 1, lines);
                if !otherwise.is_empty() {
                    lines.push(format!("{indent}- {}:", lang.say("Otherwise", "Sonst")));
                    steps(otherwise, lang, catalogue, depth + 1, lines);
                }
                continue;
            }
            Verb::ForEach { items, bind, concurrency, steps: inner } => {
                let pace = match (*concurrency, lang) {
                    (0 | 1, _) => String::new(),
                    (count, Lang::En) => format!(", {count} at a time"),
                    (count, Lang::De) => format!(", {count} zugleich"),
                };
                lines.push(format!(
                    "{indent}- {} `{bind}` {} {}{pace}:",
                    lang.say("For each", "Für jedes"),
                    lang.say("of", "aus"),
                    bare(items)
                ));
                steps(inner, lang, catalogue, depth + 1, lines);
                continue;
            }
            Verb::Parallel(branches) => {
                lines.push(format!("{indent}- {}:", lang.say("At the same time", "Gleichzeitig")));
                for branch in branches.values() {
                    steps(branch, lang, catalogue, depth + 1, lines);
                }
                continue;
            }
            Verb::Wait(Wait::For(span)) => format!("{} {span}", lang.say("wait", "warten:")),
            Verb::Wait(Wait::Until { at, .. }) => {
                format!("{} {at}", lang.say("wait until", "warten bis"))
            }
            Verb::Wait(Wait::Event { event, .. }) => {
                format!("{} `{event}`", lang.say("wait for the event", "auf das Ereignis warten:"))
            }
            Verb::Approve(approve) => format!(
                "{} {}",
                lang.say("ask for approval:", "Freigabe einholen:"),
                approve.to.join(", ")
            ),
            Verb::Ask(ask) => format!(
                "{} {}",
                lang.say("ask a language model:", "ein Sprachmodell fragen:"),
                ask.prompt.lines().next().unwrap_or_default()
            ),
            Verb::Call(call) => {
                format!("{} `{}`", lang.say("run the bot", "den Bot starten:"), call.bot)
            }
            Verb::Emit { event, .. } => {
                format!("{} `{event}`", lang.say("emit the event", "das Ereignis auslösen:"))
            }
            Verb::Respond { body, .. } => {
                format!("{} {}", lang.say("answer with", "antworten mit"), body.to_text())
            }
            Verb::Return(value) => {
                format!("{} {}", lang.say("return", "zurückgeben:"), value.to_text())
            }
            Verb::Set(codex32_model::Value::Null) => step.note.clone().unwrap_or_default(),
            Verb::Set(value) => {
                format!("{} {}", lang.say("compute", "berechnen:"), value.to_text())
            }
            Verb::Code(_)
            | Verb::Switch { .. }
            | Verb::Try { .. }
            | Verb::Agent(_)
            | Verb::Search(_) => step.id.clone().unwrap_or_default(),
        };
        if let Some(retry) = &step.retry {
            line.push_str(&match lang {
                Lang::En => format!(" (up to {} tries)", retry.attempts),
                Lang::De => format!(" (bis zu {} Versuche)", retry.attempts),
            });
        }
        lines.push(format!("{indent}- {line}"));
    }
}

fn bare(expression: &str) -> &str {
    expression.trim().trim_start_matches("{{").trim_end_matches("}}").trim()
}
