//! Reading what a model said: an object with the definition in it, or the definition itself; JSON or
//! YAML; bare, in a fence, or in the middle of prose.

use codex32_flow::parse;
use codex32_model::Value;
use serde::Deserialize;

use crate::account::{self, Claim};
use crate::demands::Dissent;

/// Longest answer that is looked at, in bytes.
pub const MOST: usize = 256 << 10;
const QUESTIONS: usize = 12;

/// A question that a model wants asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub id: String,
    pub text: String,
    /// Where the answer goes.
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub choices: Vec<String>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    pub parsed: parse::Parsed,
    pub questions: Vec<Asked>,
    pub dissents: Vec<Dissent>,
    /// Its account of the deeds.
    pub deeds: Vec<Claim>,
    /// What it says to the person.
    pub says: String,
}

/// Reads an answer; `cut` says that it was broken off for its length.
///
/// # Errors
/// What to say to the model.
pub fn read(text: &str, cut: bool) -> Result<Read, &'static str> {
    if text.len() > MOST {
        return Err("The answer is far too long.");
    }
    if text.trim().is_empty() {
        return Err("The answer is empty.");
    }
    let bodies = candidates(text);
    for body in &bodies {
        if let Some(read) = wrapped(body) {
            return Ok(read);
        }
    }
    // YAML: everything else is text to it, so it comes after all of JSON.
    for body in bodies.iter().filter(|body| body.contains("steps:")) {
        let parsed = parse::bot(body);
        if parsed.partial.is_some() {
            return Ok(Read { parsed, ..Read::default() });
        }
    }
    if cut || text.trim_start().starts_with(['{', '`']) {
        return Err(
            "The answer breaks off or is no JSON. Answer with one whole JSON object; leave out what is not needed.",
        );
    }
    Err("There is no definition in the answer. Answer with nothing but one JSON object.")
}

/// What may be the answer proper: all of it, what stands in fences, from the first brace to the last.
fn candidates(text: &str) -> Vec<&str> {
    let text = text.trim();
    let mut out = vec![text];
    let mut rest = text;
    while let Some(open) = rest.find("```") {
        let inside = &rest[open + 3..];
        let body = inside.find('\n').map_or("", |line| &inside[line + 1..]);
        let Some(close) = body.find("```") else {
            out.push(body);
            break;
        };
        out.push(&body[..close]);
        rest = &body[close + 3..];
    }
    if let (Some(from), Some(till)) = (text.find('{'), text.rfind('}'))
        && from < till
    {
        out.push(&text[from..=till]);
    }
    out
}

/// `{"definition": …, "questions": …}`, or a definition in JSON.
fn wrapped(body: &str) -> Option<Read> {
    let Value::Object(fields) = Value::from_json(body).ok()? else { return None };
    if fields.contains_key("steps") {
        return Some(Read {
            parsed: parse::bot_from_value(&Value::Object(fields)),
            ..Read::default()
        });
    }
    let parsed = match fields.get("definition")? {
        Value::Str(text) => parse::bot(text),
        value @ Value::Object(_) => parse::bot_from_value(value),
        _ => return None,
    };
    // What does not fit beside the definition is left out, not a reason to ask again.
    let list = |name: &str| fields.get(name).and_then(Value::as_list).unwrap_or_default();
    let questions = list("questions").iter().take(QUESTIONS);
    let deeds = list("deeds").iter().take(account::DEEDS);
    Some(Read {
        parsed,
        questions: questions
            .filter_map(|value| serde_json::from_str(&value.to_json()).ok())
            .collect(),
        dissents: list("dissent")
            .iter()
            .filter_map(|value| serde_json::from_str(&value.to_json()).ok())
            .collect(),
        deeds: deeds.filter_map(|value| serde_json::from_str(&value.to_json()).ok()).collect(),
        says: fields
            .get("says")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .chars()
            .take(600)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOT: &str = r#"{"bot": "hello", "steps": [{"return": "hi"}]}"#;

    #[test]
    fn a_definition_is_found_in_every_dress() {
        let yaml = "bot: hello\nsteps:\n  - return: hi\n";
        for text in [
            BOT.to_owned(),
            format!("{{\"definition\": {BOT}, \"questions\": []}}"),
            format!("```json\n{BOT}\n```"),
            format!("Sure! Here it is:\n\n```\n{BOT}\n```\nTell me if it fits."),
            format!("Here it is: {BOT} – done."),
            yaml.to_owned(),
            format!("Of course.\n```yaml\n{yaml}```\n"),
            format!("{{\"definition\": {:?}}}", yaml),
        ] {
            let read = read(&text, false).unwrap();
            assert_eq!(read.parsed.bot.map(|bot| bot.bot).as_deref(), Some("hello"), "{text}");
        }
    }

    #[test]
    fn what_is_no_definition_is_a_fault_that_says_so() {
        for (text, cut, says) in [
            ("", false, "empty"),
            ("I cannot help with that.", false, "no definition"),
            (&BOT[..30], true, "breaks off"),
            (&BOT[..30], false, "breaks off"),
            ("[1, 2]", false, "no definition"),
        ] {
            let fault = read(text, cut).unwrap_err();
            assert!(fault.contains(says), "{text}: {fault}");
        }
    }

    #[test]
    fn questions_and_dissents_that_do_not_fit_are_left_out() {
        let text = format!(
            r#"{{"definition": {BOT}, "questions": [{{"text": "Which?"}}, 7], "dissent": [{{"demand": 2, "words": "a b"}}, {{}}], "deeds": [{{"words": "a b", "does": "ask"}}, {{"words": "c"}}]}}"#
        );
        let read = read(&text, false).unwrap();
        assert_eq!(read.questions.len(), 1);
        assert_eq!(
            read.dissents,
            [Dissent { demand: 2, words: "a b".to_owned(), why: String::new() }]
        );
        assert_eq!(read.deeds, [Claim { words: "a b".to_owned(), does: "ask".to_owned() }]);
    }
}
