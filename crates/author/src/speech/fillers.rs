//! Words that only make a request kinder: `please`, `if you don't mind`, `Well, …`, `…, thanks`.

use super::pattern::fits;
use super::reasons::reasons;
use super::{opens, said, stops};
use crate::clauses::Vocabulary;
use crate::lexicon;
use crate::text::{Lang, Token};

/// Left out wherever they stand, with the commas around them.
const ANYWHERE: &[&str] = &[
    "if you don|do not? mind",
    "if that|it|this is|'s not? too much trouble|bother|effort|work|hassle",
    "if that|it|this is|'s ok|okay|possible|alright|feasible|all|fine right? with? you?",
    "if at? all? possible",
    "if you can|could|would|will|like|please ,",
    "when|whenever|once you get|have a chance|moment|minute",
    "at your earliest? convenience",
    "you know",
    "of course",
    "as you can imagine",
    "as i said|mentioned",
    "to be honest",
    "and if possible",
    "so to speak|say",
    "falls|wenn|sofern das|es|dies irgendwie? geht|moeglich|machbar|passt ist?",
    "falls|wenn|sofern moeglich|machbar",
    "wenn|falls es dir|ihnen|euch nichts ausmacht|recht ist?",
    "wenn|falls du|ihr|sie so nett|gut|lieb bist|seid|sind|waerst|waeren",
    "sozusagen",
    "wie gesagt|besprochen",
    "ehrlich gesagt",
    "netterweise|freundlicherweise|liebenswuerdigerweise|dankenswerterweise",
    "but|and no others|other|one",
    "but nobody|nothing|no-one else",
    "right|straight away",
    "automatically",
    "as soon as possible",
    "asap",
    "without delay",
    "aber keine anderen|weiteren",
    "sonst aber? keine|niemand",
    "so schnell wie moeglich",
    "automatisch",
    "kindly|basically|actually|honestly|obviously|ideally|really|preferably|hopefully",
    "grundsaetzlich|eigentlich|idealerweise|moeglichst",
];

/// Left out where a clause begins, with a comma behind.
const FRONT: &[&str] = &[
    "however|well|right|ok|okay|alright|look|listen|sorry|anyway|hmm|ah|oh|yes|yeah|also|so ,",
    "so basically|essentially ,?",
    "hi|hello|hey|dear|greetings|hiya|morning there|all|team|everyone|everybody|folks|guys|support|colleagues|friends|codex|bot? ,|!|.|-|:",
    "hi|hello|hey|hallo|moin|servus|gruezi|sorry ,|!|.|:",
    "good morning|afternoon|evening|day everyone|all|team? ,|!|.",
    "guten morgen|tag|abend zusammen|allerseits|liebes? team? ,|!|.",
    "hallo|liebes|liebe|moin|hi|hey zusammen|team|leute|alle|kollegen|allerseits ihr? ,|!|.",
    "na ja|gut|also ,",
    "entschuldigung|sorry|tja|ach|also|naja|ja|ok|okay ,",
    "one more thing|request|question :|,|.",
    "quick|small|little one|thing|request|favour|favor|question|ask|wish :|,|.",
    "eine kleine? bitte|frage|sache|idee|wunsch|anliegen noch? :|,|.",
    "ein kleiner|kleines? wunsch|anliegen :|,|.",
    "kurze|kleine frage|bitte|sache :|,|.",
    "a? little|small|quick? request|favour|favor :|,",
    "for|just for information|fyi ,|:|;",
    "thanks|thank you in advance|for|your|the|help|everything|again|so much? in? advance? :|,|;",
];

/// Left out behind all else.
const TAIL: &[&str] = &[
    "please",
    "thanks",
    "thank you",
    "thx",
    "cheers",
    "ta",
    "many thanks",
    "bitte",
    "danke",
    "vielen dank",
    "besten dank",
    "lieben dank",
    "danke schoen",
    "danke sehr",
    "dankeschoen",
    "danke im voraus|vorhinein",
    "vielen|besten|lieben|herzlichen dank im voraus|vorhinein",
    "thanks|thank you? so|very? a? lot|much|million|bunch",
    "thanks|thank you? in advance",
    "for us|me",
    "ok|okay|right|yes|deal",
    "will|would|can|could you",
    "ja|oder|gell|okay|ok",
    "if you can|could|would|will|like|please",
    "das waere @good",
    "that would|'d be really|so|very? @good",
    "that is|'s all|it",
    "fuer uns|mich",
    "mal",
    "and thanks|thank you? a? lot|much?",
    "that is|'s what i|we need|want",
    "danke dir|ihnen|euch",
    "lg|vg|mfg|gruss|gruesse|liebe gruesse?",
];

pub fn fillers(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    reasons(tokens, lang, known);
    anywhere(tokens);
    fronts(tokens);
    tails(tokens);
    please(tokens, lang);
    little(tokens, lang);
}

fn anywhere(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at < tokens.len() {
        match ANYWHERE.iter().find_map(|pattern| fits(&tokens[at..], pattern)) {
            Some(length) => cut(tokens, at, at + length),
            None => at += 1,
        }
    }
}

/// Takes words out; of the commas around them one stays, where something goes on behind.
fn cut(tokens: &mut Vec<Token>, from: usize, end: usize) {
    let comma =
        |at: usize, tokens: &[Token]| tokens.get(at).is_some_and(|token| token.is_mark(','));
    let pronoun = from >= 2 && tokens[from - 2].among("you we i du sie ihr bitte and und");
    let both = from > 0 && comma(from - 1, tokens) && comma(end, tokens);
    tokens.drain(from..end);
    if both {
        tokens.remove(from);
        if pronoun {
            tokens.remove(from - 1);
        }
    }
}

fn fronts(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at < tokens.len() {
        let found = opens(tokens, at)
            .then(|| FRONT.iter().find_map(|pattern| fits(&tokens[at..], pattern)))
            .flatten()
            .filter(|length| at + length < tokens.len());
        match found {
            Some(length) => drop(tokens.drain(at..at + length)),
            None => at += 1,
        }
    }
}

fn tails(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at < tokens.len() {
        let ends = |length: &usize| tokens.get(at + length).is_none_or(stops);
        let found = TAIL.iter().find_map(|pattern| fits(&tokens[at..], pattern).filter(ends));
        let Some(length) = found else {
            at += 1;
            continue;
        };
        let alone = stops(&tokens[at - 1]);
        let comma = tokens[at - 1].is_mark(',') || tokens[at - 1].is_mark('-');
        let close = tokens[at..at + length]
            .iter()
            .any(|token| token.any(&["please", "bitte", "us", "me", "uns", "if"]));
        if !alone && !comma && !close {
            at += 1;
            continue;
        }
        // `post it to us`, `tell me`: no tail, but who it is for.
        let told =
            tokens[at..at + length].iter().any(|token| token.any(&["us", "me", "uns", "mich"]))
                && (!comma
                    && tokens[at].any(&["for", "fuer"])
                    && tokens[..at].iter().rev().take(4).any(|token| {
                        token.among("wait ask look message mail note warte nachricht")
                    }));
        if told {
            at += 1;
            continue;
        }
        let from = at - usize::from(comma);
        let end = at + length + usize::from(alone && tokens.get(at + length).is_some());
        tokens.drain(from..end);
        at = from.max(1);
    }
}

/// `please` alone: where it stood between two clauses, a comma does.
fn please(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at].any(&["please", "bitte"]) {
            at += 1;
            continue;
        }
        let asks = at > 0 && tokens[at - 1].among("the a eine die kleine um meine say says sage");
        if asks {
            at += 1;
            continue;
        }
        let verb = tokens
            .get(at + 1)
            .is_some_and(|next| next.is_word() && lexicon::verb(&next.low, lang).is_some());
        let divides = verb
            && lang == Lang::En
            && at > 0
            && !opens(tokens, at)
            && !tokens[at - 1].among(
                "you we i someone somebody would could can will it to also just let not \
                always first",
            );
        let comma = |at: usize| tokens.get(at).is_some_and(|token| token.is_mark(','));
        if divides {
            tokens[at] = said(",");
        } else if at > 0 && comma(at - 1) && comma(at + 1) {
            cut(tokens, at, at + 1);
        } else if comma(at + 1) && (at == 0 || opens(tokens, at)) {
            tokens.drain(at..at + 2);
        } else {
            tokens.remove(at);
        }
    }
}

/// `just`, `simply`, `einfach`, `mal`: only in front of a deed or a thing.
fn little(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 0;
    while at < tokens.len() {
        let word = match lang {
            Lang::En => tokens[at].any(&["just", "simply", "quickly", "gladly"]),
            Lang::De => tokens[at].among("einfach mal doch gern gerne halt eben schlicht"),
        };
        let times = at > 0
            && (tokens[at - 1].number.is_some()
                || tokens[at - 1].among(
                    "jedes ersten erstes letzten letztes ein kein zweites naechstes naechste \
                zweiten haette haetten only",
                ));
        let next = tokens.get(at + 1).is_some_and(|next| {
            next.among("before after over under above below one once in on vor nach ,")
                || next.number.is_some()
                || next.is_mark(',')
        });
        if word && !times && !next {
            tokens.remove(at);
        } else {
            at += 1;
        }
    }
}
