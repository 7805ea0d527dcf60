//! How pieces that stand together make one phrase; beginnings, ends and exceptions.

use super::dates::last_day;
use super::draft::{Draft, When};
use super::problem::Problem;
use super::reader::Reader;
use super::token::Kind;
use super::words::{self, Unit};

impl Reader<'_> {
    /// As many pieces as stand together from here; where they end.
    pub(super) fn phrase(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut end = self.first_piece(at, draft)?;
        for _ in 0..40 {
            let mut next = end;
            let found = loop {
                if let Some(after) = self.piece(next, draft) {
                    break Some(after);
                }
                if let Some(after) = self.restating(next) {
                    next = after;
                    continue;
                }
                if next - end >= 8 || !self.is_connector(next) {
                    break None;
                }
                next += 1;
            };
            match found {
                Some(after) => end = after,
                None => break,
            }
        }
        // `(at 6 and 18)`: the bracket that was opened inside.
        let open = (at..end).filter(|at| self.opens(*at)).count();
        let closed = (at..end).filter(|at| self.closes(*at)).count();
        Some(end + usize::from(open > closed && self.closes(end)))
    }

    pub(super) fn first_piece(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        // Inside "at 9" a phrase begins with its preposition, never in the middle of a word group.
        if self.glued(at)
            && at > 0
            && !matches!(self.kind(at - 1), Some(Kind::Sign('(' | '[' | ',' | ':' | '/' | '-')))
        {
            return None;
        }
        self.leading_limit(at, draft)
            .or_else(|| self.leading_zone(at, draft))
            .or_else(|| self.when_it_is(at, draft))
            .or_else(|| self.on_holidays(at, draft))
            .or_else(|| self.all_days(at, draft))
            .or_else(|| self.quarter_months(at, draft))
            .or_else(|| self.repetition(at, draft))
            .or_else(|| self.minutes_past(at, draft))
            .or_else(|| self.window(at, draft))
            .or_else(|| self.beat_start(at, draft))
            .or_else(|| self.nth(at, draft, false))
            .or_else(|| self.weekdays(at, draft, false))
            .or_else(|| self.month_first(at, draft, false))
            .or_else(|| if self.is_bounded(at) { None } else { self.times(at, draft) })
            .or_else(|| self.instant(at, draft))
            .or_else(|| self.once_on(at, draft))
            .or_else(|| self.part_first(at, draft))
            .or_else(|| self.begin_or_end(at, draft))
            .or_else(|| self.only_months(at, draft))
            .or_else(|| self.lone_zone(at, draft))
            .or_else(|| self.leading_exception(at, draft))
    }

    /// `in the evening at nine`: the part of the day before its time.
    fn part_first(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut trial = Draft::default();
        let end = self.part_of_day(at, &mut trial).filter(|end| *end > at + 1)?;
        self.times(end, &mut Draft::default())?;
        draft.part = trial.part;
        Some(end)
    }

    /// `once, on 1 May 2027`, `einmalig am`: the word before the date.
    fn once_on(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let next = self.once_words(at)?;
        let next = next + usize::from(self.sign(next, ',') || self.sign(next, ':'));
        if let Some(end) = self.instant(next, draft) {
            return Some(end);
        }
        // `once on Wed 3 March 2027`.
        let mut trial = Draft::default();
        let end = self.weekdays(next, &mut trial, false)?;
        let date = self.date(end + usize::from(self.sign(end, ',')));
        matches!(date, Some((When::Date { year: Some(_), .. }, _))).then(|| {
            draft.weekdays = trial.weekdays;
            end
        })
    }

    /// `once`, `just one time`, `ein einziges Mal`.
    fn once_words(&self, at: usize) -> Option<usize> {
        const ONCE: &[&[&str]] = &[
            &["once"],
            &["one", "time"],
            &["a", "single", "time"],
            &["one", "single", "time"],
            &["einmal"],
            &["einmalig"],
            &["ein", "mal"],
            &["ein", "einziges", "mal"],
            &["das", "eine", "mal"],
            &["dieses", "eine", "mal"],
        ];
        let mut next = at;
        while self.any(next, &["only", "just", "exactly", "nur", "genau", "bloß", "wirklich"])
            && next < at + 2
        {
            next += 1;
        }
        let end =
            ONCE.iter().filter(|words| self.all(next, words)).map(|w| next + w.len()).max()?;
        Some(end + usize::from(self.any(end, &["only"])))
    }

    /// `when it is 6pm in Rome`, `wenn es 18 Uhr ist`.
    fn when_it_is(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let next = match () {
            () if self.all(at, &["when", "it", "is"]) => at + 3,
            () if self.all(at, &["when", "it's"]) || self.all(at, &["wenn", "es"]) => at + 2,
            () => return None,
        };
        let end = self.times(next, draft)?;
        Some(end + usize::from(self.any(end, &["ist"])))
    }

    /// `until 9am`, `after 11pm`: a time that bounds something and starts nothing.
    pub(super) fn is_bounded(&self, at: usize) -> bool {
        at > 0
            && self.any(
                at - 1,
                &["until", "till", "before", "after", "since", "by", "bis", "vor", "nach", "seit"],
            )
    }

    /// `until 9am`.
    pub(super) fn until_time(&self, at: usize) -> Option<(jiff::civil::Time, usize)> {
        let mut draft = Draft::default();
        let end =
            self.any(at, &["until", "till", "bis"]).then(|| self.times(at + 1, &mut draft))??;
        draft.times.first().map(|time| (*time, end))
    }

    /// `every Thursday at 2pm` behind a schedule that has its times: another one begins.
    pub(super) fn begins_another(&self, at: usize, draft: &Draft) -> bool {
        if !(draft.repeats && draft.has_days() && !draft.times.is_empty()) {
            return false;
        }
        let mut trial = Draft::default();
        let Some(end) = self.every(at, &mut trial) else { return false };
        // `three times a day at 7, 13 and 21, every day`.
        let again = trial.every == [(1, Unit::Day)] && !self.time_follows(end);
        let daily = draft.per.is_some_and(|per| per.1 == Unit::Day) || draft.every == trial.every;
        !(again && daily)
            && (trial.weekdays != 0 || trial.every.iter().any(|every| every.1 <= Unit::Day))
    }

    pub(super) fn piece(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let within = draft.within_day();
        // `every day or every week`: which one?
        if draft.repeats && self.any(at, &["or", "oder"]) {
            let mut trial = Draft::default();
            if let Some(end) = self.repetition(at + 1, &mut trial) {
                draft.problem = Some(Problem::Either);
                return Some(end);
            }
        }
        if self.begins_another(at, draft) {
            return None;
        }
        self.zone(at, draft)
            .or_else(|| self.restated(at, draft))
            .or_else(|| self.with_all(at, draft))
            .or_else(|| self.all_days(at, draft))
            .or_else(|| self.unknown_zone(at, draft))
            .or_else(|| self.month_range(at, draft))
            .or_else(|| self.window(at, draft))
            .or_else(|| self.begin_or_end(at, draft))
            .or_else(|| self.beat_start(at, draft))
            .or_else(|| self.exception(at, draft))
            .or_else(|| self.exception_before(at, draft))
            .or_else(|| self.unless_holiday(at, draft))
            .or_else(|| self.on_holidays(at, draft))
            .or_else(|| self.quarter_months(at, draft))
            .or_else(|| self.narrowed(at, draft))
            .or_else(|| self.often(at, draft))
            .or_else(|| self.repetition(at, draft))
            .or_else(|| self.minutes_past(at, draft))
            .or_else(|| self.window(at, draft))
            .or_else(|| self.beat_start(at, draft))
            .or_else(|| self.nth(at, draft, false))
            .or_else(|| self.weekdays(at, draft, false))
            .or_else(|| self.month_first(at, draft, false))
            .or_else(|| self.week_number(at, draft))
            .or_else(|| if within { self.beat_times(at, draft) } else { self.times(at, draft) })
            .or_else(|| self.part_of_day(at, draft))
            .or_else(|| if draft.on.is_some() { self.once_words(at) } else { None })
            .or_else(|| self.months(at, draft, false))
            .or_else(|| {
                // `Mittwoch, den 5.5.2027`.
                let day = draft.weekdays.count_ones() == 1 && draft.every.is_empty();
                let dated = || matches!(self.date(at), Some((When::Date { year: Some(_), .. }, _)));
                let may = !draft.has_days() || day && !draft.repeats && dated();
                if may { self.instant(at, draft) } else { None }
            })
    }

    /// `only in March`, and at the beginning `From May to September` or `In January and July`: to be
    /// joined with the schedule elsewhere in the sentence.
    pub(super) fn only_months(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if self.any(at, &["only", "nur"]) {
            return self.months(at, draft, false);
        }
        let begins =
            at == 0 || matches!(self.kind(at - 1), Some(Kind::Sign('.' | ';' | ':' | ',')));
        let end = begins
            .then(|| self.month_range(at, draft).or_else(|| self.months(at, draft, false)))??;
        draft.limit = true;
        draft.repeats |= draft.months.count_ones() > 1;
        Some(end)
    }

    /// `starting tomorrow`, `from november`, `until march`, `for the next 3 weeks`, `ab 1. Mai`.
    pub(super) fn begin_or_end(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let behind = |words: &[&str], more: &[&str]| {
            if !self.any(at, words) {
                return None;
            }
            let mut next = at + 1;
            while self.any(next, more) && next < at + 3 {
                next += 1;
            }
            Some(next)
        };
        if draft.start.is_none()
            && let Some(end) = self.days_of_month(at, draft)
        {
            return Some(end);
        }
        if draft.start.is_none()
            && let Some(next) = behind(
                &[
                    "starting",
                    "beginning",
                    "from",
                    "since",
                    "ab",
                    "von",
                    "vom",
                    "begin",
                    "start",
                    "seit",
                    "beginnend",
                    "as",
                    "effective",
                ],
                &["on", "from", "at", "in", "dem", "am", "im", "the", "with", "of", "mit"],
            )
        {
            // `starting at 5 minutes past the hour`.
            if draft.within_day()
                && let Some(end) =
                    self.minutes_past(next, draft).or_else(|| self.minutes_past(next - 1, draft))
            {
                return Some(end);
            }
            if let Some((when, end)) = self.date(next)
                && (draft.repeats || self.any(at, &["starting", "beginning", "ab"]))
                && (!self.any(at, &["as"]) || self.any(at + 1, &["of", "from"]))
                && !self
                    .word(next)
                    .and_then(words::weekday)
                    .is_some_and(|_| self.any(end, &["to", "bis", "through"]))
            {
                draft.start = Some(when);
                return Some(end + usize::from(self.any(end, &["onwards", "onward", "forward"])));
            }
        }
        if draft.end.is_none() && draft.start.is_none() && draft.repeats {
            // `between 1 May and 31 May 2027`.
            if self.any(at, &["between", "zwischen"])
                && let Some((from, and)) = self.date_between(at + 1)
                && self.and(and)
                && let Some((to, end)) = self.date_between(and + 1)
            {
                (draft.start, draft.end) = (Some(from), Some(to));
                return Some(end);
            }
        }
        if draft.end.is_none() && draft.repeats {
            if let Some((when, end)) =
                behind(&["until", "till", "bis", "to", "through"], &["the", "zum", "by"])
                    .and_then(|next| self.any(next, &["end", "ende"]).then(|| self.date(next))?)
            {
                draft.end = Some(when);
                return Some(end);
            }
            if let Some(next) = behind(
                &["until", "till", "til", "through", "bis", "to", "ending", "before"],
                &["the", "end", "of", "zum", "on"],
            ) && let Some((mut when, end)) = self.date(next)
            {
                // `through December`: all of it.
                let whole = self.any(at, &["through", "thru"])
                    && self.word(next).is_some_and(|word| words::month(word).is_some())
                    && self.num(next + 1).is_none_or(|number| number > 31);
                if let (true, When::Date { year, month, day: day @ 1 }) = (whole, &mut when) {
                    *day = last_day(*year, *month);
                }
                draft.end = Some(when);
                return Some(end);
            }
            if let Some(next) =
                behind(&["for", "während", "für"], &["the", "next", "die", "nächsten"])
            {
                if self.any(next - 1, &["next"])
                    && let Some(unit) = self.word(next).and_then(words::unit)
                {
                    draft.end = Some(When::Next(unit));
                    return Some(next + 1);
                }
                let count = self.num(next).or_else(|| self.word(next).and_then(words::number));
                if let (Some(count), Some(unit)) =
                    (count, self.word(next + 1).and_then(words::unit))
                    && unit >= Unit::Day
                {
                    draft.end = Some(When::Span(count, unit));
                    return Some(next + 2);
                }
            }
        }
        None
    }

    /// `vom 1. bis 31. März 2027`, `from 1 to 14 May 2027`: the month and year stand once.
    fn days_of_month(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let led = self.any(at, &["from", "vom", "von", "between", "zwischen"]);
        let first = at + usize::from(led) + usize::from(self.any(at + 1, &["the", "dem"]));
        let (day, end) =
            self.ordinal(first).or_else(|| Some((self.num(first)? as i32, first + 1)))?;
        let joint = self.any(end, &["to", "bis", "until", "through", "and", "und"]);
        let last = end + 1 + usize::from(self.any(end + 1, &["the", "zum", "dem"]));
        if !(led && joint && (1..=31).contains(&day)) {
            return None;
        }
        let (to, end) = self.date_between(last)?;
        let When::Date { year: year @ Some(_), month, day: last } = to else { return None };
        let day = u32::try_from(day).ok().filter(|day| *day < last)?;
        draft.start = Some(When::Date { year, month, day });
        draft.end = Some(to);
        Some(end)
    }

    /// A date with its day, not a weekday or a month alone.
    fn date_between(&self, at: usize) -> Option<(When, usize)> {
        self.date(at).filter(|(when, end)| matches!(when, When::Date { .. }) && *end > at + 1)
    }

    /// `in week 12`.
    pub(super) fn week_number(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if !(self.any(at, &["in"]) && self.any(at + 1, &["week", "woche", "kw"])) {
            return None;
        }
        let week = self.num(at + 2).filter(|week| (1..=53).contains(week))?;
        draft.weeks.push(week as i32);
        Some(at + 3)
    }

    /// `tomorrow at 9`, `on 2027-03-01`, `next Tuesday`.
    pub(super) fn instant(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if draft.on.is_some() {
            return None;
        }
        let mut next = at + usize::from(self.any(at, &["on", "am"]));
        // `on the evening of 5 May 2027`, `am Abend des 5. Mai 2027`.
        let article = next + usize::from(self.any(next, &["the"]));
        let part = self
            .word(article)
            .and_then(words::part)
            .filter(|_| next > at && self.any(article + 1, &["of", "des", "vom"]));
        if part.is_some() {
            next = article + 2;
        }
        let (when, end) = self.date(next)?;
        let full = matches!(when, When::Date { year: Some(_), .. });
        let first = next + usize::from(self.any(next, &["the"]));
        let relative = [
            "next",
            "nächsten",
            "nächste",
            "nächster",
            "kommenden",
            "kommende",
            "this",
            "diesen",
            "coming",
        ];
        let named = self
            .any(first, &["tomorrow", "today", "heute", "morgen", "übermorgen", "tonight"])
            || matches!(when, When::Days(2)) && self.any(first, &["day"])
            || (self.any(first, &relative) && matches!(when, When::Weekday(_) | When::Next(_)));
        // A month alone, or `1/5`, is no date.
        let dated = matches!(when, When::Date { .. })
            && end > next + 1
            && (full || next > at)
            && (full || !self.sign(next + 1, '/'));
        let dated = dated || matches!(when, When::Slashed { .. });
        // `today's sales`, `tomorrow's weather`.
        let owned =
            self.word(next).is_some_and(|word| word.ends_with("'s") || word.ends_with("’s"));
        let mut trial = draft.clone();
        trial.on = Some(when);
        let tonight = self.any(first, &["tonight"]).then_some(words::Part::Evening);
        trial.part = trial.part.or(part).or(tonight);
        // A year and a month have no day.
        if owned
            || !(named || dated)
            || (full && end == next + 2 && self.word(next).and_then(words::month).is_some())
        {
            return None;
        }
        *draft = trial;
        Some(if self.iso_time(end, draft) { end + 4 } else { end })
    }

    /// The `T10:00` of `2027-03-01T10:00`.
    pub(super) fn iso_time(&self, at: usize, draft: &mut Draft) -> bool {
        if !(self.any(at, &["t"]) && self.glued(at) && self.sign(at + 2, ':')) {
            return false;
        }
        let (Some(hour), Some(minute)) = (self.num(at + 1), self.num(at + 3)) else { return false };
        let Ok(time) = jiff::civil::Time::new(hour as i8, minute as i8, 0, 0) else { return false };
        draft.times.push(time);
        true
    }
}
