//! Conditions that look back or ahead: a number that moved since the last run, every so many times,
//! the weather that is to come.

use codex32_model::definition::Step;
use codex32_model::{Schema, Value};
use indexmap::IndexMap;

use super::{Builder, logic};
use crate::conditions::Way;
use crate::structure::Node;
use crate::text::Token;

/// Kinds of weather and the words for them.
const KINDS: &[(&str, &[&str])] = &[
    (
        "snow",
        &["snow", "snows", "snowing", "snowfall", "schnee", "schneit", "schneien", "schneefall"],
    ),
    (
        "rain",
        &[
            "rain",
            "rains",
            "raining",
            "rainy",
            "showers",
            "wet",
            "regen",
            "regnet",
            "regnen",
            "regnerisch",
            "schauer",
            "niederschlag",
        ],
    ),
    ("storm", &["thunderstorm", "thunderstorms", "storm", "storms", "gewitter", "gewittert"]),
    ("frost", &["frost", "freezes", "freezing", "friert", "frieren", "glaette", "ice"]),
];

impl Builder<'_> {
    /// The action whose step brought some data.
    pub(super) fn brought_by(&self, whole: &str) -> Option<String> {
        let id = whole.strip_prefix("steps.")?;
        let id = id.split(['.', '[']).next()?;
        self.acts.get(id).cloned()
    }

    /// `it moved by more than 3 percent`: what it was is kept in the bot's memory.
    pub(super) fn moved(
        &mut self,
        (field, by): (&str, f64),
        percent: bool,
        way: Way,
        (then, otherwise): (&[Node], &[Node]),
    ) -> Option<Vec<Step>> {
        let (get, set) = (self.action("state.get")?, self.action("state.set")?);
        let data = self.current()?;
        let named = match &self.read_as {
            Some((whole, name)) if *whole == data.whole => name.clone(),
            _ => field.to_owned(),
        };
        let now = self.field(&data, &named, Schema::Number, true);
        let key = [named.as_str(), data.noun.as_str(), "last"]
            .into_iter()
            .find(|key| !key.is_empty())
            .unwrap_or_default()
            .to_owned();
        let kept = self.last_do.clone();
        let with = IndexMap::from([("key".to_owned(), Value::str(key.as_str()))]);
        let before = self.act(get, "before", with, None);
        let id = before.id.clone().unwrap_or_default();
        let with = IndexMap::from([
            ("key".to_owned(), Value::str(key)),
            ("value".to_owned(), Value::str(format!("{{{{ {now} }}}}"))),
        ]);
        let remember = self.act(set, "remember", with, None);
        self.last_do = kept;
        let by = logic::number(by);
        let gap = match way {
            Way::Any => format!("Math.abs({now} - steps.{id})"),
            Way::Up => format!("{now} - steps.{id}"),
            Way::Down => format!("steps.{id} - {now}"),
        };
        let bound = if percent { format!("Math.abs(steps.{id}) * {by} / 100") } else { by };
        let mut out = vec![before, remember];
        let test = format!("steps.{id} != null && {gap} > {bound}");
        out.append(&mut self.fork(&test, then, otherwise));
        Some(out)
    }

    /// `every 1000th`: of what was counted just before, else of the runs.
    pub(super) fn every_nth(
        &mut self,
        number: f64,
        then: &[Node],
        otherwise: &[Node],
    ) -> Option<Vec<Step>> {
        let mut out = Vec::new();
        let id = match self.counted.clone() {
            Some(id) => id,
            None => {
                let action = self.action("state.add")?;
                let noun = self.start.nouns.first().cloned();
                let with = IndexMap::from([
                    ("key".to_owned(), Value::str(noun.unwrap_or_else(|| "count".to_owned()))),
                    ("by".to_owned(), Value::Int(1)),
                ]);
                let step = self.act(action, "count", with, None);
                let id = step.id.clone().unwrap_or_default();
                out.push(step);
                id
            }
        };
        let test = format!("steps.{id} % {} == 0", logic::number(number));
        out.append(&mut self.fork(&test, then, otherwise));
        Some(out)
    }

    /// `it rains in Graz today`, with nothing at hand that tells the weather: its forecast is read.
    pub(super) fn weather_there(&mut self, tokens: &mut Vec<Token>) -> Option<Step> {
        let told =
            self.data.last().and_then(|data| self.brought_by(&data.whole)).is_some_and(|action| {
                action.ends_with(".forecast") || action.ends_with("_weather")
            });
        if told
            || tokens.iter().any(|token| token.number.is_some())
            || !KINDS.iter().any(|(_, words)| tokens.iter().any(|token| token.any(words)))
        {
            return None;
        }
        let at = (1..tokens.len())
            .find(|at| tokens[at - 1].any(&["in", "at", "bei"]) && tokens[*at].is_capital())?;
        let mut end = at + 1;
        while self.lang == crate::text::Lang::En && tokens.get(end).is_some_and(Token::is_capital) {
            end += 1;
        }
        let action = self.request.catalogue.actions().iter().find(|action| {
            action.name.ends_with(".forecast") && action.params.contains_key("city")
        })?;
        let action = self.action(&action.name)?;
        let city = crate::text::literal(&crate::actions::plain(&tokens[at..end]));
        let with = IndexMap::from([("city".to_owned(), Value::str(city))]);
        let step = self.act(action, "forecast", with, None);
        let id = step.id.clone().unwrap_or_default();
        self.push(format!("steps.{id}"), super::data::Kind::Output, None, "forecast");
        tokens.drain(at - 1..end);
        Some(step)
    }

    /// `it is below 2 degrees`, of the forecast at hand: its lowest or highest temperature.
    fn degrees(
        &mut self,
        tokens: &[Token],
        (then, otherwise): (&[Node], &[Node]),
    ) -> Option<Vec<Step>> {
        let number = tokens.iter().find_map(|token| token.number)?;
        let says = |words: &[&str]| tokens.iter().any(|token| token.any(words));
        let of_it =
            says(&["degrees", "degree", "grad", "celsius", "temperature", "temperatur", "c"])
                || tokens.first().is_some_and(|first| first.any(&["it", "es"]));
        let data = self.data.last().cloned()?;
        let action = self.brought_by(&data.whole)?;
        if !of_it || !action.ends_with(".forecast") {
            return None;
        }
        let low =
            says(&["below", "under", "less", "lower", "colder", "unter", "weniger", "kaelter"]);
        let high = says(&["above", "over", "more", "higher", "warmer", "ueber", "mehr", "waermer"]);
        if low == high {
            return None;
        }
        let day = self.day_of_forecast(tokens);
        let number = logic::number(number);
        let (part, sign) = if low { ("min", "<") } else { ("max", ">") };
        let test = format!("{}.days[{day}].{part} {sign} {number}", data.whole);
        self.understood += 1;
        self.reason.push(crate::actions::plain(tokens));
        let steps = self.fork(&test, then, otherwise);
        self.reason.pop();
        Some(steps)
    }

    /// Which day of a forecast is meant: the first one, or the one after it.
    fn day_of_forecast(&self, tokens: &[Token]) -> usize {
        usize::from(
            self.source
                .to_lowercase()
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| word == "tomorrow")
                || tokens.iter().any(|token| token.is("morgen") && !token.is_capital()),
        )
    }

    /// `it rains`, `snow is expected`: of the forecast or weather at hand.
    pub(super) fn weather(
        &mut self,
        tokens: &[Token],
        (then, otherwise): (&[Node], &[Node]),
    ) -> Option<Vec<Step>> {
        if tokens.iter().any(|token| token.number.is_some()) {
            return self.degrees(tokens, (then, otherwise));
        }
        let (kind, _) =
            KINDS.iter().find(|(_, words)| tokens.iter().any(|token| token.any(words)))?;
        let data = self.data.last().cloned()?;
        let action = self.brought_by(&data.whole)?;
        let days = action.ends_with(".forecast");
        if !days && !action.ends_with(".current_weather") {
            return None;
        }
        let tomorrow = self.day_of_forecast(tokens);
        let whole =
            if days { format!("{}.days[{tomorrow}]", data.whole) } else { data.whole.clone() };
        let test = match *kind {
            "storm" => format!("{whole}.description.includes('thunderstorm')"),
            "frost" if days => format!("{whole}.min < 0"),
            "frost" => format!("{whole}.temperature < 0"),
            kind => format!("{whole}.{kind} > 0"),
        };
        let words = crate::actions::plain(tokens);
        self.understood += 1;
        self.reason.push(words);
        let steps = self.fork(&test, then, otherwise);
        self.reason.pop();
        Some(steps)
    }
}
