//! Sentences and parts that only say why, or how good it will be: `Sorry, this might be a bit special:`, `so that
//! nobody misses it`, `Thanks a lot!`.

use super::pattern::fits;
use super::{is_value, opens, stops};
use crate::clauses::Vocabulary;
use crate::text::{Lang, Token};

pub fn reasons(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    prefaces(tokens);
    talk(tokens, lang, known);
    purposes(tokens, known);
}

/// `I have a small request:`, `Sorry, this might be a bit special:`: up to the colon.
fn prefaces(tokens: &mut Vec<Token>) {
    const TALK: &str = "request favour favor question idea thing special wish hope sorry complicated help task \
    plan tricky ask need want like bitte anliegen frage wunsch sache idee aufgabe brauche \
    brauchen haette haetten hilfe kompliziert folgendes following this moechte situation \
    problem goal ziel here hier";
    const STARTS: &str = "when whenever if every each on new webhook event wenn sobald falls bei jede jeden jeder \
    jedes neue neuer neues ereignis at um daily weekly taeglich for fuer form formular";
    let Some(colon) = tokens.iter().take(14).position(|token| token.is_mark(':')) else { return };
    let front = &tokens[..colon];
    let talks = front.iter().any(|token| token.among(TALK));
    let says = front.iter().any(|token| is_value(token) || token.among(STARTS));
    let names = front.iter().skip(1).any(|token| {
        token.is_word()
            && token.text.starts_with(char::is_uppercase)
            && !token.among(
                "i bitte anliegen frage wunsch sache idee aufgabe hilfe folgendes situation \
                problem ziel",
            )
    });
    if talks && !says && !names && colon + 3 < tokens.len() {
        tokens.drain(..=colon);
    }
}

/// Sentences that thank or tell how good it will be: nothing to do in them.
fn talk(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    const OPENS: &[&str] = &[
        "that|this|it would|will|'d|'ll really|also|certainly? be|help|make|save|mean",
        "thanks|thank",
        "many thanks",
        "much obliged",
        "warm|kindest regards",
        "keep up",
        "cheers|regards",
        "kind|best regards",
        "much|really appreciated",
        "i|we would|'d? really|very|much? appreciate that|this",
        "das|dies waere|wuerde|hilft|spart|erspart",
        "vielen|besten|lieben|herzlichen|danke|dank dank?",
        "danke",
        "viele|liebe|beste gruesse",
        "gruss",
        "hope that|this|it",
        "i hope that|this|it",
        "let me know if|whether",
        "sag|sagt mir? bescheid , wenn|falls|ob",
        "sorry for",
        "no rush",
        "does that make sense",
    ];
    let mut from = 0;
    while from < tokens.len() {
        let end =
            tokens[from..].iter().position(stops).map_or(tokens.len(), |offset| from + offset);
        let part = &tokens[from..end];
        let says = OPENS.iter().any(|pattern| fits(part, pattern).is_some());
        let whole = part.len() + 1 < tokens.len();
        let wishes = part.iter().any(|token| token.any(&["if", "wenn", "when", "to", "dass"]))
            && part.len() > 6;
        if says
            && whole
            && !wishes
            && part.len() <= 14
            && empty(part, known)
            && (from > 0 || lang == Lang::En || part.len() < 5)
        {
            let end = (end + 1).min(tokens.len());
            tokens.drain(from..end);
            continue;
        }
        from = end + 1;
    }
}

/// Whether nothing in the words is a value, a name or a time.
fn empty(part: &[Token], known: &dyn Vocabulary) -> bool {
    !part.iter().any(|token| {
        is_value(token)
            || token.is_word() && known.is_name(&token.low)
            || token.among(
                "weekend weekends wochenende webhook event holidays monday friday saturday \
                sunday",
            )
    })
}

/// `, so that nobody misses it`, `because customers complain`, `damit keiner es übersieht`: why.
fn purposes(tokens: &mut Vec<Token>, known: &dyn Vocabulary) {
    const WHY: &[&str] = &[
        "so that",
        "so we|i|they|nobody|everyone|everybody|people|our|my|the|no-one|noone",
        "so no one",
        "in order that",
        "because",
        "since we|i|our|my|they|it|otherwise",
        "as we|i|our|they always|often|keep|do|can|cannot|want|need|like",
        "otherwise we|i|they|people|nobody|someone|customers will|keep|forget|miss|lose|always|never",
        "damit",
        "sodass",
        "so dass",
        "weil",
        "denn",
        "to see|know|learn|find how|what|out",
        "which i|we|you then|can|only",
        "for the sake of",
        "which saves|helps|makes|would|lets|means",
        "to be on the safe side",
        "just to be safe|sure",
        "um sicherzugehen",
        "zur sicherheit",
        "to keep everyone|everybody|us|them informed|happy|up in",
    ];
    let mut at = 1;
    while at < tokens.len() {
        let Some(length) = WHY.iter().find_map(|pattern| fits(&tokens[at..], pattern)) else {
            at += 1;
            continue;
        };
        let comma = opens(tokens, at);
        let ends = |token: &Token| stops(token) || token.is_mark(':') || token.is_mark(')');
        let stop = tokens[at..].iter().position(ends).map_or(tokens.len(), |offset| at + offset);
        // It ends at a comma behind which something else begins.
        let next = (at + length..stop).find(|next| {
            tokens[*next].is_mark(',')
                && tokens.get(next + 1).is_some_and(|token| {
                    token.among(
                    "and but except unless if when please then send post email only not und aber \
                ausser wenn falls sende poste bitte can could kannst koenntest nur dann ask \
                add create schicke schick whenever every each jeden jede moechte should soll \
                i we ich wir tell let",
                )
                })
        });
        let opening = at == 1 || tokens[at - 1].is_mark('.') || tokens[at - 1].is_mark(';');
        let end = next.unwrap_or(stop);
        let with_it = tokens[at].is("damit") && !tokens[at - 1].is_mark(',');
        let weak = tokens[at].any(&["so", "as", "since", "denn", "otherwise"]);
        let set = tokens[at.saturating_sub(3)..at]
            .iter()
            .any(|token| token.any(&["it", "up", "things", "something", "arrange", "way"]))
            && tokens[at].is("so");
        if set
            || opening
            || with_it
            || weak && !comma && !fits(&tokens[at..], "so that").is_some_and(|_| true)
            || !empty(&tokens[at..end], known)
        {
            at += 1;
            continue;
        }
        let from =
            at - usize::from(tokens[at - 1].is_mark(',') || tokens[at - 1].any(&["and", "und"]));
        // The comma that stands behind stays.
        tokens.drain(from..end);
        at = from.max(1);
    }
}
