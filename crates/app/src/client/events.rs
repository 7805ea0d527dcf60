//! Server-sent events (WHATWG HTML, section 9.2): fields `event` and `data`, a blank line ends one.

use codex32_model::Value;

/// The longest event taken; a longer line ends the stream.
const MAX_EVENT: usize = 4 << 20;

#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `message` where the server names none.
    pub name: String,
    pub data: Value,
}

/// Reads events until the stream ends or `each` gives `false`.
pub async fn read(
    mut answer: reqwest::Response,
    each: &mut dyn FnMut(Event) -> bool,
) -> Result<(), reqwest::Error> {
    let mut parser = Parser::default();
    while let Some(chunk) = answer.chunk().await? {
        for event in parser.push(&chunk) {
            if !each(event) {
                return Ok(());
            }
        }
        if parser.pending.len() + parser.data.len() > MAX_EVENT {
            return Ok(());
        }
    }
    Ok(())
}

#[derive(Default)]
struct Parser {
    pending: Vec<u8>,
    name: Option<String>,
    data: String,
}

impl Parser {
    fn push(&mut self, chunk: &[u8]) -> Vec<Event> {
        self.pending.extend_from_slice(chunk);
        let mut events = Vec::new();
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            events.extend(self.line(line.trim_end_matches(['\r', '\n'])));
        }
        events
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let name = self.name.take().unwrap_or_else(|| "message".to_owned());
            let data = std::mem::take(&mut self.data);
            let data = Value::from_json(&data).unwrap_or_else(|_| Value::from(data));
            return (!data.is_null() && data != Value::from("")).then_some(Event { name, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = Some(value.to_owned()),
            "data" => {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(value);
            }
            // Comments (an empty field name) keep the connection open; ids are not used.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Parser};
    use codex32_model::Value;

    #[test]
    fn events_are_read_across_chunks() {
        let mut parser = Parser::default();
        let mut events = parser.push(b": hello\n\nevent: step\r\nda");
        events.extend(parser.push(b"ta: {\"a\":\ndata: 1}\n\ndata: 2\n\n"));
        let step = Event { name: "step".into(), data: Value::object([("a", Value::Int(1))]) };
        let message = Event { name: "message".into(), data: Value::Int(2) };
        assert_eq!(events, [step, message]);
    }
}
