//! A field and its value in front of a deed: `for code XMAS answer with …`, `beim Code SOMMER25 …
//! antworten`: what must hold, said without `if`.

use super::made;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

/// Nouns that are fields with a few values.
const FIELDS: &[&str] = &[
    "code",
    "status",
    "state",
    "type",
    "kind",
    "plan",
    "country",
    "level",
    "category",
    "tier",
    "size",
    "role",
    "mode",
    "land",
    "typ",
    "art",
    "stufe",
    "rolle",
    "kategorie",
    "prioritaet",
    "priority",
    "severity",
    "language",
    "sprache",
    "region",
    "currency",
    "waehrung",
    "color",
    "colour",
    "farbe",
    "channel",
    "department",
    "abteilung",
    "stage",
    "phase",
    "coupon",
    "gutschein",
    "gutscheincode",
    "topic",
    "thema",
    "method",
    "reason",
    "grund",
    "action",
    "aktion",
    "environment",
    "env",
    "umgebung",
    "version",
    "zustand",
];

pub fn fielded(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 0;
    while at + 3 < tokens.len() {
        let opens = at == 0
            || matches!(tokens[at - 1].kind, Kind::Mark('.' | ';' | ':' | ','))
            || tokens[at - 1].any(&["and", "und"]);
        let says = match lang {
            Lang::En => tokens[at].any(&["for", "with", "on", "at", "given"]),
            Lang::De => tokens[at].any(&["bei", "beim", "fuer", "mit"]),
        };
        let article = usize::from(
            tokens[at + 1].any(ARTICLES) && !tokens[at + 1].any(&["each", "every", "all"]),
        );
        let field = at + 1 + article;
        let named = tokens.get(field).is_some_and(|token| token.any(FIELDS));
        let value = tokens.get(field + 1).filter(|token| match token.kind {
            Kind::Quoted | Kind::Number => true,
            Kind::Word => {
                !lexicon::is_empty_word(token)
                    && !token.any(ARTICLES)
                    && lexicon::verb(&token.low, Lang::En).is_none()
                    && !token.any(&["ueber", "unter", "over", "above", "below", "under"])
            }
            _ => false,
        });
        // `mit Status 422 antworten`: how it is answered.
        let answers = tokens.get(field).is_some_and(|token| token.any(&["status", "code"]))
            && tokens[field..]
                .iter()
                .take(10)
                .take_while(|token| !matches!(token.kind, Kind::Mark('.' | ';')))
                .any(|token| {
                    token.any(&[
                        "antworten",
                        "antworte",
                        "antwortet",
                        "beantworten",
                        "beantworte",
                        "abweisen",
                        "ablehnen",
                        "zurueckgeben",
                    ])
                })
            && tokens[at].any(&["mit", "with"]);
        let goes_on = !answers
            && tokens.get(field + 2).is_some_and(|next| {
                !matches!(next.kind, Kind::Mark('.' | ';' | '!'))
                    && !next.any(&["and", "und", "or", "oder"])
            });
        // In the middle of a sentence `with code X` belongs to the deed before.
        let between = at == 0
            || !tokens[at - 1].any(&["and", "und"])
            || tokens[at].any(&["for", "bei", "beim"]);
        let (true, Some(value)) = (opens && says && named && goes_on && between, value.cloned())
        else {
            at += 1;
            continue;
        };
        let field_token = tokens[field].clone();
        let model = value.clone();
        let mut words = match lang {
            Lang::En => vec![made(&model, "if"), field_token, made(&model, "is"), value],
            Lang::De => vec![made(&model, "wenn"), field_token, value, made(&model, "ist")],
        };
        let comma =
            tokens.get(field + 2).is_some_and(|next| next.is_mark(',') || next.is_mark(':'));
        words.push(made(&model, ","));
        let length = words.len();
        if at > 0 && tokens[at - 1].is_mark(',') {
            tokens[at - 1].kind = Kind::Mark(';');
        }
        tokens.splice(at..field + 2 + usize::from(comma), words);
        at += length;
    }
}
