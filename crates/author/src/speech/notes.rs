//! Notes that name a thing or a value and leave out what is done with it: `+ Linear issue in team X`, `"text" an
//! Telegram-Chat 5`, `field state not "ok" -> PagerDuty`, `hosts list as input, POST … each`.

use super::pattern::fits;
use super::{opens, put, said};
use crate::clauses::Vocabulary;
use crate::text::{Kind, Lang, Token};

const MADE: &str = "bug issue card task ticket note page deal contact incident row event item record draft \
    vorgang karte aufgabe seite zeile kontakt notiz eintrag termin";

pub fn notes(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    quoted(tokens, lang);
    waited(tokens, lang);
    made(tokens, lang, known);
    tested(tokens, lang);
    listed(tokens, lang);
    at_once(tokens);
    if lang == Lang::En {
        if taken(tokens) {
            pace(tokens);
        }
        each(tokens);
        texted(tokens);
    }
}

/// `"text" to #x` begins a clause: it is sent.
fn quoted(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 0;
    while at + 1 < tokens.len() {
        let led = at == 0 || matches!(tokens[at - 1].kind, Kind::Mark(':' | ';' | ',' | '.'));
        let aimed = tokens[at + 1].any(&["to", "an", "into", "in", "nach"]);
        let free = !tokens[..at]
            .iter()
            .rev()
            .take_while(|token| !matches!(token.kind, Kind::Mark('.' | ';' | ':')))
            .any(|token| {
                token.among("with mit saying text if when wenn falls is ist send post sende poste")
            });
        if led
            && aimed
            && free
            && tokens[at].kind == Kind::Quoted
            && (at == 0 || tokens[at - 1].is_mark(':') || tokens[at - 1].is_mark(';'))
        {
            tokens.insert(at, said(lang.say("send", "sende")));
            at += 1;
        }
        at += 1;
    }
}

/// `-> wait 5m`: an order, and no field with its value.
fn waited(tokens: &mut Vec<Token>, lang: Lang) {
    let found = (2..tokens.len()).find(|at| {
        tokens[*at].any(&["wait", "warte"])
            && tokens[at - 1].is_mark(';')
            && tokens[at - 2].is_mark(';')
    });
    if let Some(at) = found {
        put(tokens, at - 2..at, lang.say(", then", ", dann"));
    }
}

/// `… and Linear issue in team X`: made.
fn made(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    let mut at = 2;
    while at + 2 < tokens.len() {
        let led = tokens[at - 1].any(&["and", "und"])
            || tokens[at - 1].is_mark(';') && tokens[at - 2].is_mark(';');
        let named = tokens[at].is_word()
            && tokens[at].text.starts_with(char::is_uppercase)
            && known.is_name(&tokens[at].low);
        let thing = tokens[at + 1].among(MADE)
            && tokens.get(at + 2).is_none_or(|next| {
                !next.is_word() || next.among("in on to for with im auf an mit")
            });
        if led && named && thing {
            let words = match lang {
                Lang::En => "create a",
                Lang::De => "erstelle ein",
            };
            put(tokens, at..at, words);
            at += 2;
        }
        at += 1;
    }
}

/// `field state not "ok" -> …`: under that condition.
fn tested(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 1;
    while at + 3 < tokens.len() {
        let field = opens(tokens, at)
            && tokens[at].any(&["field", "feld"])
            && !tokens[at - 1].any(&["and", "und"]);
        let arrow = field
            .then(|| {
                (at + 3..tokens.len().min(at + 8)).find(|next| {
                    tokens[*next].is_mark(';')
                        && tokens.get(next + 1).is_some_and(|next| next.is_mark(';'))
                })
            })
            .flatten();
        let Some(arrow) = arrow else {
            at += 1;
            continue;
        };
        let told = tokens.get(arrow + 2).is_some_and(|next| next.is_word())
            && tokens.get(arrow + 3).is_none_or(|next| matches!(next.kind, Kind::Mark(_)));
        let deed = if told { lang.say(", notify", ", benachrichtige") } else { "," };
        put(tokens, arrow..arrow + 2, deed);
        let not = tokens[at + 2].any(&["not", "nicht"]);
        if not {
            put(tokens, at + 2..at + 3, lang.say("is not", "nicht"));
        }
        put(tokens, at..at, lang.say("if the", "wenn das"));
        at += 4;
    }
}

/// `hosts list as input, POST … each`: for each of them.
fn listed(tokens: &mut Vec<Token>, lang: Lang) {
    let found = (0..tokens.len()).find_map(|at| {
        let name = tokens[at].clone();
        let length = fits(tokens.get(at + 1..)?, "list|liste as|als an? input|eingabe ,|:|;")
            .or_else(|| {
                fits(tokens.get(at + 1..)?, "list|liste as|als input|eingabe|eingang ,|:|;")
            })?;
        (name.is_word() && opens(tokens, at)).then_some((at, length + 1, name))
    });
    let Some((at, length, name)) = found else { return };
    let words = lang.say("for each entry of the input list", "für jeden Eintrag der Eingabeliste");
    put(tokens, at..at + length, words);
    let count = words.split_whitespace().count();
    tokens.splice(at + count..at + count, [name, said(",")]);
    let each = (at + count..tokens.len())
        .find(|next| tokens[*next].any(&["each", "jeweils"]) && tokens[next - 1].kind == Kind::Url);
    if let Some(each) = each {
        tokens.remove(each);
    }
    for token in &mut tokens[at..at + count] {
        token.low = crate::text::fold(&token.text);
    }
}

/// `Do at most 5 at the same time.` alone: said of the loop before it.
fn at_once(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at < tokens.len() {
        let starts = tokens[at - 1].is_mark('.');
        let length = starts
            .then(|| fits(&tokens[at..], "do|run|process|handle|work|please please? on? it|them|these? at|no|not|never? most|more than?"))
            .flatten()
            .filter(|length| {
                tokens.get(at + length).is_some_and(|next| next.number.is_some())
                    && tokens.get(at + length + 1).is_some_and(|next| next.any(&["at", "in", "of"]))
            });
        if let Some(length) = length {
            put(tokens, at - 1..at + length, ",");
            if let Some(used) =
                tokens.get(at + 1..).and_then(|rest| fits(rest, "of them? at the same time"))
            {
                put(tokens, at + 1..at + 1 + used, "at a time");
            }
        }
        at += 1;
    }
}

/// `take every X in the list L and send each of them …` → `for each X in the input list L, send …`.
fn taken(tokens: &mut Vec<Token>) -> bool {
    let found = (0..tokens.len()).find_map(|at| {
        let length =
            opens(tokens, at).then(|| fits(&tokens[at..], "take|use every|each|all")).flatten()?;
        let list = (at + length + 1..tokens.len().min(at + 9))
            .find(|next| fits(&tokens[*next..], "in|of|from the|our input? list").is_some())?;
        let used = fits(&tokens[list..], "in|of|from the|our input? list")?;
        let and = list + used + 1;
        tokens.get(and).filter(|next| next.is("and") || next.is_mark(','))?;
        Some((at, at + length, list, list + used, and))
    });
    let Some((at, thing, list, name, and)) = found else { return false };
    if let Some(used) =
        tokens.get(and + 2..).and_then(|rest| fits(rest, "each|every|all one? of? them?"))
    {
        tokens.drain(and + 2..and + 2 + used);
    }
    put(tokens, and..and + 1, ",");
    put(tokens, list..name, "in the input list");
    put(tokens, at..thing, "for each");
    true
}

/// `email each reader in the answer` → `for each reader in the answer, email them`.
fn each(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len()).find_map(|at| {
        let told = tokens[at].any(&["email", "text", "message", "notify", "mail", "dm"])
            && tokens.get(at + 1).is_some_and(|next| next.any(&["each", "every"]));
        let end = (at + 3..tokens.len().min(at + 6)).find_map(|next| {
            let used = fits(
                &tokens[next..],
                "in|of|from the answer|response|result|results|reply|output",
            )?;
            Some(next + used)
        });
        (told && opens(tokens, at)).then_some(()).and(end).map(|end| (at, end))
    });
    let Some((at, end)) = found else { return };
    let verb = tokens[at].low.clone();
    put(tokens, end..end, &format!(", {verb} them"));
    put(tokens, at..at + 1, "for");
}

/// `text the guest` → `send a text message to the guest`.
fn texted(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 1 < tokens.len() {
        let someone = tokens[at + 1]
            .any(&["the", "our", "them", "him", "her", "me", "us", "my", "their", "his"])
            || tokens[at + 1].kind == Kind::Phone;
        if tokens[at].is("text") && someone && opens(tokens, at) {
            put(tokens, at..at + 1, "send a text message to");
        }
        at += 1;
    }
}

/// `send, four at a time, a mail` → `send a mail, four at a time`.
fn pace(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len()).find_map(|at| {
        let first = tokens[at].is_mark(',') && tokens.get(at + 1)?.number.is_some();
        let length = first
            .then(|| {
                fits(&tokens[at + 2..], "at a time|once? ,")
                    .or_else(|| fits(&tokens[at + 2..], "at once ,"))
            })
            .flatten()?;
        Some((at, at + 2 + length))
    });
    let Some((at, end)) = found else { return };
    let stop = (end..tokens.len())
        .find(|next| matches!(tokens[*next].kind, Kind::Mark('.' | ';' | '!')))
        .unwrap_or(tokens.len());
    let moved: Vec<Token> = tokens[at..end - 1].to_vec();
    tokens.splice(stop..stop, moved);
    tokens.drain(at..end);
}
