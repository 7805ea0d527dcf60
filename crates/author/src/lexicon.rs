//! The words that people use for what bots do, English and German.
//!
//! Only words of the language itself live here; what an action of a connector is called comes from
//! the catalogue.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::{Lang, Token};

mod apps;
mod models;
pub mod people;
mod verbs;

pub use apps::known_app;
pub use models::{JOINED, is_model, is_model_name, names_model};

/// What a verb asks for, before it is known which action does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Read something.
    Fetch,
    /// Bring data somewhere.
    Send,
    /// HTTP methods, when said as such.
    Put,
    Patch,
    Delete,
    /// Tell people.
    Notify,
    Email,
    Respond,
    Return,
    Wait,
    /// Start another bot.
    Run,
    Emit,
    Approve,
    Ai(Ai),
    Log,
    Remember,
    Count,
    Compute,
    Retry,
    /// Do nothing.
    Stop,
    /// Any other deed: the catalogue decides.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ai {
    Summarise,
    Classify,
    Translate,
    Extract,
    Write,
}

static EN: LazyLock<HashMap<&'static str, Op>> = LazyLock::new(|| table(verbs::EN));
static DE: LazyLock<HashMap<&'static str, Op>> = LazyLock::new(|| table(verbs::DE));

fn table(rows: &'static [(Op, &'static str)]) -> HashMap<&'static str, Op> {
    rows.iter()
        .flat_map(|(op, words)| words.split_whitespace().map(move |word| (word, *op)))
        .collect()
}

/// The deed that a word names, in whatever form it stands.
pub fn verb(low: &str, lang: Lang) -> Option<Op> {
    match lang {
        Lang::En => english(low),
        Lang::De => german(low).or_else(|| EN.get(low).copied().filter(|op| *op != Op::Other)),
    }
}

/// Whether the English word is a verb as it stands, without an ending.
pub fn is_base(low: &str) -> bool {
    EN.contains_key(low)
}

/// The base form in the verb table, if the English word is one.
pub fn base(low: &str) -> Option<&'static str> {
    EN.get_key_value(low).map(|(word, _)| *word)
}

/// All words of the verb table of a language, as they stand in it.
pub fn bases(lang: Lang) -> impl Iterator<Item = &'static str> {
    match lang {
        Lang::En => EN.keys(),
        Lang::De => DE.keys(),
    }
    .copied()
}

fn english(low: &str) -> Option<Op> {
    let find = |word: &str| EN.get(word).copied();
    find(low)
        .or_else(|| low.strip_suffix("ies").and_then(|stem| find(&format!("{stem}y"))))
        .or_else(|| low.strip_suffix("es").and_then(find))
        .or_else(|| low.strip_suffix('s').and_then(find))
        .or_else(|| {
            let stem = low.strip_suffix("ing")?;
            find(stem).or_else(|| find(&format!("{stem}e"))).or_else(|| {
                let mut chars = stem.chars();
                let last = chars.next_back()?;
                chars.as_str().ends_with(last).then(|| find(chars.as_str())).flatten()
            })
        })
}

fn german(low: &str) -> Option<Op> {
    let find = |word: &str| DE.get(word).copied();
    let with_e = |stem: &str| find(&format!("{stem}e")).or_else(|| find(&format!("{stem}en")));
    find(low)
        .or_else(|| low.strip_suffix("zu").and_then(find))
        .or_else(|| low.strip_suffix('n').and_then(find))
        .or_else(|| {
            low.strip_suffix('n')
                .filter(|stem| stem.ends_with("er") || stem.ends_with("el"))
                .and_then(with_e)
        })
        .or_else(|| low.strip_suffix("en").and_then(with_e))
        .or_else(|| low.strip_suffix("et").and_then(with_e))
        .or_else(|| low.strip_suffix('t').and_then(with_e))
        .or_else(|| past(low).and_then(find))
        // Imperatives without an ending: `trag`, `leg`.
        .or_else(|| (low.len() > 2).then(|| find(&format!("{low}e"))).flatten())
        // Infinitives with `zu` inside: `abzurufen`.
        .or_else(|| {
            let (head, tail) = low.split_once("zu")?;
            (tail.len() > 3 && !head.is_empty()).then(|| find(&format!("{head}{tail}"))).flatten()
        })
}

/// The imperative of a German participle: `angelegt`, `gespeichert`, `aktualisiert`.
fn past(low: &str) -> Option<&'static str> {
    const IRREGULAR: &[(&str, &str)] = &[
        ("geschrieben", "schreibe"),
        ("gelesen", "lese"),
        ("genommen", "nimm"),
        ("gezogen", "ziehe"),
        ("eingetragen", "eintragen"),
        ("aufgerufen", "aufrufen"),
        ("ausgegeben", "ausgeben"),
        ("angelegt", "anlegen"),
        ("abgelegt", "ablegen"),
        ("hinterlegt", "ablegen"),
        ("eroeffnet", "eroeffne"),
        ("verschoben", "verschiebe"),
        ("uebertragen", "uebertrage"),
        ("hochgeladen", "hochladen"),
        ("hinzugefuegt", "hinzufuegen"),
        ("eingefuegt", "einfuegen"),
        ("angehaengt", "anhaengen"),
        ("geschlossen", "schliesse"),
        ("gefunden", "finde"),
        ("vermerkt", "protokolliere"),
        ("gestartet", "starte"),
        ("ausgefuehrt", "ausfuehren"),
        ("geloescht", "loesche"),
        ("ueberwiesen", "sende"),
        ("gesichert", "sichere"),
        ("beantwortet", "beantworte"),
        ("geantwortet", "antworte"),
        ("berechnet", "berechne"),
        ("eingestellt", "einstellen"),
        ("zugewiesen", "setze"),
        ("verworfen", "verwerfe"),
        ("gemacht", "mache"),
        ("gebucht", "buche"),
        ("gewartet", "warte"),
        ("geprueft", "pruefe"),
        ("gespeichert", "speichere"),
        ("kopiert", "kopiere"),
        ("erstellt", "erstelle"),
        ("aktualisiert", "aktualisiere"),
        ("uebersetzt", "uebersetze"),
        ("markiert", "markiere"),
        ("protokolliert", "protokolliere"),
        ("gezaehlt", "zaehle"),
        ("exportiert", "exportiere"),
        ("importiert", "importiere"),
        ("archiviert", "archiviere"),
        ("veroeffentlicht", "veroeffentliche"),
        ("ignoriert", "ignoriere"),
        ("gefiltert", "filtere"),
        ("uebermittelt", "uebermittle"),
        ("erinnert", "erinnere"),
        ("alarmiert", "alarmiere"),
        ("gewarnt", "warne"),
        ("verstaendigt", "verstaendige"),
        ("gefragt", "frage"),
        ("gemailt", "maile"),
        ("eingeladen", "setze"),
        ("zusammengefuehrt", "setze"),
        ("eingeordnet", "einordne"),
        ("klassifiziert", "klassifiziere"),
        ("kategorisiert", "kategorisiere"),
        ("extrahiert", "extrahiere"),
    ];
    IRREGULAR.iter().find(|(form, _)| *form == low).map(|(_, verb)| *verb)
}

/// English words that are verbs at the head of a clause but nouns elsewhere.
pub fn is_noun_too(low: &str) -> bool {
    const NOUNS: &[&str] = &[
        "email", "emails", "mail", "mails", "post", "posts", "answer", "answers", "log", "logs",
        "call", "calls", "report", "reports", "message", "messages", "order", "orders", "update",
        "updates", "text", "page", "pages", "record", "records", "request", "requests", "file",
        "files", "list", "lists", "alert", "alerts", "count", "counts", "copy", "test", "tests",
        "tag", "tags", "label", "labels", "ticket", "tickets", "schedule", "summary", "draft",
        "share", "run", "runs", "return", "returns", "check", "checks", "query", "watch",
        "monitor", "trigger", "book", "books", "load", "reply", "replies", "push", "extract",
        "export", "import", "ping", "find", "release", "comment", "name", "names", "head", "visit",
        "visits", "look", "delay", "read", "sum", "store", "stores", "process", "build", "builds",
        "invite", "sort", "filter", "open", "clean", "close", "start", "ask", "tell", "e-mail",
        "e-mails", "dm", "forward", "note", "notes", "phone", "ring", "dial", "number", "average",
        "pause",
    ];
    NOUNS.contains(&low)
}

pub const PLEASE: &[&str] = &[
    "please",
    "kindly",
    "just",
    "also",
    "then",
    "now",
    "next",
    "first",
    "firstly",
    "secondly",
    "finally",
    "afterwards",
    "afterward",
    "immediately",
    "automatically",
    "subsequently",
    "thereafter",
    "lastly",
    "bitte",
    "dann",
    "danach",
    "anschliessend",
    "zuerst",
    "zunaechst",
    "ausserdem",
    "auch",
    "schliesslich",
    "sofort",
    "automatisch",
    "zuletzt",
    "nun",
    "erst",
    "directly",
    "straight",
    "only",
];

pub const ARTICLES: &[&str] = &[
    "the",
    "a",
    "an",
    "its",
    "their",
    "his",
    "her",
    "your",
    "our",
    "my",
    "this",
    "that",
    "these",
    "those",
    "each",
    "every",
    "all",
    "any",
    "some",
    "der",
    "die",
    "das",
    "den",
    "dem",
    "des",
    "ein",
    "eine",
    "einen",
    "einem",
    "einer",
    "eines",
    "sein",
    "seine",
    "seinen",
    "ihr",
    "ihre",
    "ihren",
    "unser",
    "unsere",
    "unseren",
    "unserem",
    "unserer",
    "mein",
    "meine",
    "meinen",
    "dieser",
    "diese",
    "dieses",
    "diesen",
    "jeder",
    "jede",
    "jedes",
    "jeden",
    "alle",
    "allen",
    "new",
    "neu",
    "neue",
    "neuer",
    "neues",
    "neuen",
    "incoming",
    "eingehende",
    "eingehenden",
    "eingehender",
    "both",
    "deren",
    "dessen",
];

pub const PRONOUNS: &[&str] = &[
    "it",
    "that",
    "this",
    "them",
    "those",
    "these",
    "everything",
    "all",
    "es",
    "sie",
    "ihn",
    "das",
    "dies",
    "diese",
    "dieses",
    "alles",
    "dies",
    "both",
];

/// Words that say nothing about the deed or its object.
pub const EMPTY: &[&str] = &[
    "the", "a", "an", "to", "of", "in", "on", "at", "by", "for", "from", "with", "and", "or", "is",
    "are", "be", "it", "its", "that", "this", "them", "their", "me", "my", "us", "our", "we", "i",
    "you", "your", "into", "via", "as", "so", "then", "there", "any", "all", "each", "every",
    "new", "please", "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem",
    "einer", "und", "oder", "ist", "sind", "zu", "zum", "zur", "von", "vom", "mit", "bei", "fuer",
    "an", "am", "im", "auf", "aus", "nach", "ueber", "per", "mir", "mich", "uns", "es", "sie",
    "ihn", "als", "dann", "bitte", "was", "has", "have", "been", "wird", "werden", "wurde", "hat",
    "new", "neue", "neuen", "neuer", "neues", "when", "if", "wenn", "falls", "whenever", "jeden",
    "jede", "alle", "do", "does", "bot", "make", "want", "should", "s", "'s", "up",
];

pub fn is_empty_word(token: &Token) -> bool {
    EMPTY.contains(&token.low.as_str())
}

/// Things that arrive, fire or get called: the predicate of a trigger.
pub const ARRIVES: &[&str] = &[
    "arrives",
    "arrive",
    "arrived",
    "comes",
    "come",
    "came",
    "hits",
    "hit",
    "called",
    "received",
    "receive",
    "receives",
    "fires",
    "fired",
    "happens",
    "happen",
    "happened",
    "occurs",
    "occur",
    "triggered",
    "lands",
    "emitted",
    "published",
    "submitted",
    "uploaded",
    "posted",
    "invoked",
    "raised",
    "sent",
    "gets",
    "appears",
    "requested",
    "delivered",
    "placed",
    "opened",
    "created",
    "added",
    "signs",
    "registers",
    "subscribes",
    "seen",
    "reaches",
    "pinged",
    "kommt",
    "ankommt",
    "eintrifft",
    "trifft",
    "eingeht",
    "geht",
    "reinkommt",
    "hereinkommt",
    "passiert",
    "auftritt",
    "aufgerufen",
    "empfangen",
    "ausgeloest",
    "erhaelt",
    "gesendet",
    "geschickt",
    "eintreffen",
    "eingegangen",
    "eingereicht",
    "abgeschickt",
    "hochgeladen",
    "erscheint",
    "angelegt",
    "erstellt",
    "eintritt",
    "tritt",
    "gemeldet",
    "faellt",
    "arriving",
    "coming",
    "kommen",
    "erreicht",
    "veroeffentlicht",
    "landet",
    "posts",
    "calls",
    "sends",
    "submits",
    "completes",
    "finishes",
    "finished",
    "completed",
    "fails",
    "starts",
    "started",
    "wurde",
    "wird",
    "ausgeloest",
];
