//! The bot as a whole.

use codex32_model::codes::bot as codes;
use codex32_model::definition::{Agent, Bot, Limits, Rate};
use codex32_model::time::{format_duration, parse_duration};

use super::places::Path;
use super::reader::{Reader, get};
use super::words;
use crate::source::{Entry, Kind, Node};

pub const KEYS: &[&str] =
    &["bot", "description", "inputs", "output", "triggers", "steps", "on_error", "limits"];

/// What a limit may say, by place.
pub const BOT_LIMITS: &[&str] = &["timeout", "concurrency", "concurrency_key", "rate", "cost_usd"];
pub const ASK_LIMITS: &[&str] = &["timeout", "cost_usd"];
pub const AGENT_LIMITS: &[&str] = &["timeout", "cost_usd", "turns", "tokens"];

impl Reader {
    pub fn bot(&mut self, root: &Node) -> Option<Bot> {
        let path = Path::ROOT;
        if root.kind == Kind::Null {
            let message = "The definition is empty; it begins with `bot: name`.";
            self.error(codes::EMPTY, root.at, &path, message);
            return None;
        }
        let entries = self.map(root, &path, "a bot", KEYS)?;
        let mut bot = Bot::default();
        match get(entries, "bot") {
            Some(node) => {
                let rule = (words::is_slug as fn(&str) -> bool, words::SLUG_RULE, '-');
                bot.bot =
                    self.name(node, &path.key("bot"), "name of a bot", rule).unwrap_or_default();
            }
            None => self.missing(root, &path, "bot", "the bot's name"),
        }
        if let Some(node) = get(entries, "description") {
            bot.description = self.text(node, &path.key("description"), "the description");
        }
        if let Some(node) = get(entries, "inputs") {
            bot.inputs = self.inputs(node, &path.key("inputs"));
        }
        if let Some(node) = get(entries, "output") {
            bot.output = Some(self.output(node, &path.key("output")));
        }
        if let Some(node) = get(entries, "triggers") {
            bot.triggers = self.triggers(node, &path.key("triggers"));
        }
        match get(entries, "steps") {
            Some(node) => bot.steps = self.some_steps(node, &path.key("steps")),
            None => self.missing(root, &path, "steps", "the list of steps"),
        }
        if let Some(node) = get(entries, "on_error") {
            bot.on_error = self.steps(node, &path.key("on_error"));
        }
        if let Some(node) = get(entries, "limits") {
            bot.limits = self.limits(node, &path.key("limits"), "a bot's limits", BOT_LIMITS);
        }
        if self.steps > words::MAX_STEPS {
            let message = format!(
                "The bot has {} steps; at most {} are allowed.",
                self.steps,
                words::MAX_STEPS
            );
            self.error(codes::TOO_LARGE, root.at, &path.key("steps"), message);
        }
        Some(bot)
    }

    pub fn limits(&mut self, node: &Node, path: &Path<'_>, what: &str, known: &[&str]) -> Limits {
        let mut limits = Limits::default();
        let entries = self.map(node, path, what, known).unwrap_or_default();
        for Entry { key, value, .. } in entries {
            let path = path.key(key);
            match &**key {
                "timeout" => limits.timeout = self.duration(value, &path),
                "concurrency" => limits.concurrency = self.whole(value, &path, 1, 10_000),
                "concurrency_key" => {
                    limits.concurrency_key = self.expression(value, &path, "the key");
                }
                "rate" => limits.rate = self.rate(value, &path),
                "turns" => limits.turns = self.whole(value, &path, 1, Agent::MOST_TURNS),
                "tokens" => {
                    limits.tokens = self.whole(value, &path, 1_000, Agent::MOST_TOKENS);
                }
                "cost_usd" => {
                    limits.cost_usd = self.number(value, &path);
                    if limits.cost_usd.is_some_and(|cost| cost < 0.0) {
                        self.error(codes::RANGE, value.at, &path, "A cost limit is not negative.");
                    }
                }
                _ => {}
            }
        }
        if limits.concurrency_key.is_some() && get(entries, "concurrency").is_none() {
            let what = "how many runs with the same key may go on at once";
            self.missing(node, path, "concurrency", what);
        }
        limits
    }

    /// `10/1m`.
    fn rate(&mut self, node: &Node, path: &Path<'_>) -> Option<Rate> {
        let Kind::Str(text, _) = &node.kind else {
            self.wrong(node, path, "a rate such as 10/1m");
            return None;
        };
        let parts = text.split_once('/').and_then(|(count, within)| {
            Some((count.trim().parse().ok()?, parse_duration(within.trim()).ok()?))
        });
        let Some((count, within)) = parts else {
            let message = format!("`{text}` is no rate; write 10/1m for ten starts a minute.");
            self.error(codes::WRONG_TYPE, node.at, path, message);
            return None;
        };
        if !(1..=Rate::MOST).contains(&count) || within.is_zero() || within > Rate::LONGEST {
            let message = format!(
                "A rate is 1 to {} starts within at most {}.",
                Rate::MOST,
                format_duration(Rate::LONGEST)
            );
            self.error(codes::RANGE, node.at, path, message);
            return None;
        }
        Some(Rate { count, within })
    }
}
