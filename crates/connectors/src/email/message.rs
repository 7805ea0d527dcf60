//! From the parameters of `email.send` to a message.
//!
//! Invariant: nothing that a parameter holds can become a header of its own. Addresses are parsed and
//! written anew, the subject is put on one line, and everything else is body.

use std::time::{Duration, SystemTime};

use codex32_model::codes::connector::MAIL_ADDRESS;
use codex32_model::{Timestamp, Value};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes, MultiPart, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest, Sha256};

use super::Mail;
use crate::failure::Failure;

/// Most recipients of one mail, copies included.
const MAX_RECIPIENTS: usize = 100;

/// A mail, checked.
pub struct Draft {
    from: Mailbox,
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    bcc: Vec<Mailbox>,
    reply_to: Vec<Mailbox>,
    subject: String,
    text: String,
    html: Option<String>,
}

impl Draft {
    /// `sender` is the connection's.
    pub fn read(params: &Value, sender: Option<&str>) -> Result<Self, Failure> {
        let list = |name: &str| mailboxes(name, params.get(name));
        let text = |name: &str| params.get(name).map(Value::to_text).unwrap_or_default();
        let mut from = list("from")?;
        if from.is_empty() {
            from = mailboxes("the connection's sender", sender.map(Value::from).as_ref())?;
        }
        if from.len() > 1 {
            return Err(Failure::params("`from` is one address."));
        }
        let from = from.pop().ok_or_else(|| {
            Failure::params("The mail has no sender: set `from` in the step or the connection.")
        })?;
        let draft = Self {
            from,
            to: list("to")?,
            cc: list("cc")?,
            bcc: list("bcc")?,
            reply_to: list("reply_to")?,
            subject: one_line(&text("subject")),
            text: text("text"),
            html: params.get("html").map(Value::to_text),
        };
        match draft.recipients().len() {
            0 => Err(Failure::params("The mail has no recipient.")),
            count if count > MAX_RECIPIENTS => {
                Err(Failure::params(format!("A mail has at most {MAX_RECIPIENTS} recipients.")))
            }
            _ => Ok(draft),
        }
    }

    /// The bare addresses of all who get it.
    pub fn recipients(&self) -> Vec<String> {
        let all = self.to.iter().chain(&self.cc).chain(&self.bcc);
        all.map(|mailbox| mailbox.email.to_string()).collect()
    }

    /// The same for the same key, so that receivers who look at it see a repeated mail once.
    pub fn message_id(&self, key: Option<&str>, now: Timestamp) -> String {
        let key = key.filter(|key| is_atom(key)).map_or_else(
            || {
                let mut hash = Sha256::new();
                // Without a key, or with one that cannot stand there, of what it says.
                hash.update(key.unwrap_or(&now.to_string()));
                for part in [&self.recipients().join(","), &self.subject, &self.text] {
                    hash.update([0]);
                    hash.update(part);
                }
                hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
            },
            str::to_owned,
        );
        format!("<c32.{key}@{}>", self.from.email.domain())
    }

    pub fn build(self, message_id: &str, now: Timestamp) -> Result<Message, Failure> {
        let date = u64::try_from(now.micros()).unwrap_or(0);
        let mut builder = Message::builder()
            .from(self.from)
            .subject(self.subject)
            .message_id(Some(message_id.to_owned()))
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(date))
            // So that out-of-office replies do not answer a bot (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        for mailbox in self.to {
            builder = builder.to(mailbox);
        }
        for mailbox in self.cc {
            builder = builder.cc(mailbox);
        }
        for mailbox in self.bcc {
            builder = builder.bcc(mailbox);
        }
        for mailbox in self.reply_to {
            builder = builder.reply_to(mailbox);
        }
        let message = match self.html {
            Some(html) => builder.multipart(MultiPart::alternative_plain_html(self.text, html)),
            None => builder.singlepart(SinglePart::plain(self.text)),
        };
        message.map_err(|error| Failure::params(format!("The mail cannot be built: {error}.")))
    }

    pub fn into_mail(self, message_id: String) -> Mail {
        let texts = |list: Vec<Mailbox>| list.iter().map(ToString::to_string).collect();
        Mail {
            from: self.from.to_string(),
            to: texts(self.to),
            cc: texts(self.cc),
            bcc: texts(self.bcc),
            reply_to: texts(self.reply_to),
            subject: self.subject,
            text: self.text,
            html: self.html,
            message_id,
        }
    }
}

/// An address, several with commas between them, or a list of such.
fn mailboxes(what: &str, given: Option<&Value>) -> Result<Vec<Mailbox>, Failure> {
    let Some(given) = given else { return Ok(Vec::new()) };
    let list = given.as_list().unwrap_or(std::slice::from_ref(given));
    let mut found = Vec::new();
    for value in list {
        let text = value.to_text();
        let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
        let wrong = || {
            let message = format!("`{shown}` in {what} is not a mail address.");
            Failure::new(MAIL_ADDRESS, message)
        };
        if text.chars().any(char::is_control) {
            return Err(wrong());
        }
        if text.trim().is_empty() {
            continue;
        }
        let parsed: Mailboxes = text.trim().parse().map_err(|_| wrong())?;
        for mailbox in parsed {
            if !deliverable(&mailbox.email) {
                return Err(wrong());
            }
            found.push(mailbox);
        }
    }
    Ok(found)
}

/// The parser is generous with quoted local parts; what could end a command or header is not taken.
fn deliverable(address: &Address) -> bool {
    let bad = |c: char| c.is_control() || c.is_whitespace() || "<>,;".contains(c);
    !address.to_string().contains(bad)
}

/// White space of any kind becomes one blank.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What may stand before the `@` of a Message-ID (RFC 5322, dot-atom, without the rare signs).
fn is_atom(key: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !key.is_empty() && key.len() <= 64 && key.bytes().all(good)
}
