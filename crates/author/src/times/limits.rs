//! Limits said before the schedule that they limit (`from March to October, every day at 6`), and
//! what is left out (`except in August`, `außer sonntags`).

use jiff::civil::Time;

use super::draft::{Draft, Except, When};
use super::problem::Problem;
use super::reader::Reader;
use super::token::Kind;
use super::words;

/// Beginnings of an exception, longest first.
const EXCEPT: &[&[&str]] = &[
    &["with", "the", "exception", "of"],
    &["mit", "ausnahme", "von"],
    &["mit", "ausnahme", "des"],
    &["mit", "ausnahme", "der"],
    &["other", "than"],
    &["apart", "from"],
    &["aside", "from"],
    &["but", "not"],
    &["but", "never"],
    &["but", "also", "never"],
    &["and", "also", "never"],
    &["and", "not"],
    &["and", "never"],
    &["just", "not"],
    &["aber", "nicht"],
    &["aber", "nie"],
    &["und", "nicht"],
    &["und", "nie"],
    &["nur", "nicht"],
    &["jedoch", "nicht"],
    &["bloß", "nicht"],
    &["except"],
    &["excepting"],
    &["excluding"],
    &["besides"],
    &["bar"],
    &["without"],
    &["außer"],
    &["ausser"],
    &["ausgenommen"],
    &["bis", "auf"],
    &["save", "for"],
    &["excluded"],
    &["excludes"],
    &["omitting"],
    &["skipping"],
    &["skip"],
    &["leaving", "out"],
    &["not", "including"],
    &["not", "counting"],
    &["minus"],
    &["barring"],
    &["abgesehen", "von"],
    &["ohne"],
    &["with", "an", "exception", "for"],
    &["exclusive", "of"],
];

impl Reader<'_> {
    /// `in december, every day`, `until 31.12.2027 jeden Tag`: a limit counts when a schedule follows.
    pub(super) fn leading_limit(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut trial = Draft { repeats: true, ..Draft::default() };
        let led = self.any(
            at,
            &[
                "in",
                "im",
                "from",
                "von",
                "vom",
                "during",
                "während",
                "only",
                "nur",
                "between",
                "zwischen",
                "until",
                "till",
                "bis",
                "starting",
                "beginning",
                "ab",
                "seit",
                "as",
                "beginnend",
            ],
        );
        if !led {
            return None;
        }
        let end = self
            .month_range(at, &mut trial)
            .or_else(|| self.begin_or_end(at, &mut trial))
            .or_else(|| self.months(at, &mut trial, false))?;
        let end = self.begin_or_end(end, &mut trial).unwrap_or(end);
        let mut next = end;
        let mut dated = Draft::default();
        let after = end + usize::from(self.sign(end, ','));
        // `in January and July on the 1st at 8`.
        if trial.months.count_ones() > 1
            && self.nth(after, &mut dated, false).is_some()
            && !dated.month_days.is_empty()
        {
            draft.months = trial.months;
            draft.repeats = true;
            return Some(end);
        }
        for _ in 0..3 {
            while self.is_connector(next) && next < end + 4 {
                next += 1;
            }
            let mut after = Draft::default();
            let found = self
                .repetition(next, &mut after)
                .or_else(|| self.nth(next, &mut after, false))
                .or_else(|| self.weekdays(next, &mut after, false));
            if found.is_some() && (after.repeats || after.weekdays != 0) {
                draft.months = trial.months;
                draft.start = trial.start;
                draft.end = trial.end;
                draft.repeats = true;
                return Some(end);
            }
            next = self.times(next, &mut after)?;
        }
        None
    }

    /// `except on weekends, every day at 9`, `nicht an Wochenenden: jeden Tag um 8 Uhr`.
    pub(super) fn leading_exception(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let not = self.any(at, &["not", "nicht", "never", "nie", "niemals"]);
        if !not && !self.any(at, &["except", "außer", "excluding", "ausser", "besides"]) {
            return None;
        }
        let mut trial = Draft { repeats: true, ..Draft::default() };
        let mut end = self.exception(at, &mut trial)?;
        if not {
            // What is not done on some days is only an exception to what is done on others.
            end += usize::from(self.sign(end, ',') || self.sign(end, ':'));
            end += usize::from(self.any(end, &["sonst", "otherwise", "but", "aber"]));
            self.repetition(end, &mut Draft::default())?;
        }
        draft.except = trial.except;
        draft.problem = trial.problem;
        Some(end)
    }

    /// Where the words end that begin an exception.
    fn except_words(&self, at: usize, draft: &Draft) -> Option<usize> {
        let matches = |words: &&&[&str]| {
            words.iter().enumerate().all(|(offset, word)| self.any(at + offset, &[word]))
        };
        if let Some(words) = EXCEPT.iter().find(matches) {
            return Some(at + words.len());
        }
        // `every day but Sunday`.
        let day = |at: usize| self.weekday_set(at).is_some_and(|(set, _)| set.sure);
        let month = |at: usize| {
            let monthly = draft.every.iter().any(|every| every.1 == words::Unit::Month);
            monthly && self.word(at).and_then(words::month).is_some()
        };
        let named = |at: usize| day(at) || month(at);
        if self.any(at, &["but"]) && (named(at + 1) || self.any(at + 1, &["the"]) && named(at + 2))
        {
            return Some(at + 1);
        }
        let not = self.any(at, &["not", "nicht", "never", "nie", "niemals"]);
        (not && (self.any(at + 1, &["on", "in", "am", "im", "at", "um", "an"])
            || self.word(at + 1).and_then(words::weekday).is_some_and(|day| !day.short)))
        .then_some(at + 1)
    }

    /// `except in may`, `except on June 23rd and July 4th`, `außer sonntags`, `but not on mondays`.
    pub(super) fn exception(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if !draft.repeats {
            return None;
        }
        let mut next = self.except_words(at, draft)?;
        let skipped = next;
        while self.any(
            next,
            &[
                "for", "in", "on", "during", "im", "am", "an", "the", "every", "den", "of", "der",
                "at", "um", "while", "während", "zu", "dem", "each", "jeden", "jedem", "a", "any",
                "either",
            ],
        ) && next < skipped + 4
        {
            next += 1;
        }
        // `except in leap years`: a time that cannot be left out is said, and never dropped.
        let strong =
            ["except", "excepting", "excluding", "außer", "ausser", "ausgenommen", "with", "mit"];
        let timely = next > skipped
            && self.any(at, &strong)
            && !self.any(next - 1, &["for", "of", "the", "den", "der", "dem"]);
        let mut end = None;
        for _ in 0..30 {
            let Some((except, after)) = self.excepted(next) else { break };
            // `außer mittwochs, um 10 Uhr`: the time is that of the schedule.
            let timed = |except: &Except| matches!(except, Except::Times(_));
            if end.is_some() && timed(&except) && !draft.except.last().is_some_and(timed) {
                break;
            }
            // `except August, on the 1st`: a day of the schedule.
            if end.is_some() && except == Except::Other && self.sign(next.saturating_sub(2), ',') {
                break;
            }
            if except == Except::Other && self.holidays(next).is_some() {
                draft.problem = Some(Problem::Holidays);
            }
            draft.except.push(except);
            end = Some(after);
            next = after;
            // `except August on the 3rd` names the 3rd, not another exception.
            let listed = self.sign(next, ',') || self.and(next) || self.any(next, &["or", "oder"]);
            while listed
                && (self.sign(next, ',')
                    || self.and(next)
                    || self.any(next, &["on", "in", "am", "im", "or", "oder", "an"]))
                && next < after + 3
            {
                next += 1;
            }
            if !listed {
                break;
            }
        }
        if end.is_none() && timely && matches!(self.kind(next), Some(Kind::Word(_))) {
            draft.problem.get_or_insert(Problem::Exception);
            return Some(next + 1);
        }
        end
    }

    /// `nur sonntags nicht`, `Sundays excepted`, `im August nicht`: the word behind what is left out.
    pub(super) fn exception_before(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if !draft.repeats {
            return None;
        }
        let mut next = at;
        while self.sign(next, ',')
            || self.opens(next)
            || self.any(next, &["only", "nur", "bloß", "aber", "jedoch", "am", "im", "an", "in"])
        {
            next += 1;
            if next > at + 5 {
                return None;
            }
        }
        let (except, mut end) = self.excepted(next)?;
        end += usize::from(self.any(end, &["jedoch", "aber", "allerdings", "is", "are", "sind"]));
        let tail = &[
            "nicht",
            "nie",
            "niemals",
            "ausgenommen",
            "excluded",
            "excepted",
            "ausgeschlossen",
            "aside",
            "apart",
        ];
        if !self.any(end, tail) {
            return None;
        }
        if except == Except::Other {
            let holidays = self.holidays(next).is_some();
            draft.problem = Some(if holidays { Problem::Holidays } else { Problem::Exception });
        }
        draft.except.push(except);
        Some(end + 1)
    }

    /// `unless it is a holiday`, `sofern kein Feiertag ist`: no schedule knows them.
    pub(super) fn unless_holiday(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let next = at + usize::from(self.sign(at, ','));
        let led = ["unless", "if", "sofern", "falls", "wenn", "when", "solange", "but", "aber"];
        if !draft.repeats || !self.any(next, &led) {
            return None;
        }
        let holiday = (next + 1..next + 8).find_map(|at| self.holidays(at))?;
        draft.problem = Some(Problem::Holidays);
        Some(holiday + usize::from(self.any(holiday, &["ist", "sind"])))
    }

    /// `public holidays`, `feiertags`.
    pub(super) fn holidays(&self, at: usize) -> Option<usize> {
        let kind = [
            "public",
            "bank",
            "national",
            "federal",
            "gesetzlichen",
            "gesetzlicher",
            "legal",
            "official",
            "school",
            "statutory",
            "gesetzliche",
            "any",
            "a",
            "kein",
            "keine",
            "us",
        ];
        let mut next = at;
        while self.any(next, &kind) && next < at + 3 {
            next += 1;
        }
        let known = [
            "holiday",
            "holidays",
            "feiertag",
            "feiertags",
            "feiertage",
            "feiertagen",
            "ferien",
            "schulferien",
            "sommerferien",
            "betriebsferien",
            "vacation",
            "vacations",
            "brückentagen",
            "brückentage",
            "urlaub",
            "betriebsurlaub",
            "weihnachtsferien",
        ];
        self.any(next, &known).then_some(next + 1)
    }

    /// `on public holidays`, `sonn- und feiertags`: no schedule knows them.
    pub(super) fn on_holidays(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut next = at;
        let sunday = self.any(at, &["sonn"]) && self.sign(at + 1, '-') && self.and(at + 2);
        if sunday {
            next += 3;
        }
        let led = self.any(next, &["on", "an", "every", "jeden"]);
        next += usize::from(led);
        let end = self.holidays(next)?;
        if !(sunday || led || self.any(next, &["feiertags"])) {
            return None;
        }
        draft.problem = Some(Problem::Holidays);
        draft.repeats = true;
        Some(end)
    }

    fn excepted(&self, at: usize) -> Option<(Except, usize)> {
        if let Some(end) = self.holidays(at) {
            return Some((Except::Other, end));
        }
        let date = self.date(at).filter(|(when, _)| !matches!(when, When::Weekday(_)));
        // A month alone is all of it.
        if let Some((bits, end)) = self.month_set(at)
            && self.num(end).is_none()
        {
            return Some((Except::Months(bits), end));
        }
        if let Some((when, end)) = date {
            // `tomorrow at 8am`: one fire of a day, which dates cannot say.
            if let Some(end) = self.times(end, &mut Draft::default()) {
                return Some((Except::Other, end));
            }
            return Some((Except::Date(when), end));
        }
        // `between midnight and 6am`: those hours.
        let mut hours = Draft { every: vec![(1, words::Unit::Hour)], ..Draft::default() };
        if let Some(end) = self.window(at, &mut hours)
            && let Some(window) = hours.window
        {
            let (from, to) = (window.from.hour(), window.to.hour());
            let whole = window.from.minute() == 0 && matches!(window.to.minute(), 0 | 59);
            let to = if window.to.minute() == 59 { to + 1 } else { to };
            if !whole || from >= to {
                return Some((Except::Other, end));
            }
            let hours = (from..to).filter_map(|hour| Time::new(hour, 0, 0, 0).ok());
            return Some((Except::Times(hours.collect()), end));
        }
        let mut timed = Draft::default();
        let at_time = at + usize::from(self.any(at, &["at", "um"]));
        if let Some(end) = self.times(at_time.saturating_sub(1).max(at), &mut timed).or_else(|| {
            // `not at 9`: the word that makes the number a time was skipped.
            (at > 0 && self.any(at - 1, &["at", "um"])).then(|| self.times(at - 1, &mut timed))?
        }) {
            return Some((Except::Times(timed.times), end));
        }
        let mut draft = Draft::default();
        if let Some(end) = self.nth(at, &mut draft, false) {
            let end = self.months(end, &mut draft, false).unwrap_or(end);
            return Some((Except::Other, end));
        }
        draft.repeats = true;
        let end = self.weekdays(at, &mut draft, true)?;
        Some((Except::Weekdays(draft.weekdays), end))
    }
}
