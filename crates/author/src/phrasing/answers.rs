//! Texts that are said without quotes: `with status 410 and the text moved to v2`, `mit dem Text Datum
//! fehlt`. They are one text, whatever words stand in them.

use crate::lexicon::{self, ARTICLES, Op};
use crate::text::{Kind, Lang, Token};

/// Nouns that a text stands behind.
const TEXTS: &[&str] =
    &["text", "words", "wording", "worten", "wortlaut", "message", "nachricht", "body"];

/// Words behind such a noun that tell it is data and nothing that was said.
const DATA: &[&str] = &[
    "of", "from", "in", "on", "to", "is", "are", "that", "which", "sent", "posted", "field",
    "body", "and", "or", "it", "aus", "von", "vom", "im", "der", "die", "des", "an", "ist", "und",
    "feld", "as", "als", "with", "mit", "at", "for", "by", "via", "back", "coming", "arriving",
    "received", "if", "when", "wenn", "falls", "who", "into", "nach", "zu", "auf", "am", "beim",
    "zum", "zur", "ueber", "per", "vom", "bei", "jedes", "jeder", "hinter",
];

pub fn answers(tokens: &mut Vec<Token>, lang: Lang) {
    asked(tokens, lang);
    pairs(tokens);
    let mut at = 1;
    while at + 1 < tokens.len() {
        let noun = tokens[at].any(TEXTS) && !tokens[at].any(&["body"])
            || tokens[at].any(&["body"]) && tokens[at - 1].any(&["with", "and", "mit", "und"]);
        let led = tokens[at - 1].any(ARTICLES)
            || tokens[at - 1].any(&["with", "and", "mit", "und", "text"]);
        let first = at + 1 + usize::from(tokens[at + 1].is_mark(':'));
        let plain = tokens.get(first).is_some_and(|token| {
            matches!(token.kind, Kind::Word | Kind::Number | Kind::Dotted)
                && (!token.any(DATA) || token.is_capital())
        });
        if !(noun && led && plain) {
            at += 1;
            continue;
        }
        let begin = tokens[..at].iter().rposition(divides).map_or(0, |mark| mark + 1);
        let answers = |part: &[Token]| {
            part.iter().any(|token| {
                matches!(lexicon::verb(&token.low, lang), Some(Op::Respond | Op::Return))
                    || token.any(&["status", "reject", "rejected"])
            })
        };
        let stop = (first..tokens.len()).find(|at| divides(&tokens[*at])).unwrap_or(tokens.len());
        // The German verb may come last.
        let answered = answers(&tokens[begin..at])
            || answers(&tokens[first..stop])
            || tokens[begin].any(&["otherwise", "else", "sonst"]) && answers(&tokens[..begin]);
        let told = tokens[first].is_capital() || tokens[first].number.is_some();
        // `comment on it with the text we are on it`
        let says = tokens[begin..at].iter().any(|token| {
            token.any(&[
                "comment", "post", "message", "reply", "send", "write", "add", "note", "publish",
                "text", "mail", "email",
            ])
        }) && tokens[at].any(&["text", "words"])
            && at > 1
            && tokens[at - 2].any(&["with", "saying"])
            && tokens[at - 1].is("the");
        let told = told || says;
        let told = told && lang == Lang::En && tokens[at].any(&["text", "words"]);
        if !(answered || told) {
            at += 1;
            continue;
        }
        let end = end_of(tokens, first, lang);
        if end == first {
            at += 1;
            continue;
        }
        let words: Vec<&str> = tokens[first..end].iter().map(|token| token.text.as_str()).collect();
        let text = words.join(" ");
        let quoted = Token {
            kind: Kind::Quoted,
            low: crate::text::fold(&text),
            text,
            number: None,
            money: false,
            at: tokens[first].at.start..tokens[end - 1].at.end,
        };
        tokens.splice(at + 1..end, [quoted]);
        at += 2;
    }
}

/// `ask in #x: who joins?`: the question behind the colon is the text, with its mark.
fn asked(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(last) = tokens.last().filter(|last| last.is_mark('?')).cloned() else { return };
    let Some(colon) = tokens.iter().rposition(|token| token.is_mark(':')) else { return };
    let said = &tokens[colon + 1..tokens.len() - 1];
    let plain = said.len() > 1
        && said.iter().all(|token| {
            !matches!(
                token.kind,
                Kind::Mark('.' | '!' | '?' | ';') | Kind::Url | Kind::Quoted | Kind::Email
            )
        });
    let tells = tokens[..colon].iter().any(|token| {
        matches!(lexicon::verb(&token.low, lang), Some(Op::Notify | Op::Send | Op::Email))
            || token.any(&["ask", "fragen", "frage"])
    });
    if !plain || !tells {
        return;
    }
    let text = format!("{}?", crate::actions::plain(said));
    let quoted = Token {
        kind: Kind::Quoted,
        low: crate::text::fold(&text),
        text,
        number: None,
        money: false,
        at: said[0].at.start..last.at.end,
    };
    let end = tokens.len();
    tokens.splice(colon + 1..end, [quoted]);
}

/// `open = 9-17 and closed = Sunday`: what stands behind the sign is a value.
fn pairs(tokens: &mut [Token]) {
    for at in 1..tokens.len().saturating_sub(1) {
        let named = tokens[at - 1].is_word() || tokens[at - 1].kind == Kind::Field;
        let ended = tokens
            .get(at + 2)
            .is_none_or(|next| divides(next) || next.any(&["and", "und"]) || next.is_mark(')'));
        let value = &tokens[at + 1];
        if tokens[at].is_mark('=')
            && named
            && ended
            && value.is_word()
            && value.number.is_none()
            && !value.any(&["true", "false", "wahr", "falsch"])
        {
            tokens[at + 1].kind = Kind::Quoted;
            tokens[at - 1].kind = Kind::Field;
        }
    }
}

fn divides(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark(',' | '.' | ';' | ':' | '!' | '?'))
}

/// Where a text ends that nobody put in quotes: at a mark, before what opens another clause or says
/// where it goes, before the German verb at the end.
fn end_of(tokens: &[Token], from: usize, lang: Lang) -> usize {
    let mut end = from;
    while let Some(token) = tokens.get(end) {
        let place = matches!(token.kind, Kind::Url | Kind::Email | Kind::Channel);
        let opens = token.any(&[
            "if",
            "when",
            "whenever",
            "otherwise",
            "else",
            "unless",
            "wenn",
            "falls",
            "sonst",
            "sobald",
            "then",
            "dann",
        ]);
        // `to everything that hits the webhook`, `to the channel`, `an #x`
        let to = token.any(&["to", "in", "an", "on", "at", "for", "via", "per"])
            && tokens.get(end + 1).is_some_and(|next| {
                matches!(next.kind, Kind::Url | Kind::Email | Kind::Channel)
                    || next.any(&[
                        "everything",
                        "every",
                        "each",
                        "any",
                        "all",
                        "whoever",
                        "anyone",
                        "everyone",
                    ])
                    || next.any(ARTICLES)
                        && tokens.get(end + 2).is_some_and(|next| {
                            next.any(&["webhook", "caller", "channel", "aufrufer", "kanal"])
                        })
            });
        let and = token.any(&["and", "und"])
            && match lang {
                Lang::En => {
                    crate::clauses::can_head(tokens, end + 1)
                        || tokens.get(end + 1).is_some_and(|next| {
                            next.any(&["status", "the", "a", "header", "with", "code"])
                        })
                }
                Lang::De => tokens[end..].iter().take(9).any(|token| {
                    token.is_word()
                        && !token.is_capital()
                        && lexicon::verb(&token.low, lang).is_some()
                }),
            };
        let last = tokens.get(end + 1).is_none_or(divides);
        let verb = lang == Lang::De
            && last
            && !token.is_capital()
            && token.is_word()
            && lexicon::verb(&token.low, lang).is_some();
        if divides(token) || place || opens || to || and || verb {
            break;
        }
        end += 1;
    }
    end
}
