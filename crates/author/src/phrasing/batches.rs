//! Lists in parts: `split the rows into batches of 50 and POST each batch to …`, `send the records
//! to … in batches of 25`, `in Pakete zu 100`. Put as a loop over `batch 50 rows`.

use super::made;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

const BATCHES: &[&str] = &[
    "batches",
    "chunks",
    "groups",
    "packets",
    "packages",
    "blocks",
    "bundles",
    "pages",
    "portions",
    "lots",
    "slices",
    "pakete",
    "paketen",
    "stapel",
    "stapeln",
    "gruppen",
    "bloecke",
    "bloecken",
    "haeppchen",
    "portionen",
    "packen",
    "packchen",
    "paeckchen",
    "teile",
    "teilen",
    "buendel",
    "buendeln",
    "chargen",
];

const ONE: &[&str] = &[
    "batch",
    "chunk",
    "group",
    "packet",
    "package",
    "block",
    "bundle",
    "page",
    "portion",
    "lot",
    "slice",
    "paket",
    "stapel",
    "gruppe",
    "block",
    "portion",
    "packen",
    "paeckchen",
    "teil",
    "buendel",
    "charge",
    "one",
    "davon",
];

pub fn batches(tokens: &mut Vec<Token>, lang: Lang) {
    // `batches of 50`, `Pakete zu je 100`, `batches with 20 rows each`
    let found = (0..tokens.len()).find_map(|at| {
        if !tokens[at].any(BATCHES) {
            return None;
        }
        let mut next = at + 1;
        while tokens.get(next).is_some_and(|token| {
            token.any(&[
                "of", "zu", "von", "je", "jeweils", "a", "with", "mit", "at", "most", "up", "to",
            ])
        }) {
            next += 1;
        }
        let number = tokens.get(next).filter(|_| next > at + 1)?.number?;
        (number >= 1.0 && number.fract() == 0.0).then_some((at, next))
    });
    let Some((at, number)) = found else { return };
    let start = tokens[..at]
        .iter()
        .rposition(|token| {
            matches!(token.kind, Kind::Mark('.' | ';' | ':' | '!' | ','))
                || token.any(&["then", "dann"])
        })
        .map_or(0, |mark| mark + 1);
    let into = at.checked_sub(1).filter(|before| tokens[*before].any(&["into", "in", "to"]));
    let Some(into) = into else { return };
    let Some(verb) = (start..into).find(|place| {
        tokens[*place].is_word()
            && (lexicon::verb(&tokens[*place].low, lang).is_some() || divides(&tokens[*place]))
    }) else {
        return;
    };
    let mut end = number + 1;
    // `of 20 rows each`
    let unit = tokens
        .get(end)
        .filter(|token| token.is_word() && token.low.ends_with('s') && !token.any(&["at", "is"]));
    end += usize::from(unit.is_some());
    while tokens
        .get(end)
        .is_some_and(|token| token.any(&["each", "auf", "ein", "jeweils", "elements", "stueck"]))
    {
        end += 1;
    }
    let model = tokens[at].clone();
    let count = tokens[number].clone();
    let mut header = match lang {
        Lang::En => vec![made(&model, "for"), made(&model, "each")],
        Lang::De => vec![made(&model, "fuer"), made(&model, "jede")],
    };
    header.extend([made(&model, "batch"), count]);
    if divides(&tokens[verb]) {
        let what: Vec<Token> =
            tokens[verb + 1..into].iter().filter(|token| !token.any(&["up"])).cloned().collect();
        header.extend(what);
        header.push(made(&model, ","));
        // What follows is done with each.
        while tokens
            .get(end)
            .is_some_and(|token| token.is_mark(',') || token.any(&["and", "und", "then", "dann"]))
        {
            end += 1;
        }
        let length = start + header.len();
        tokens.splice(start..end, header);
        each(tokens, length, lang);
    } else {
        // `send the records to … in batches of 25`
        let to = (verb + 1..into).find(|place| {
            tokens[*place].any(&["to", "into", "an", "nach", "per", "via"])
                || matches!(tokens[*place].kind, Kind::Url)
        });
        let Some(to) = to.filter(|to| *to > verb + 1) else { return };
        let what: Vec<Token> = tokens[verb + 1..to].to_vec();
        header.extend(what);
        header.push(made(&model, ","));
        tokens.drain(into..end);
        tokens.splice(verb + 1..to, [made(&model, lang.say("it", "es"))]);
        tokens.splice(start..start, header);
    }
}

fn divides(token: &Token) -> bool {
    token.any(&[
        "split",
        "chunk",
        "divide",
        "break",
        "cut",
        "group",
        "batch",
        "partition",
        "slice",
        "teile",
        "teil",
        "zerlege",
        "unterteile",
        "aufteilen",
        "gruppiere",
        "zerteile",
        "splitte",
        "teilen",
    ])
}

/// `each batch` is what the loop holds: `it`.
fn each(tokens: &mut Vec<Token>, from: usize, lang: Lang) {
    let found = (from..tokens.len().saturating_sub(1)).find(|at| {
        (tokens[*at].any(ARTICLES) || tokens[*at].any(&["each", "every", "jedes", "jeden", "jede"]))
            && tokens[at + 1].any(ONE)
    });
    if let Some(at) = found {
        let model = tokens[at].clone();
        let of = tokens.get(at + 2).is_some_and(|next| next.is("of"));
        let end = if of { at + 4 } else { at + 2 };
        tokens.splice(at..end.min(tokens.len()), [made(&model, lang.say("it", "es"))]);
    }
}
