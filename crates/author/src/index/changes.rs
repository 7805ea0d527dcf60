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
        "fails failed fail failure failing declined fehlgeschlagen fehlschlaegt scheitert gescheitert fehlgeschlagene fehlgeschlagenen",
    ),
    (Change::Won, "won wins win gewonnen gewinnt closed-won"),
    (Change::Merged, "merged merge merges gemergt zusammengefuehrt"),
    (Change::Commented, "comment comments commented kommentar kommentare kommentiert kommentieren"),
    (Change::Mentioned, "mention mentions mentioned erwaehnt erwaehnung"),
    (Change::Deleted, "deleted removed cancelled canceled deletes geloescht entfernt storniert"),
    (
        Change::Done,
        "done closed completed complete completes finished finishes solved resolved closes erledigt geschlossen abgeschlossen geloest fertig",
    ),
    (Change::Paid, "paid pays succeeds succeeded bezahlt"),
    (
        Change::Changed,
        "updated changed changes update updates moves moved edited modified geaendert aendert aktualisiert verschoben bearbeitet wechselt rescheduled",
    ),
    (
        Change::Created,
        "new created creates opened opens added adds placed received receives arrives arrived comes published appears submitted uploaded posted posts sent sends lands registered joins joined booked \
        triggered pushed neu neue neuer neues neuen neuem angelegt erstellt kommt eingeht eingegangen hinzugefuegt hinzukommt hochgeladen eroeffnet erscheint \
        eintrifft trifft ausgeloest gemeldet eingetragen veroeffentlicht schreibt anlegt erstellt aufgegeben eingereicht",
    ),
];

static KNOWN: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let rows = WORDS.iter().enumerate();
    // The rarer kind of a word that is in two rows stands.
    rows.rev()
        .flat_map(|(at, (_, list))| list.split_whitespace().map(move |word| (word, at)))
        .collect()
});

pub fn of(tokens: &[Token]) -> Option<Change> {
    of_words(tokens.iter().filter(|token| token.is_word()).map(|token| token.low.as_str()))
}

pub fn of_words<'w>(words: impl Iterator<Item = &'w str>) -> Option<Change> {
    let rarest = words.filter_map(|word| KNOWN.get(word)).min()?;
    WORDS.get(*rarest).map(|(change, _)| *change)
}
