//! Amounts from which on something holds, said of the thing itself: `orders over 500 euros`, `those above
//! 300`, `discounts of 20 percent or more`, `Rechnungen ab 1000 Euro`.

use std::ops::Range;

use super::made;
use crate::text::{Kind, Lang, Token};

/// What amounts are counted in.
const UNITS: &[&str] = &[
    "euro", "euros", "eur", "dollar", "dollars", "usd", "bucks", "pounds", "gbp", "francs", "chf",
    "percent", "prozent", "franken", "pfund", "kg", "kilos", "pieces", "stueck", "units", "points",
    "punkte", "yen", "kronen",
];

/// A bound in words: where it stands, and how it is compared with what.
pub(super) struct Bound {
    pub(super) range: Range<usize>,
    sign: &'static str,
    value: Token,
}

impl Bound {
    /// The first one behind a noun that it can be said of.
    pub(super) fn find(tokens: &[Token], lang: Lang) -> Option<Self> {
        (1..tokens.len()).find_map(|at| Self::at(tokens, at, lang))
    }

    fn at(tokens: &[Token], at: usize, lang: Lang) -> Option<Self> {
        let says = |offset: usize, words: &[&str]| {
            tokens.get(at + offset).is_some_and(|token| token.any(words))
        };
        let (mut length, mut sign) = match lang {
            Lang::En if says(0, &["over", "above", "exceeding", "beyond"]) => (1, "over"),
            Lang::En if says(0, &["below", "under"]) => (1, "below"),
            Lang::En if says(0, &["more", "greater", "higher"]) && says(1, &["than"]) => {
                (2, "over")
            }
            Lang::En if says(0, &["less", "fewer", "lower"]) && says(1, &["than"]) => (2, "below"),
            Lang::En if says(0, &["at"]) && says(1, &["least"]) => (2, "least"),
            Lang::En if says(0, &["of", "worth", "from"]) => (1, ""),
            Lang::De if says(0, &["ueber"]) => (1, "ueber"),
            Lang::De if says(0, &["unter"]) => (1, "unter"),
            Lang::De if says(0, &["ab", "mindestens"]) => (1, "mindestens"),
            Lang::De if says(0, &["mehr"]) && says(1, &["als"]) => (2, "ueber"),
            Lang::De if says(0, &["von"]) && says(1, &["mehr"]) && says(2, &["als"]) => {
                (3, "ueber")
            }
            _ => return None,
        };
        // `worth more than 500`
        if lang == Lang::En && sign.is_empty() && says(1, &["more", "over", "at"]) {
            let inner = Self::at(tokens, at + 1, lang)?;
            return Some(Self { range: at..inner.range.end, ..inner });
        }
        let value = tokens.get(at + length).filter(|token| token.number.is_some())?.clone();
        if crate::values::duration_length(&tokens[at + length..]).is_some() {
            return None;
        }
        length += 1;
        let unit = says(length, UNITS);
        length += usize::from(unit);
        if says(length, &["or", "and", "oder", "und"])
            && says(length + 1, &["more", "above", "over", "up", "mehr", "darueber", "higher"])
        {
            length += 2;
            sign = lang.say("least", "mindestens");
        }
        let noun = &tokens[at - 1];
        let said_of = noun.is_word()
            && (noun.low.ends_with('s')
                || lang == Lang::De && noun.text.starts_with(char::is_uppercase)
                || noun.any(&["those", "ones", "anything", "alles", "alle", "solche"])
                || at > 1 && tokens[..at].iter().any(|token| token.any(&["webhook", "event"])));
        (said_of && !sign.is_empty() && (unit || value.money || sign != "unter" && sign != "ueber"))
            .then_some(Self { range: at..at + length, sign, value })
    }

    /// The same bound from the other side.
    pub(super) fn turned(&self, lang: Lang) -> Self {
        let sign = match self.sign {
            "below" | "unter" => lang.say("least", "mindestens"),
            "over" | "ueber" => lang.say("most", "hoechstens"),
            _ => lang.say("below", "unter"),
        };
        Self { range: self.range.clone(), sign, value: self.value.clone() }
    }

    /// The bound as a condition, up to its comma.
    pub(super) fn condition(&self, lang: Lang) -> Vec<Token> {
        let word = |word: &str| made(&self.value, word);
        let mut out = match (lang, self.sign) {
            (Lang::En, "least") => {
                vec![word("if"), word("amount"), word("is"), word("at"), word("least")]
            }
            (Lang::En, "most") => {
                vec![word("if"), word("amount"), word("is"), word("at"), word("most")]
            }
            (Lang::En, sign) => vec![word("if"), word("amount"), word("is"), word(sign)],
            (Lang::De, sign) => vec![word("wenn"), word("betrag"), word(sign)],
        };
        out.push(self.value.clone());
        if lang == Lang::De {
            out.push(word("ist"));
        }
        out.push(word(","));
        out
    }
}

/// `discounts of 20 percent or more need the approval of x@y , …` → `if amount is at least 20 , ask x@y
/// for approval ; …`.
pub(super) fn needs(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(bound) = Bound::find(tokens, lang) else { return };
    let divides = |token: &Token| matches!(token.kind, Kind::Mark(',' | '.' | ';' | ':' | '!'));
    let end =
        (bound.range.end..tokens.len()).find(|at| divides(&tokens[*at])).unwrap_or(tokens.len());
    let part = &tokens[bound.range.end..end];
    let first = part.first().is_some_and(|token| {
        token.any(&[
            "need",
            "needs",
            "require",
            "requires",
            "must",
            "have",
            "brauchen",
            "braucht",
            "muss",
            "muessen",
            "benoetigen",
            "should",
        ])
    });
    let agrees = part.iter().any(|token| {
        token.any(&[
            "approval",
            "approve",
            "approved",
            "ok",
            "okay",
            "consent",
            "sign-off",
            "confirmed",
            "permission",
            "go-ahead",
            "freigabe",
            "zustimmung",
            "genehmigung",
            "freigeben",
            "genehmigen",
            "absegnen",
            "zustimmen",
            "freigegeben",
            "genehmigt",
        ])
    });
    let who = part.iter().find(|token| token.kind == Kind::Email).cloned();
    let from = tokens[..bound.range.start].iter().rposition(divides).map_or(0, |mark| mark + 1);
    let Some(who) = who.filter(|_| first && agrees && bound.range.start - from <= 3) else {
        return;
    };
    // Whatever tells what starts the bot stays.
    let hook = tokens[from..bound.range.start].iter().any(|token| token.low.contains("webhook"));
    let deeds = tokens.get(end).is_some_and(|token| token.is_mark(','));
    if hook || part.iter().any(|token| token.any(&["and", "und", "then", "before"])) {
        return;
    }
    let model = tokens[from].clone();
    let mut words = bound.condition(lang);
    let ask: &[&str] = match lang {
        Lang::En => &["ask", "", "for", "approval"],
        Lang::De => &["frage", "", "nach", "freigabe"],
    };
    words.extend(ask.iter().map(|word| match word.is_empty() {
        true => who.clone(),
        false => made(&model, word),
    }));
    if deeds {
        words.push(made(&model, ";"));
    }
    tokens.splice(from..end + usize::from(deeds), words);
}
