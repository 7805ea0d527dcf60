//! The template bots of the repository's folder `bots/`: something to begin with, offered by the API
//! and by `codex32 new`.

use std::sync::LazyLock;

use codex32_flow::parse;
use codex32_model::definition::{Bot, Verb};

#[derive(Debug)]
pub struct Template {
    /// Also the name of its bot.
    pub name: &'static str,
    pub title: &'static str,
    /// YAML with comments.
    pub text: &'static str,
}

macro_rules! templates {
    ($($name:literal: $title:literal,)*) => {
        &[$(Template {
            name: $name,
            title: $title,
            text: include_str!(concat!("../../../bots/", $name, ".yaml")),
        }),*]
    };
}

/// In the order in which they are offered.
pub const TEMPLATES: &[Template] = templates![
    "webhook-to-slack": "Webhook to Slack",
    "feed-digest": "Digest of a feed",
    "uptime-check": "Uptime check",
    "form-to-sheet": "Form to sheet",
    "invoice-reminder": "Invoice reminder",
    "support-triage": "Support triage",
    "lead-routing": "Lead routing",
    "lead-scoring": "Lead scoring",
    "github-issue-alert": "GitHub issues to Slack",
    "order-fulfilment": "New order to the warehouse",
    "payment-failed": "Failed payment",
    "refund-approval": "Refund after an approval",
    "weekly-report": "Weekly sales report",
    "nightly-export": "Nightly export",
    "contract-reminder": "Contracts and birthdays",
    "meeting-reminder": "Meeting reminder",
    "price-watch": "Price watch",
    "page-watch": "Web page watch",
    "backup-check": "Backup check",
];

impl Template {
    /// The one line `description:` of the template.
    pub fn description(&self) -> &'static str {
        let line = self.text.lines().find_map(|line| line.strip_prefix("description: "));
        line.unwrap_or_default()
    }

    /// The connectors that its steps use, besides those that are always there.
    pub fn connectors(&self) -> Vec<String> {
        let mut connectors = Vec::new();
        if let Some(bot) = self.bot() {
            bot.each_step(&mut |step| {
                if let Verb::Do(action) = &step.verb
                    && let Some((connector, _)) = action.action.split_once('.')
                    && !matches!(connector, "state" | "log")
                    && !connectors.iter().any(|known| known == connector)
                {
                    connectors.push(connector.to_owned());
                }
            });
        }
        connectors
    }

    /// The kinds of its triggers.
    pub fn triggers(&self) -> Vec<&'static str> {
        let bot = self.bot();
        let kinds = bot.iter().flat_map(|bot| bot.triggers.values());
        kinds.map(|trigger| trigger.kind.name()).collect()
    }

    fn bot(&self) -> Option<Bot> {
        parse::bot(self.text).bot
    }
}

/// What the API tells of a template.
#[derive(Clone, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Template)]
pub struct TemplateBody {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    /// The connectors that it uses.
    connectors: Vec<String>,
    /// The kinds of its triggers.
    triggers: Vec<&'static str>,
    /// The definition as YAML.
    text: &'static str,
}

/// All of them, read once.
pub fn told() -> Vec<TemplateBody> {
    static TOLD: LazyLock<Vec<TemplateBody>> = LazyLock::new(|| {
        let told = TEMPLATES.iter().map(|template| TemplateBody {
            name: template.name,
            title: template.title,
            description: template.description(),
            connectors: template.connectors(),
            triggers: template.triggers(),
            text: template.text,
        });
        told.collect()
    });
    TOLD.clone()
}
