//! Why a step is there: what it does, which words asked for it, who uses what it gives.

use codex32_author::text::{self, Lang};
use codex32_author::{Request, explain};
use codex32_model::definition::Bot;

use crate::edit;
use crate::said;
use crate::steps::Numbered;

/// An answer to "why is step 3 needed?".
pub fn answer(
    bot: &Bot,
    found: &Numbered<'_>,
    sentences: &[String],
    request: &Request<'_>,
) -> String {
    let lang = text::read(request.sentence).lang;
    let alone = Bot { steps: vec![found.step.clone()], ..Bot::default() };
    let does = explain::explain(&alone, lang, request, &[], &[]);
    // The first line tells of a start that this bot of one step does not have.
    let does: Vec<&str> = does.lines().skip(1).map(|line| line.trim_start_matches("- ")).collect();
    let mut out = match lang {
        Lang::En => format!("Step {} does this: {}.", found.number, does.join("; ")),
        Lang::De => format!("Schritt {} tut dies: {}.", found.number, does.join("; ")),
    };
    if let Some(words) = words_for(found, sentences, request) {
        out.push_str(&match lang {
            Lang::En => format!(" You asked for it: “{words}”."),
            Lang::De => format!(" Gewünscht war: „{words}“."),
        });
    }
    let users = edit::users(bot, found.step.id.as_deref());
    if users.is_empty() {
        out.push_str(lang.say(
            " Nothing after it uses what it gives.",
            " Nichts danach benutzt, was er ergibt.",
        ));
    } else {
        let users = users.join(", ");
        out.push_str(&match lang {
            Lang::En => format!(" What it gives is used by {users}: without it, that cannot work."),
            Lang::De => format!(" Was er ergibt, benutzen {users}: Ohne ihn geht das nicht."),
        });
    }
    out
}

/// The clause that shares the most words with the step.
fn words_for(found: &Numbered<'_>, sentences: &[String], request: &Request<'_>) -> Option<String> {
    let one = Bot { steps: vec![found.step.clone()], ..Bot::default() };
    let seen = crate::seen::of(&one);
    let mut about: Vec<String> = seen.deeds.iter().map(|deed| deed.name.clone()).collect();
    for deed in &seen.deeds {
        if let Some(action) = request.catalogue.action(&deed.name) {
            about.push(action.title.clone());
            about.extend(action.synonyms.iter().cloned());
        }
    }
    about.extend(seen.texts.iter().map(|(_, text)| text.clone()));
    let about = text::fold(&about.join(" "));
    let mut best: Option<(usize, String)> = None;
    for sentence in sentences {
        let read = said::read(&Request { sentence, ..clone(request) });
        for clause in &read.clauses {
            let score = clause
                .iter()
                .filter(|token| token.low.len() > 2 && about.contains(token.low.as_str()))
                .count();
            if score > best.as_ref().map_or(0, |(best, _)| *best) {
                best = Some((score, text::words(sentence, clause)));
            }
        }
    }
    best.map(|(_, words)| words).filter(|words| !words.is_empty())
}

fn clone<'a>(request: &Request<'a>) -> Request<'a> {
    Request { answers: request.answers.clone(), ..*request }
}
