//! Telling people of approvals: by mail over the workspace's `email` connection or into the outbox, and in
//! Slack channels by the `slack` connection. Each message has a link of its own.

use codex32_connectors::{ActionCall, Failure};
use codex32_engine::{Notice, Unsent};
use codex32_identity::links::Link;
use codex32_model::{Timestamp, Value};

use super::Executor;

const MAIL: &str = "email.send";
const POST: &str = "slack.post_message";
const SLACK: &str = "slack";
/// Longest subject, in characters, of the question.
const SUBJECT: usize = 120;

impl Executor {
    pub(super) async fn tell(&self, notice: &Notice) -> Result<String, Unsent> {
        let link =
            Link { approval: notice.approval, number: notice.number, until: notice.link_until };
        let token =
            self.keys.sign(&link, &notice.recipient).map_err(|error| never(error.to_string()))?;
        let url = format!("{}/approvals/{}?t={token}", self.public_url, notice.approval);
        match notice.recipient.as_str() {
            channel if channel.starts_with('#') => self.post(notice, channel, &url).await,
            address if address.contains('@') => self.mail(notice, address, &url).await,
            _ => Err(never("this is neither an email address nor a channel (`#…`)".to_owned())),
        }
    }

    async fn mail(&self, notice: &Notice, to: &str, url: &str) -> Result<String, Unsent> {
        let input = Value::object([
            ("to", Value::from(to)),
            ("subject", Value::from(subject(notice))),
            ("text", Value::from(text(notice, url))),
        ]);
        let workspace = notice.scope.workspace;
        let (name, credentials) =
            self.credentials_for(workspace, None, MAIL).await.map_err(unsent)?;
        let call = ActionCall {
            scope: notice.scope,
            action: MAIL,
            input,
            credentials: credentials.as_ref(),
            key: Some(&notice.key),
            timeout: notice.timeout,
        };
        let done = self.tokens.execute(name, call).await.map_err(unsent)?;
        let kept = done.output.get("outbox").is_some_and(Value::truthy);
        Ok(if kept { "kept in the outbox" } else { "by mail" }.to_owned())
    }

    async fn post(&self, notice: &Notice, channel: &str, url: &str) -> Result<String, Unsent> {
        let workspace = notice.scope.workspace;
        let credentials = self.known(workspace, SLACK).await.map_err(unsent)?;
        let Some(credentials) = credentials.filter(|known| known.connector() == SLACK) else {
            return Err(never(
                "there is no connection named slack; with one, channels are told".to_owned(),
            ));
        };
        // What Slack's markup means something by.
        let plain =
            |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let text = format!(
            "*{}* asks: {}\n<{url}|Look and decide>{}",
            plain(&notice.bot),
            plain(&notice.question),
            plain(&until(notice)),
        );
        let input = Value::object([("channel", Value::from(channel)), ("text", Value::from(text))]);
        let call = ActionCall {
            scope: notice.scope,
            action: POST,
            input,
            credentials: Some(&credentials),
            key: Some(&notice.key),
            timeout: notice.timeout,
        };
        self.tokens.execute(Some(SLACK), call).await.map_err(unsent)?;
        Ok("in Slack".to_owned())
    }
}

fn subject(notice: &Notice) -> String {
    let line = notice.question.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let line: String = line.trim().chars().filter(|c| !c.is_control()).take(SUBJECT).collect();
    format!("Please decide: {line} ({})", notice.bot)
}

fn text(notice: &Notice, url: &str) -> String {
    let named = match &notice.named_by {
        Some(by) => format!("{by} handed this on to you.\n"),
        None => String::new(),
    };
    format!(
        "{}\n\nThe bot {} asks for your decision.{}\n{named}\nLook and decide (opening the page decides nothing):\n{url}\n\n\
         The link is yours: whoever has it can answer in your name. It serves until {}.\n\
         Run: {}\n",
        notice.question,
        notice.bot,
        until(notice),
        minute(notice.link_until),
        notice.run,
    )
}

fn until(notice: &Notice) -> String {
    let counts = if notice.silence { "approved" } else { "rejected" };
    match notice.expires_at {
        Some(at) => format!(" Without an answer until {} it counts as {counts}.", minute(at)),
        None => String::new(),
    }
}

/// A time as people read it.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..16).map_or_else(|| text.clone(), |short| format!("{} UTC", short.replace('T', " ")))
}

fn never(why: String) -> Unsent {
    Unsent { why, retryable: false, retry_after: None }
}

fn unsent(failure: Failure) -> Unsent {
    let Failure { message, retryable, retry_after, .. } = failure;
    Unsent { why: message, retryable, retry_after }
}
