//! Numbers and ordinals in words.

pub(in crate::times) fn number(word: &str) -> Option<u32> {
    Some(match word {
        "one" | "a" | "an" | "ein" | "eine" | "einen" | "einer" | "einem" | "eins" => 1,
        "two" | "zwei" | "zwo" | "couple" => 2,
        "three" | "drei" => 3,
        "four" | "vier" => 4,
        "five" | "fünf" | "fuenf" => 5,
        "six" | "sechs" => 6,
        "seven" | "sieben" => 7,
        "eight" | "acht" => 8,
        "nine" | "neun" => 9,
        "ten" | "zehn" => 10,
        "eleven" | "elf" => 11,
        "twelve" | "zwölf" | "zwoelf" => 12,
        "thirteen" | "dreizehn" => 13,
        "fourteen" | "vierzehn" => 14,
        "fifteen" | "fünfzehn" | "fuenfzehn" => 15,
        "sixteen" | "sechzehn" => 16,
        "seventeen" | "siebzehn" => 17,
        "eighteen" | "achtzehn" => 18,
        "nineteen" | "neunzehn" => 19,
        "fortyfive" => 45,
        _ => return tens(word).or_else(|| german_compound(word)),
    })
}

pub(in crate::times) fn tens(word: &str) -> Option<u32> {
    Some(match word {
        "twenty" | "zwanzig" => 20,
        "thirty" | "dreißig" | "dreissig" => 30,
        "forty" | "fourty" | "vierzig" => 40,
        "fifty" | "fünfzig" | "fuenfzig" => 50,
        "sixty" | "sechzig" => 60,
        "seventy" | "siebzig" => 70,
        "eighty" | "achtzig" => 80,
        "ninety" | "neunzig" => 90,
        _ => return None,
    })
}

/// `fünfundvierzig`.
fn german_compound(word: &str) -> Option<u32> {
    let (ones, tail) = word.split_once("und")?;
    let ones = number(ones).filter(|ones| *ones < 10)?;
    Some(tens(tail)? + ones)
}

/// `anderthalb`, `zweieinhalb`: doubled, so that it stays whole.
pub(in crate::times) fn and_a_half(word: &str) -> Option<u32> {
    if matches!(word, "anderthalb" | "eineinhalb") {
        return Some(3);
    }
    Some(number(word.strip_suffix("einhalb")?)? * 2 + 1)
}

/// `twice` is 2.
pub(in crate::times) fn times(word: &str) -> Option<u32> {
    Some(match word {
        "once" | "einmal" => 1,
        "twice" | "zweimal" => 2,
        "thrice" | "dreimal" => 3,
        "viermal" => 4,
        "fünfmal" => 5,
        "sechsmal" => 6,
        "zehnmal" => 10,
        _ => return None,
    })
}

/// Spelled-out ordinals; -1 is last.
pub(in crate::times) fn ordinal(word: &str) -> Option<i32> {
    let stem = ["ens", "en", "er", "es", "em", "e"].iter().find_map(|end| word.strip_suffix(end));
    if let Some(stem) = stem
        && let Some(found) = german_ordinal(stem)
    {
        return Some(found);
    }
    Some(match word {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        "fifth" => 5,
        "sixth" => 6,
        "seventh" => 7,
        "eighth" => 8,
        "ninth" => 9,
        "tenth" => 10,
        "eleventh" => 11,
        "twelfth" => 12,
        "twentieth" => 20,
        "thirtieth" => 30,
        "last" | "final" => -1,
        "penultimate" => -2,
        _ => {
            let number = number(word.strip_suffix("th")?)?;
            return (13..20).contains(&number).then_some(number as i32);
        }
    })
}

/// Of `zweiten` the `zweit`.
fn german_ordinal(stem: &str) -> Option<i32> {
    Some(match stem {
        "erst" => 1,
        "dritt" => 3,
        "siebt" | "siebent" => 7,
        "acht" => 8,
        "letzt" => -1,
        "vorletzt" => -2,
        "drittletzt" => -3,
        _ => {
            let (word, low) = match stem.strip_suffix("st") {
                Some(word) => (word, 20),
                None => (stem.strip_suffix('t')?, 2),
            };
            let number = number(word).filter(|n| (low..=31).contains(n))?;
            number as i32
        }
    })
}
