//! Weather as what must hold, where no address gives it: `when the temperature in Graz drops below 2` →
//! `get the weather in Graz ; if temperature is below 2 , …`.

use super::made;
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Lang, Token};

const MEASURES: &[(&[&str], &str)] = &[
    (&["temperature", "temperatur", "aussentemperatur"], "temperature"),
    (&["wind", "windspeed", "windgeschwindigkeit"], "wind_speed"),
    (&["humidity", "luftfeuchtigkeit", "luftfeuchte"], "humidity"),
];

pub fn weather(tokens: &mut Vec<Token>, lang: Lang) {
    let named = tokens.iter().any(|token| {
        token.kind == Kind::Url
            || token.any(&["webhook", "event", "ereignis", "openweather", "sensor"])
    });
    let read = tokens.iter().any(|token| token.any(&["weather", "wetter", "forecast"]));
    if named || read {
        return;
    }
    let found = (1..tokens.len().saturating_sub(3)).find_map(|at| {
        let (_, field) = MEASURES.iter().find(|(words, _)| tokens[at].any(words))?;
        let place = at + 2;
        let city = tokens[at + 1].any(&["in", "at", "for"])
            && tokens.get(place).is_some_and(|token| token.is_capital());
        city.then_some((at, place, *field))
    });
    let Some((at, place, field)) = found else { return };
    let mut end = place + 1;
    while lang == Lang::En && tokens.get(end).is_some_and(Token::is_capital) {
        end += 1;
    }
    let mut from = at;
    while from > 0
        && (tokens[from - 1].any(ARTICLES)
            || tokens[from - 1].any(&["tonight", "today", "outside", "current", "aktuelle"])
            || tokens[from - 1].is("'s"))
    {
        from -= 1;
    }
    let Some(opens) = from.checked_sub(1) else { return };
    if !tokens[opens].any(&["if", "when", "once", "whenever", "wenn", "sobald", "falls"]) {
        return;
    }
    let stop = (end..tokens.len())
        .find(|at| matches!(tokens[*at].kind, Kind::Mark(',' | '.' | ';')))
        .unwrap_or(tokens.len());
    let number = (end..stop).find(|at| tokens[*at].number.is_some());
    let Some(number) = number else { return };
    let low = tokens[end..number]
        .iter()
        .any(|token| token.any(&["below", "under", "less", "unter", "weniger", "lower"]));
    let high = tokens[end..number]
        .iter()
        .any(|token| token.any(&["above", "over", "more", "ueber", "mehr", "exceeds", "higher"]));
    if !low && !high {
        return;
    }
    let model = tokens[at].clone();
    let word = |word: &str| made(&model, word);
    // The unit and the verb behind the number say nothing more.
    let mut tail = number + 1;
    while tail < stop
        && tokens[tail].any(&[
            "degrees", "degree", "grad", "c", "celsius", "percent", "prozent", "km/h", "m/s",
            "faellt", "ist", "sinkt", "liegt", "steigt", "geht",
        ])
    {
        tail += 1;
    }
    let mut words = vec![word(lang.say("if", "wenn")), word(field)];
    match lang {
        Lang::En => words.extend([
            word("is"),
            word(if low { "below" } else { "above" }),
            tokens[number].clone(),
        ]),
        Lang::De => words.extend([
            word(if low { "unter" } else { "ueber" }),
            tokens[number].clone(),
            word("ist"),
        ]),
    }
    let mut city: Vec<Token> = tokens[place..end].to_vec();
    if let Some(first) = city.first_mut() {
        first.kind = Kind::Word;
    }
    tokens.splice(opens..tail, words);
    let mut front: Vec<Token> = match lang {
        Lang::En => ["get", "the", "current", "weather", "in"],
        Lang::De => ["hole", "das", "aktuelle", "wetter", "in"],
    }
    .map(word)
    .to_vec();
    front.append(&mut city);
    front.push(word(";"));
    tokens.splice(0..0, front);
}
