//! Slips of the keyboard in the words that steer: `webhok`, `emial`, `otherwize`. A word is only
//! mended when it is none that is known and exactly one known word is one slip away; names, values
//! and words that somebody chose are left alone.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{Kind, Lang, Token};
use crate::clauses::Vocabulary;
use crate::lexicon;

/// Words besides the verbs that decide what a sentence means.
const EN: &str = "\
    webhook whenever otherwise arrives arrive arrived received receives incoming exceeds \
    contains greater response message channel customer subject approval approved approves \
    between without failures attempts weather forecast address through following existing \
    parallel already created spreadsheet calendar average available succeeds invoice \
    spreadsheets notification immediately concurrently simultaneously";

const DE: &str = "\
    webhook ereignis ansonsten andernfalls eintrifft empfaenger nachricht mindestens hoechstens \
    gleichzeitig parallel sobald eingeht ankommt rechnung bestellung antwort freigabe \
    genehmigung zusammenfassung adresse fehlschlaegt erreichbar uebersteigt enthaelt \
    benachrichtige benachrichtigen schicken aktualisieren speichern erstellen hinzufuegen \
    zurueckgeben";

static KNOWN_EN: LazyLock<HashSet<&str>> = LazyLock::new(|| known(Lang::En));
static KNOWN_DE: LazyLock<HashSet<&str>> = LazyLock::new(|| known(Lang::De));

fn known(lang: Lang) -> HashSet<&'static str> {
    let words = match lang {
        Lang::En => EN,
        Lang::De => DE,
    };
    words.split_whitespace().chain(lexicon::bases(lang)).collect()
}

/// Words behind which somebody's own name stands.
const NAMES: &[&str] = &[
    "webhook", "event", "ereignis", "bot", "table", "tabelle", "field", "feld", "fields", "key",
    "called", "named", "titled", "namens", "channel", "kanal", "folder", "ordner", "bucket",
    "board", "list", "liste", "project", "projekt", "sheet", "label", "tag", "list", "column",
    "spalte", "saying", "text", "counter", "zaehler", "for", "fuer",
];

/// Mends the words of a sentence.
pub fn mend(tokens: &mut [Token], lang: Lang, words: &dyn Vocabulary) {
    let names = words.names();
    for at in 0..tokens.len() {
        let token = &tokens[at];
        let word = token.kind == Kind::Word
            && token.number.is_none()
            && token.low.len() >= 4
            && token.low.chars().all(|c| c.is_ascii_alphabetic())
            && !(at > 0 && tokens[at - 1].any(NAMES))
            && !words.is_name(&token.low)
            && !words.is_word(&token.low)
            && !is_known(&token.low, lang);
        if !word {
            continue;
        }
        let capital = token.is_capital();
        let placed = at > 0
            && tokens[at - 1]
                .any(&["in", "to", "on", "via", "from", "into", "nach", "aus", "auf", "per"]);
        let mended = if capital && placed && token.low.len() >= 4 {
            nearest(&token.low, names.iter().map(String::as_str), 5)
        } else if !capital {
            let known = if lang == Lang::En { &*KNOWN_EN } else { &*KNOWN_DE };
            nearest(&token.low, known.iter().copied(), 6).or_else(|| {
                (placed && token.low.len() >= 5)
                    .then(|| nearest(&token.low, names.iter().map(String::as_str), 6))
                    .flatten()
            })
        } else {
            None
        };
        if let Some(word) = mended {
            tokens[at].low.clone_from(&word);
            tokens[at].text = word;
        }
    }
}

/// Whether the word is one of the language, as far as the author knows it.
fn is_known(low: &str, lang: Lang) -> bool {
    lexicon::verb(low, lang).is_some()
        || KNOWN_EN.contains(low)
        || KNOWN_DE.contains(low)
        || lexicon::EMPTY.contains(&low)
        || lexicon::ARTICLES.contains(&low)
        || lexicon::ARRIVES.contains(&low)
        || lexicon::PLEASE.contains(&low)
        || lexicon::people::IN_DATA.contains(&low)
        || lexicon::people::OUTSIDE.contains(&low)
        || ORDINARY.contains(low)
}

static ORDINARY: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON.split_whitespace().collect());

/// Words that are one slip away from a steering word and none.
const COMMON: &str = "\
    though wherever waren then than when were where there their with will well full sale sales \
    wait weight week weeks hour hours price prices made male mayor host hosts past most cost \
    costs lost last list lists line lines page pages name names note notes date dates data rate \
    rates mode code node nodes sent seen send sand band bank back pack tack task tasks desk disk \
    risk plus pull poll pool tool tools call cell ball fall tall till bill bills fill file files \
    title titles little letter letters better server servers service severe never ever every \
    very even event events count county country amount account counter sound round around found \
    order orders other others under user users read reads ready lead leads load road head heads \
    dead deal deals real level label table tables cable stable start state status stats stage \
    store stored story score scores shop ship ships shipped show slow flow flows floor form \
    forms from free tree three four five nine check checks cheap chart charge change changes \
    chance range large trade grade create creates greater reader header leader folder holder \
    older newer lower power tower paper report reports repair rest test tests text next best \
    cast fast east west post posts port ports part parts party pass path paths patch match watch \
    catch batch march search research each reach beach teach team teams item items time times \
    same some come comes home hope type types tape take takes make makes like link links live \
    love move moves mail mails main gain again rain train trail trial serial signal single sign \
    signs side size sizes site sites quite quiet quota quote quotes query queue unit units until \
    into onto upon once only open opens pen plan plans plant plants plane place places space \
    spare share shares short sort sorts sport support import export hint hits high light right \
    night eight sight month mouth south north both bath math boat boot book books look looks \
    room rooms door doors word words work works world would could should cloud loud club clubs \
    blue true false value values sensor sender gender vendor render tender owner buyer seller \
    dealer trader rating meeting morning evening warning training stock stocks block blocks \
    clock lock locks click clicks quick trick track tracks truck trucks crash cash case cases \
    base phase phrase please release lease least feast yeast year years hear near gear fear \
    clear clean steam stream dream cream area areas urgent agent agents talent client clients \
    patient content contents contest context contact contacts contract contracts product \
    products project projects process progress address access success session sessions version \
    versions mission decision edition region section action actions option options station \
    stations location rotation vacation creation relation question questions suggestion melden \
    meldet wenden landen senden spenden enden laden baden alle allen aller falls fuer ueber \
    unter immer zimmer nimmer nummer sommer kommt stimmt nimmt wird sind kind wind bild geld \
    feld held welt zelt zeit seit weit breit bereit arbeit";

/// The only word one slip away; none when two are. Words shorter than `least` are near too much:
/// of those only letters that changed places count.
fn nearest<'w>(low: &str, words: impl Iterator<Item = &'w str>, least: usize) -> Option<String> {
    let mut found: Option<&str> = None;
    for word in words {
        if word.len() >= 4 && word.len().abs_diff(low.len()) <= 1 && one_slip(low, word) {
            let swapped = word.len() == low.len() && is_swap(low, word);
            if word.len() < least && !swapped {
                continue;
            }
            if found.is_some_and(|other| other != word) {
                return None;
            }
            found = Some(word);
        }
    }
    found.map(str::to_owned)
}

/// Two neighbouring letters that changed places.
fn is_swap(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let Some(at) = (0..a.len().min(b.len())).find(|at| a[*at] != b[*at]) else { return false };
    a.len() == b.len()
        && at + 1 < a.len()
        && a[at] == b[at + 1]
        && a[at + 1] == b[at]
        && a[at + 2..] == b[at + 2..]
}

/// A letter missing, doubled, added or wrong, or two that changed places.
fn one_slip(a: &str, b: &str) -> bool {
    if is_swap(a, b) {
        return true;
    }
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Equal => {
            // A wrong letter, but neither the first nor the last: those make other words.
            same > 0 && same + 1 < a.len() && a.len() >= 7 && a[same + 1..] == b[same + 1..]
        }
        // An ending is grammar, and no slip.
        std::cmp::Ordering::Less => same > 0 && same < a.len() && a[same..] == b[same + 1..],
        std::cmp::Ordering::Greater => same > 0 && same < b.len() && a[same + 1..] == b[same..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_a_letter_more_or_less_or_in_another_place() {
        for (slip, word) in [
            ("webhok", "webhook"),
            ("emial", "email"),
            ("arives", "arrives"),
            ("recieves", "receives"),
            ("otherwize", "otherwise"),
            ("incomming", "incoming"),
        ] {
            assert!(one_slip(slip, word), "{slip}");
        }
        for (other, word) in [("order", "orders"), ("spost", "post"), ("house", "mouse")] {
            assert!(!one_slip(other, word), "{other}");
        }
    }

    #[test]
    fn a_word_between_two_is_left_alone() {
        let words = ["charger", "changer"];
        assert_eq!(nearest("chadger", words.into_iter(), 6), None);
    }
}
