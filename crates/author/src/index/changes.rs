//! What kind of change words tell of: something comes to be, changes, is done, goes.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::Token;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Created,
    Changed,
    Done,
    Deleted,
    Paid,
    Failed,
    Starting,
    Won,
    Commented,
    Merged,
    Mentioned,
}

impl Change {
    /// Whether a trigger for `other` also fires on this: what is done has changed.
    pub const fn is_part_of(self, other: Self) -> bool {
        matches!(other, Self::Changed)
            && matches!(self, Self::Done | Self::Won | Self::Paid | Self::Merged | Self::Failed)
    }
}

/// Rarer kinds first: `a new payment failed` tells of a failure.
pub const WORDS: &[(Change, &str)] = &[
    (
        Change::Failed,
        "fails failed fail failure failing declined breaks broke broken red crashes crashed fehlgeschlagen fehlschlaegt fehl scheitert gescheitert \
        fehlgeschlagene fehlgeschlagenen abgelehnt rot bricht",
    ),
    (
        Change::Starting,
        "starts starting begins upcoming before vor beginnt anfaengt anstehende anstehenden",
    ),
    (Change::Won, "won wins win gewonnen gewinnt closed-won"),
    (Change::Merged, "merged merge merges gemergt zusammengefuehrt"),
    (Change::Commented, "comment comments commented kommentar kommentare kommentiert kommentieren"),
    (Change::Mentioned, "mention mentions mentioned erwaehnt erwaehnung"),
    (
        Change::Deleted,
        "deleted removed cancelled canceled cancels deletes removes ends geloescht entfernt storniert gekuendigt kuendigt endet storniert",
    ),
    (
        Change::Done,
        "done closed completed complete completes finished finishes solved resolved closes resolves fulfilled ships shipped erledigt geschlossen \
        abgeschlossen geloest fertig behoben versendet versandt verschickt",
    ),
    (Change::Paid, "paid pays succeeds succeeded bezahlt"),
    (
        Change::Changed,
        "updated changed changes update updates moves moved edited modified geaendert aendert aktualisiert verschoben bearbeitet wechselt rescheduled",
    ),
    (
        Change::Created,
        "new created creates opened opens added adds placed received receives arrives arrived comes published appears submitted uploaded posted posts sent sends lands registered registers joins joined booked \
        triggered raised raises files filed orders publishes uploads inserted writes subscribes subscribed signs orders neu neue neuer neues neuen neuem angelegt erstellt kommt eingeht eingegangen hinzugefuegt hinzukommt hochgeladen eroeffnet erscheint \
        eintrifft trifft ausgeloest gemeldet eingetragen veroeffentlicht schreibt anlegt erstellt aufgegeben eingereicht dazukommt dazugekommen reinkommt hereinkommt landet aufgemacht eingefuegt eingesetzt \
        registriert bestellt hochlaedt eroeffnet",
    ),
];

/// Words for changes that are, or share their stem with, things as well: `orders`.
pub const THINGS: &[&str] = &[
    "orders",
    "files",
    "filed",
    "posts",
    "posted",
    "subscribes",
    "subscribed",
    "bestellt",
    "red",
    "signs",
    "writes",
    "schreibt",
];

static KNOWN: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let rows = WORDS.iter().enumerate();
    // The rarer kind of a word that is in two rows stands.
    rows.rev()
        .flat_map(|(at, (_, list))| list.split_whitespace().map(move |word| (word, at)))
        .collect()
});

pub fn of(tokens: &[Token]) -> Option<Change> {
    // A merge request is a thing.
    let thing = |at: usize| {
        tokens[at].is("merge")
            && tokens.get(at + 1).is_some_and(|next| next.any(&["request", "requests"]))
    };
    let words = (0..tokens.len()).filter(|at| tokens[*at].is_word() && !thing(*at));
    of_words(words.map(|at| tokens[at].low.as_str()))
}

pub fn of_words<'w>(words: impl Iterator<Item = &'w str>) -> Option<Change> {
    let rarest = words.filter_map(|word| KNOWN.get(word)).min()?;
    WORDS.get(*rarest).map(|(change, _)| *change)
}
