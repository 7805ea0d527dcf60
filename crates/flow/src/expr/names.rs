//! Every method, function and constant that expressions know, by name; and "did you mean".

/// Which receivers a method has.
pub const TEXT: u8 = 1;
pub const LIST: u8 = 2;
pub const NUMBER: u8 = 4;
/// A text or number that is a date.
pub const DATE: u8 = 8;
pub const BOOLEAN: u8 = 16;
pub const OBJECT: u8 = 32;

macro_rules! methods {
    ($($variant:ident = $name:literal, $on:expr;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Method { $($variant),* }

        impl Method {
            pub const ALL: &'static [(&'static str, Method)] = &[$(($name, Method::$variant)),*];

            /// On which kinds of values, as bits.
            pub const fn receivers(self) -> u8 {
                match self { $(Self::$variant => $on),* }
            }

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

methods! {
    Trim = "trim", TEXT;
    TrimStart = "trimStart", TEXT;
    TrimEnd = "trimEnd", TEXT;
    ToUpperCase = "toUpperCase", TEXT;
    ToLowerCase = "toLowerCase", TEXT;
    ToLocaleUpperCase = "toLocaleUpperCase", TEXT;
    ToLocaleLowerCase = "toLocaleLowerCase", TEXT;
    StartsWith = "startsWith", TEXT;
    EndsWith = "endsWith", TEXT;
    Substring = "substring", TEXT;
    Substr = "substr", TEXT;
    Split = "split", TEXT;
    Replace = "replace", TEXT;
    ReplaceAll = "replaceAll", TEXT;
    PadStart = "padStart", TEXT;
    PadEnd = "padEnd", TEXT;
    Repeat = "repeat", TEXT;
    CharAt = "charAt", TEXT;
    CharCodeAt = "charCodeAt", TEXT;
    CodePointAt = "codePointAt", TEXT;
    Match = "match", TEXT;
    MatchAll = "matchAll", TEXT;
    Search = "search", TEXT;
    LocaleCompare = "localeCompare", TEXT;
    Includes = "includes", TEXT | LIST;
    IndexOf = "indexOf", TEXT | LIST;
    LastIndexOf = "lastIndexOf", TEXT | LIST;
    Slice = "slice", TEXT | LIST;
    Concat = "concat", TEXT | LIST;
    At = "at", TEXT | LIST;
    Map = "map", LIST;
    Filter = "filter", LIST;
    Find = "find", LIST;
    FindIndex = "findIndex", LIST;
    FindLast = "findLast", LIST;
    FindLastIndex = "findLastIndex", LIST;
    Some = "some", LIST;
    Every = "every", LIST;
    Join = "join", LIST;
    Flat = "flat", LIST;
    FlatMap = "flatMap", LIST;
    Reduce = "reduce", LIST;
    ReduceRight = "reduceRight", LIST;
    Sort = "sort", LIST;
    ToSorted = "toSorted", LIST;
    Reverse = "reverse", LIST;
    ToReversed = "toReversed", LIST;
    With = "with", LIST;
    Has = "has", LIST;
    Entries = "entries", LIST;
    Keys = "keys", LIST;
    Values = "values", LIST;
    ToFixed = "toFixed", NUMBER;
    ToPrecision = "toPrecision", NUMBER;
    ToLocaleString = "toLocaleString", NUMBER | DATE;
    ToString = "toString", TEXT | LIST | NUMBER | BOOLEAN | OBJECT;
    ValueOf = "valueOf", TEXT | LIST | NUMBER | BOOLEAN | OBJECT;
    HasOwnProperty = "hasOwnProperty", OBJECT;
    ToIsoString = "toISOString", DATE;
    ToJson = "toJSON", DATE;
    ToDateString = "toDateString", DATE;
    ToLocaleDateString = "toLocaleDateString", DATE;
    ToLocaleTimeString = "toLocaleTimeString", DATE;
    GetTime = "getTime", DATE;
    GetFullYear = "getFullYear", DATE;
    GetUtcFullYear = "getUTCFullYear", DATE;
    GetMonth = "getMonth", DATE;
    GetUtcMonth = "getUTCMonth", DATE;
    GetDate = "getDate", DATE;
    GetUtcDate = "getUTCDate", DATE;
    GetDay = "getDay", DATE;
    GetUtcDay = "getUTCDay", DATE;
    GetHours = "getHours", DATE;
    GetUtcHours = "getUTCHours", DATE;
    GetMinutes = "getMinutes", DATE;
    GetUtcMinutes = "getUTCMinutes", DATE;
    GetSeconds = "getSeconds", DATE;
    GetUtcSeconds = "getUTCSeconds", DATE;
    GetMilliseconds = "getMilliseconds", DATE;
    GetUtcMilliseconds = "getUTCMilliseconds", DATE;
}

impl Method {
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(text, _)| *text == name).map(|(_, method)| *method)
    }

    /// Takes a function as the argument at that place.
    pub const fn callback(self) -> Option<usize> {
        match self {
            Self::Map
            | Self::Filter
            | Self::Find
            | Self::FindIndex
            | Self::FindLast
            | Self::FindLastIndex
            | Self::Some
            | Self::Every
            | Self::FlatMap
            | Self::Reduce
            | Self::ReduceRight
            | Self::Sort
            | Self::ToSorted => Some(0),
            Self::Replace | Self::ReplaceAll => Some(1),
            _ => None,
        }
    }

    /// Takes a regular expression as its first argument.
    pub const fn takes_pattern(self) -> bool {
        matches!(
            self,
            Self::Match
                | Self::MatchAll
                | Self::Replace
                | Self::ReplaceAll
                | Self::Split
                | Self::Search
        )
    }
}

macro_rules! functions {
    ($($variant:ident = $name:literal, $least:literal..$most:literal, $callback:expr;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Function { $($variant),* }

        impl Function {
            pub const ALL: &'static [(&'static str, Function)] = &[$(($name, Function::$variant)),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Least and most arguments; 255 is any number.
            pub const fn arity(self) -> (u8, u8) {
                match self { $(Self::$variant => ($least, $most)),* }
            }

            /// Takes a function as the argument at that place.
            pub const fn callback(self) -> Option<usize> {
                match self { $(Self::$variant => $callback),* }
            }
        }
    };
}

functions! {
    ToNumber = "Number", 0..1, None;
    ToText = "String", 0..1, None;
    ToBoolean = "Boolean", 0..1, None;
    ParseInt = "parseInt", 1..2, None;
    ParseFloat = "parseFloat", 1..1, None;
    IsNan = "isNaN", 1..1, None;
    IsFinite = "isFinite", 1..1, None;
    EncodeUriComponent = "encodeURIComponent", 1..1, None;
    DecodeUriComponent = "decodeURIComponent", 1..1, None;
    NumberParseInt = "Number.parseInt", 1..2, None;
    NumberParseFloat = "Number.parseFloat", 1..1, None;
    NumberIsNan = "Number.isNaN", 1..1, None;
    NumberIsFinite = "Number.isFinite", 1..1, None;
    NumberIsInteger = "Number.isInteger", 1..1, None;
    Abs = "Math.abs", 1..1, None;
    Ceil = "Math.ceil", 1..1, None;
    Floor = "Math.floor", 1..1, None;
    MathRound = "Math.round", 1..1, None;
    Trunc = "Math.trunc", 1..1, None;
    Sign = "Math.sign", 1..1, None;
    Sqrt = "Math.sqrt", 1..1, None;
    Cbrt = "Math.cbrt", 1..1, None;
    Exp = "Math.exp", 1..1, None;
    Log = "Math.log", 1..1, None;
    Log2 = "Math.log2", 1..1, None;
    Log10 = "Math.log10", 1..1, None;
    Sin = "Math.sin", 1..1, None;
    Cos = "Math.cos", 1..1, None;
    Tan = "Math.tan", 1..1, None;
    Atan2 = "Math.atan2", 2..2, None;
    Hypot = "Math.hypot", 0..255, None;
    Pow = "Math.pow", 2..2, None;
    MathMin = "Math.min", 0..255, None;
    MathMax = "Math.max", 0..255, None;
    ObjectKeys = "Object.keys", 1..1, None;
    ObjectValues = "Object.values", 1..1, None;
    ObjectEntries = "Object.entries", 1..1, None;
    ObjectFromEntries = "Object.fromEntries", 1..1, None;
    ObjectAssign = "Object.assign", 1..255, None;
    ObjectGroupBy = "Object.groupBy", 2..2, Some(1);
    Stringify = "JSON.stringify", 1..3, None;
    JsonParse = "JSON.parse", 1..1, None;
    IsArray = "Array.isArray", 1..1, None;
    ArrayFrom = "Array.from", 1..2, Some(1);
    ArrayOf = "Array.of", 0..255, None;
    DateParse = "Date.parse", 1..1, None;
    NewDate = "new Date", 0..1, None;
    NewSet = "new Set", 0..1, None;
    DaysSince = "daysSince", 1..1, None;
    DaysUntil = "daysUntil", 1..1, None;
    AddDays = "addDays", 2..2, None;
    AddHours = "addHours", 2..2, None;
    AddMinutes = "addMinutes", 2..2, None;
    AddMonths = "addMonths", 2..2, None;
    FormatDate = "formatDate", 1..3, None;
    ParseDate = "parseDate", 1..3, None;
    Sum = "sum", 1..2, Some(1);
    Mean = "mean", 1..2, Some(1);
    Median = "median", 1..2, Some(1);
    Min = "min", 1..2, Some(1);
    Max = "max", 1..2, Some(1);
    GroupBy = "groupBy", 2..2, Some(1);
    CountBy = "countBy", 2..2, Some(1);
    KeyBy = "keyBy", 2..2, Some(1);
    Unique = "unique", 1..2, Some(1);
    SortBy = "sortBy", 2..3, Some(1);
    ParseJson = "parseJson", 1..1, None;
    ToJson = "toJson", 1..2, None;
    Sha256 = "sha256", 1..2, None;
    Hmac = "hmac", 2..3, None;
    Base64 = "base64", 1..2, None;
    Base64Decode = "base64Decode", 1..2, None;
    Slug = "slug", 1..1, None;
    Truncate = "truncate", 2..3, None;
    Capitalize = "capitalize", 1..1, None;
    Round = "round", 1..2, None;
    Keys = "keys", 1..1, None;
    Values = "values", 1..1, None;
    Pick = "pick", 2..255, None;
    Omit = "omit", 2..255, None;
    Chunk = "chunk", 2..2, None;
    Range = "range", 1..3, None;
    First = "first", 1..1, None;
    Last = "last", 1..1, None;
}

impl Function {
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(text, _)| *text == name).map(|(_, function)| *function)
    }
}

/// Names with a dot after them that hold functions and constants.
pub const NAMESPACES: [&str; 7] = ["Math", "Object", "JSON", "Array", "Number", "String", "Date"];

/// The names that every scope may have.
pub const ROOTS: [&str; 10] =
    ["inputs", "steps", "errors", "trigger", "event", "env", "run", "error", "loop", "now"];

/// `Math.PI` and the like; infinities are null here, so they are absent.
pub fn constant(name: &str) -> Option<f64> {
    use std::f64::consts;
    Some(match name {
        "Math.PI" => consts::PI,
        "Math.E" => consts::E,
        "Math.LN2" => consts::LN_2,
        "Math.LN10" => consts::LN_10,
        "Math.SQRT2" => consts::SQRT_2,
        "Number.MAX_SAFE_INTEGER" => 9_007_199_254_740_991.0,
        "Number.MIN_SAFE_INTEGER" => -9_007_199_254_740_991.0,
        "Number.EPSILON" => f64::EPSILON,
        "Number.MAX_VALUE" => f64::MAX,
        _ => return None,
    })
}

/// "Did you mean": the name closest in spelling to a wrong one, if one is close. Case, `_` and `-`
/// count little, so `dueDate` finds `due_date`.
pub fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer ones are not misspelt names, and the distance takes time by the product of lengths.
    const LONGEST: usize = 64;
    let plain = |text: &str| -> Vec<char> {
        text.chars()
            .filter(|c| !matches!(c, '_' | '-' | ' '))
            .flat_map(char::to_lowercase)
            .collect()
    };
    if wrong.chars().nth(LONGEST).is_some() {
        return None;
    }
    let target = plain(wrong);
    let mut best: Option<(usize, &str)> = None;
    for name in names.take(2_000) {
        if name == wrong || name.chars().nth(LONGEST).is_some() {
            continue;
        }
        let candidate = plain(name);
        let shorter = target.len().min(candidate.len());
        let contained = shorter >= 3
            && (contains(&candidate, &target) || contains(&target, &candidate))
            && shorter * 2 >= target.len().max(candidate.len());
        let allowed =
            if contained { usize::MAX } else { target.len().max(candidate.len()).div_ceil(3) };
        let mut away = distance(&target, &candidate);
        if away > allowed || (away >= shorter && shorter > 0 && !contained) {
            continue;
        }
        if contained {
            away = away.min(2);
        }
        if best.is_none_or(|(least, _)| away < least) {
            best = Some((away, name));
        }
    }
    best.map(|(_, name)| name)
}

fn contains(long: &[char], short: &[char]) -> bool {
    short.len() <= long.len() && long.windows(short.len().max(1)).any(|window| window == short)
}

/// Edits (insert, delete, replace, swap of neighbours) between two words.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let differs = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + differs);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        std::mem::swap(&mut before, &mut above);
        std::mem::swap(&mut above, &mut row);
    }
    above[b.len()]
}
