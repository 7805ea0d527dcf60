//! Python in monty: a subset in pure Rust, without an operating system.

use std::borrow::Cow;
use std::time::Duration;

use codex32_model::codes::sandbox as codes;
use codex32_model::fact::LogLevel;
use codex32_model::{Object, Timestamp, Value};
use monty::{MontyRun, RunProgress};
use monty_types::{
    CompileOptions, ExcType, ExtFunctionResult, MontyDate, MontyDateTime, MontyException,
    MontyObject, OsFunctionCall, PrintWriter, PrintWriterCallback, ResourceLimits, ResourceTracker,
};

use super::link::Link;
use crate::Failure;
use crate::wire;

const FILE: &str = "step";
/// JSON that is nested deeper is not read by the server.
const DEPTH: usize = 100;

/// A loop variable may be called so, and cannot be reached then.
const KEYWORDS: &[&str] = &[
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

pub fn check(code: &str) -> Result<(), Failure> {
    compile(code, Vec::new()).map(|_| ())
}

/// What the step sees.
pub fn read(scope: &[u8]) -> Result<Value, Failure> {
    Value::from_json_slice(scope).map_err(|error| Failure::new(codes::INPUT, error.to_string()))
}

/// The value as JSON.
pub fn run(head: &wire::Terms, now: i64, scope: &Value, link: &Link) -> Result<Vec<u8>, Failure> {
    let empty = Object::default();
    let (names, inputs): (Vec<String>, Vec<MontyObject>) = scope
        .as_object()
        .unwrap_or(&empty)
        .iter()
        .filter(|(name, _)| !KEYWORDS.contains(&&***name))
        .map(|(name, value)| (name.to_string(), bring_in(value)))
        .unzip();
    let runner = compile(&head.code, names)?;
    let limits = ResourceLimits::default()
        .max_duration(Duration::from_millis(head.wall_ms))
        .max_memory(head.memory)
        .max_recursion_depth(500);
    let mut lines = Lines { link, open: String::new() };
    let now = Timestamp::from_millis(now);
    let print = PrintWriter::Callback(&mut lines);
    let mut progress = runner.start(inputs, ResourceTracker::new(limits), print).map_err(raised)?;
    let value = loop {
        let print = PrintWriter::Callback(&mut lines);
        progress = match progress {
            RunProgress::Complete(value) => break value,
            RunProgress::OsCall(call) => {
                call.resume_with(print, |call| system(call, now)).map_err(raised)?
            }
            RunProgress::FunctionCall(call) => {
                let name = ExtFunctionResult::NotFound(call.function_name.clone());
                call.resume(name, print).map_err(raised)?
            }
            RunProgress::NameLookup(lookup) => {
                lookup.resume(monty_types::NameLookupResult::Undefined, print).map_err(raised)?
            }
            RunProgress::ResolveFutures(_) => {
                let message = "the code awaits something that nothing can settle";
                return Err(Failure::new(codes::PENDING, message));
            }
        };
    };
    lines.flush();
    let mut json = Vec::new();
    take_out(&value, &mut json, 0).map_err(|why| Failure::new(codes::RESULT, why))?;
    Ok(json)
}

/// The text is a function's body: `return` at the top is understood, and without one the value is
/// `None`, which the line added at the end sees to (a module's value is its last expression).
fn compile(code: &str, names: Vec<String>) -> Result<MontyRun, Failure> {
    MontyRun::new(format!("{code}\nNone\n"), FILE, names, CompileOptions::default()).map_err(
        |error| {
            let mut failure = raised(error);
            if failure.code == codes::THREW {
                failure.code = codes::SYNTAX;
            }
            let last = u32::try_from(code.lines().count()).unwrap_or(u32::MAX).max(1);
            if failure.line.is_some_and(|line| line > last) {
                (failure.line, failure.column) = (Some(last), None);
            }
            failure
        },
    )
}

fn raised(error: MontyException) -> Failure {
    let message = error.message().unwrap_or_default().to_owned();
    let code = match error.exc_type() {
        ExcType::SyntaxError => codes::SYNTAX,
        ExcType::NotImplementedError | ExcType::ModuleNotFoundError | ExcType::ImportError => {
            codes::UNSUPPORTED
        }
        ExcType::TimeoutError if message.contains("time limit") => codes::TIME,
        ExcType::MemoryError => codes::MEMORY,
        _ => codes::THREW,
    };
    let message = match code {
        codes::TIME => "the code ran longer than its time limit".to_owned(),
        codes::MEMORY => "the code needed more memory than its limit".to_owned(),
        codes::SYNTAX => message,
        _ => error.summary(),
    };
    let place = error.traceback().last().map(|frame| (frame.start.line, frame.start.column));
    let (line, column) = place.unzip();
    Failure { line, column, ..Failure::new(code, message) }
}

/// The time is the job's; everything else of a system is missing.
fn system(call: OsFunctionCall, now: Timestamp) -> ExtFunctionResult {
    let zone = match &call {
        OsFunctionCall::DateTimeNow(zone) => zone.as_ref().map(|zone| zone.offset_seconds),
        OsFunctionCall::DateToday => None,
        other => {
            let message = format!("a code step has no operating system: {}", other.name());
            let refused = MontyException::new(ExcType::PermissionError, Some(message));
            return ExtFunctionResult::Error(refused);
        }
    };
    let offset = jiff::tz::Offset::from_seconds(zone.unwrap_or(0)).unwrap_or(jiff::tz::Offset::UTC);
    let at = offset.to_datetime(now.to_jiff());
    let (year, month, day) =
        (i32::from(at.year()), at.month().unsigned_abs(), at.day().unsigned_abs());
    ExtFunctionResult::Return(if matches!(call, OsFunctionCall::DateToday) {
        MontyObject::Date(MontyDate { year, month, day })
    } else {
        MontyObject::DateTime(MontyDateTime {
            year,
            month,
            day,
            hour: at.hour().unsigned_abs(),
            minute: at.minute().unsigned_abs(),
            second: at.second().unsigned_abs(),
            microsecond: at.subsec_nanosecond().unsigned_abs() / 1_000,
            offset_seconds: zone,
            timezone_name: None,
        })
    })
}

fn bring_in(value: &Value) -> MontyObject {
    match value {
        Value::Null => MontyObject::None,
        Value::Bool(flag) => MontyObject::Bool(*flag),
        Value::Int(number) => MontyObject::Int(*number),
        Value::Float(number) => MontyObject::Float(*number),
        Value::Str(text) => MontyObject::String(text.to_string()),
        Value::List(items) => MontyObject::List(items.iter().map(bring_in).collect()),
        Value::Object(fields) => {
            let pairs = fields
                .iter()
                .map(|(key, value)| (MontyObject::String(key.to_string()), bring_in(value)));
            MontyObject::dict(pairs.collect::<Vec<_>>())
        }
    }
}

/// Writes the value as JSON, as `json.dumps` would; numbers that are none become `null`.
fn take_out(value: &MontyObject, json: &mut Vec<u8>, depth: usize) -> Result<(), String> {
    if depth > DEPTH {
        return Err("the returned value is nested too deeply".to_owned());
    }
    match value {
        MontyObject::None => json.extend_from_slice(b"null"),
        MontyObject::Bool(flag) => json.extend_from_slice(if *flag { b"true" } else { b"false" }),
        MontyObject::Int(number) => json.extend_from_slice(number.to_string().as_bytes()),
        MontyObject::Float(number) if number.is_finite() => put(json, number)?,
        MontyObject::Float(_) => json.extend_from_slice(b"null"),
        MontyObject::String(text) => put(json, text)?,
        MontyObject::Date(_) | MontyObject::DateTime(_) | MontyObject::Time(_) => {
            return Err("a date cannot be returned: use .isoformat()".to_owned());
        }
        MontyObject::BigInt(_) => {
            return Err("an integer beyond 64 bits cannot be returned: use str(…)".to_owned());
        }
        MontyObject::List(items) | MontyObject::Tuple(items) => {
            take_out_list(items, json, depth)?;
        }
        MontyObject::NamedTuple { values, .. } => take_out_list(values, json, depth)?,
        MontyObject::Dict(pairs) => {
            json.push(b'{');
            for (index, (key, value)) in pairs.into_iter().enumerate() {
                if index > 0 {
                    json.push(b',');
                }
                match key {
                    MontyObject::String(key) => put(json, key)?,
                    MontyObject::Int(key) => put(json, &key.to_string())?,
                    MontyObject::Bool(key) => put(json, &key.to_string())?,
                    MontyObject::None => put(json, "null")?,
                    _ => return Err("the keys of a returned dict must be texts".to_owned()),
                }
                json.push(b':');
                take_out(value, json, depth + 1)?;
            }
            json.push(b'}');
        }
        MontyObject::Set(_) | MontyObject::FrozenSet(_) => {
            return Err("a set cannot be returned: use list(…) or sorted(…)".to_owned());
        }
        MontyObject::Cycle(..) => return Err("the returned value contains itself".to_owned()),
        other => {
            let shown: String = other.to_string().chars().take(60).collect();
            return Err(format!("{shown} cannot be returned: it is not data"));
        }
    }
    Ok(())
}

fn take_out_list(items: &[MontyObject], json: &mut Vec<u8>, depth: usize) -> Result<(), String> {
    json.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        take_out(item, json, depth + 1)?;
    }
    json.push(b']');
    Ok(())
}

fn put<T: serde::Serialize + ?Sized>(json: &mut Vec<u8>, value: &T) -> Result<(), String> {
    serde_json::to_writer(json, value).map_err(|error| error.to_string())
}

/// `print` by whole lines.
struct Lines<'a> {
    link: &'a Link,
    open: String,
}

impl Lines<'_> {
    fn flush(&mut self) {
        if !self.open.is_empty() {
            self.link.log(LogLevel::Info, &self.open);
            self.open.clear();
        }
    }
}

impl PrintWriterCallback for Lines<'_> {
    fn stdout_write(&mut self, output: Cow<'_, str>) -> Result<(), MontyException> {
        for (index, part) in output.split('\n').enumerate() {
            if index > 0 {
                self.link.log(LogLevel::Info, &self.open);
                self.open.clear();
            }
            self.open.push_str(part);
        }
        Ok(())
    }

    fn stdout_push(&mut self, end: char) -> Result<(), MontyException> {
        if end == '\n' {
            self.link.log(LogLevel::Info, &self.open);
            self.open.clear();
        } else {
            self.open.push(end);
        }
        Ok(())
    }
}
