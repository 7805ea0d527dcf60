//! Methods of numbers and dates.

use codex32_model::{Timestamp, Value, codes};
use jiff::civil;
use jiff::tz::TimeZone;

use super::super::names::Method;
use super::call::Args;
use super::convert::number_text;
use super::{Done, Eval, date, issue};

impl Eval<'_> {
    pub(super) fn number_method(
        &mut self,
        value: &Value,
        method: Method,
        args: &Args,
    ) -> Done<Value> {
        let name = method.name();
        let number = value.as_f64().unwrap_or(0.0);
        self.budget.allocate(128)?;
        let within = |at: i64, least: i64, most: i64| {
            if (least..=most).contains(&at) {
                return Ok(usize::try_from(at).unwrap_or(0));
            }
            let message = format!("`{name}` takes {least} to {most} digits, not {at}");
            Err(issue(codes::expr::BAD_ARGUMENT, message))
        };
        Ok(match method {
            Method::ToFixed => {
                let digits = within(args.int(name, 0)?.unwrap_or(0), 0, 100)?;
                Value::from(fixed(number, digits))
            }
            Method::ToPrecision => match args.int(name, 0)? {
                None => Value::from(number_text(number)),
                Some(digits) => Value::from(precision(number, within(digits, 1, 100)?)),
            },
            Method::ToString => {
                let radix = args.int(name, 0)?.unwrap_or(10);
                if radix == 10 {
                    return Ok(Value::from(match value {
                        Value::Int(number) => number.to_string(),
                        _ => number_text(number),
                    }));
                }
                let whole =
                    value.as_i64().filter(|_| (2..=36).contains(&radix)).ok_or_else(|| {
                        let message = "`toString` takes a base of 2 to 36, and a whole number";
                        issue(codes::expr::BAD_ARGUMENT, message)
                    })?;
                Value::from(in_base(whole, radix.unsigned_abs()))
            }
            Method::ToLocaleString => Value::from(localized(number, args)?),
            _ => value.clone(),
        })
    }

    pub(super) fn date_method(
        &mut self,
        value: &Value,
        method: Method,
        args: &Args,
    ) -> Done<Value> {
        let name = method.name();
        let moment = date::of(name, value)?;
        let utc = date::utc(moment);
        self.budget.allocate(128)?;
        Ok(match method {
            Method::ToIsoString | Method::ToJson => date::iso(moment),
            Method::GetTime => Value::number(date::millis(moment)),
            Method::GetFullYear | Method::GetUtcFullYear => Value::Int(utc.year().into()),
            Method::GetMonth | Method::GetUtcMonth => Value::Int(i64::from(utc.month()) - 1),
            Method::GetDate | Method::GetUtcDate => Value::Int(utc.day().into()),
            Method::GetDay | Method::GetUtcDay => {
                Value::Int(utc.weekday().to_sunday_zero_offset().into())
            }
            Method::GetHours | Method::GetUtcHours => Value::Int(utc.hour().into()),
            Method::GetMinutes | Method::GetUtcMinutes => Value::Int(utc.minute().into()),
            Method::GetSeconds | Method::GetUtcSeconds => Value::Int(utc.second().into()),
            Method::GetMilliseconds | Method::GetUtcMilliseconds => {
                Value::Int(utc.millisecond().into())
            }
            Method::ToDateString => Value::from(utc.strftime("%a %b %d %Y").to_string()),
            Method::ToLocaleDateString => {
                Value::from(locale_date(&local(name, moment, args)?, args))
            }
            Method::ToLocaleTimeString => {
                Value::from(locale_time(&local(name, moment, args)?, args))
            }
            _ => {
                let local = local(name, moment, args)?;
                Value::from(format!("{}, {}", locale_date(&local, args), locale_time(&local, args)))
            }
        })
    }
}

/// `toFixed`: the digits nearest to the exact value; of two equally near the one away from zero.
fn fixed(number: f64, digits: usize) -> String {
    if number.abs() >= 1e21 {
        return number_text(number);
    }
    // Rust rounds an exact tie to even. A tie has one more digit, a 5, and then nothing; a double
    // that is none differs within the next thirty digits.
    let size = number.abs();
    let exact = format!("{:.*}", digits + 30, size);
    let tail = &exact[exact.len() - 30..];
    let tie = tail.starts_with('5') && tail[1..].bytes().all(|b| b == b'0');
    let text = format!("{:.*}", digits, if tie { size.next_up() } else { size });
    if number < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        format!("-{text}")
    } else {
        text
    }
}

fn precision(number: f64, digits: usize) -> String {
    let scientific = format!("{:.*e}", digits - 1, number);
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    if power < -6 || power >= i32::try_from(digits).unwrap_or(i32::MAX) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{}", power.abs());
    }
    let decimals = i32::try_from(digits).unwrap_or(1) - 1 - power;
    fixed(number, usize::try_from(decimals).unwrap_or(0))
}

fn in_base(number: i64, radix: u64) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(rest % radix).unwrap_or(0);
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        rest /= radix;
        if rest == 0 {
            break;
        }
    }
    let sign = if number < 0 { "-" } else { "" };
    sign.chars().chain(digits.into_iter().rev()).collect()
}

/// (between thousands, before decimals)
fn separators(locale: &str) -> (&'static str, &'static str) {
    match locale.get(..2).unwrap_or("en") {
        "de" if locale.ends_with("CH") => ("’", "."),
        "de" | "es" | "it" | "nl" | "pt" | "id" | "tr" | "da" | "el" => (".", ","),
        "fr" => ("\u{202f}", ","),
        "pl" | "cs" | "sv" | "nb" | "no" | "fi" | "ru" | "uk" | "hu" | "sk" | "bg" => {
            ("\u{a0}", ",")
        }
        _ => (",", "."),
    }
}

fn localized(number: f64, args: &Args) -> Done<String> {
    let locale = args.get(0).as_str().unwrap_or("en-US");
    let option = |key: &str| args.get(1).get(key);
    let currency = option("currency").and_then(Value::as_str);
    let percent = option("style").and_then(Value::as_str) == Some("percent");
    let digits = |key: &str| {
        let digits = option(key).and_then(Value::as_i64);
        match digits {
            Some(digits) if !(0..=100).contains(&digits) => {
                let message = format!("`toLocaleString` takes 0 to 100 for `{key}`");
                Err(issue(codes::expr::BAD_ARGUMENT, message))
            }
            digits => Ok(digits.and_then(|digits| usize::try_from(digits).ok())),
        }
    };
    let usual = match currency {
        Some("JPY" | "KRW") => (0, 0),
        Some(_) => (2, 2),
        None if percent => (0, 0),
        None => (0, 3),
    };
    let least = digits("minimumFractionDigits")?;
    let most = digits("maximumFractionDigits")?;
    let least = least.unwrap_or_else(|| usual.0.min(most.unwrap_or(usual.0)));
    let most = most.unwrap_or(usual.1).max(least);
    let text = fixed(if percent { number * 100.0 } else { number }, most);
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("-", text));
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let mut decimals = decimals.to_owned();
    while decimals.len() > least && decimals.ends_with('0') {
        decimals.pop();
    }
    let (thousands, point) = separators(locale);
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push_str(thousands);
        }
        out.push(digit);
    }
    if !decimals.is_empty() {
        out.push_str(point);
        out.push_str(&decimals);
    }
    if percent {
        out.push_str(if point == "," { "\u{a0}%" } else { "%" });
    }
    Ok(match currency {
        None => out,
        Some(code) => {
            let symbol = match code {
                "USD" => "$",
                "EUR" => "€",
                "GBP" => "£",
                "JPY" => "¥",
                "INR" => "₹",
                other => other,
            };
            if point == "," {
                format!("{out}\u{a0}{symbol}")
            } else if symbol.len() == 3 && symbol == code {
                format!("{symbol}\u{a0}{out}")
            } else {
                let (sign, digits) =
                    out.strip_prefix('-').map_or(("", out.as_str()), |rest| ("-", rest));
                format!("{sign}{symbol}{digits}")
            }
        }
    })
}

/// In the zone of the options, else in UTC.
fn local(name: &str, moment: Timestamp, args: &Args) -> Done<civil::DateTime> {
    let zone = match args.get(1).get("timeZone").and_then(Value::as_str) {
        Some(zone) => date::zone(name, zone)?,
        None => TimeZone::UTC,
    };
    Ok(moment.to_jiff().to_zoned(zone).datetime())
}

fn locale_date(at: &civil::DateTime, args: &Args) -> String {
    let locale = args.get(0).as_str().unwrap_or("en-US");
    let format = match locale {
        "sv-SE" | "sv" | "en-CA" | "fr-CA" => "%Y-%m-%d",
        "en-GB" | "en-AU" | "fr-FR" | "fr" | "es-MX" | "it-IT" | "pt-BR" | "pt-PT" => "%d/%m/%Y",
        "nl-NL" | "nl" => "%-d-%-m-%Y",
        "es-ES" | "es" => "%-d/%-m/%Y",
        _ if locale.starts_with("de") => "%-d.%-m.%Y",
        "ja-JP" | "ja" | "zh-CN" | "zh" => "%Y/%-m/%-d",
        _ => "%-m/%-d/%Y",
    };
    at.strftime(format).to_string()
}

fn locale_time(at: &civil::DateTime, args: &Args) -> String {
    let locale = args.get(0).as_str().unwrap_or("en-US");
    let format = if matches!(locale, "en" | "en-US" | "en-CA" | "en-AU") {
        "%-I:%M:%S %p"
    } else {
        "%H:%M:%S"
    };
    at.strftime(format).to_string()
}
