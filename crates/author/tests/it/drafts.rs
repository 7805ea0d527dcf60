//! Whole drafts, as people get them.

use crate::drafted;

/// The definition as YAML, the questions and the explanation.
fn shown(sentence: &str) -> String {
    let made = drafted(sentence);
    let yaml = made
        .definition
        .as_ref()
        .map_or_else(|| "no definition\n".to_owned(), codex32_flow::print::to_yaml);
    let mut out = format!("{yaml}---\n");
    for question in &made.questions {
        let need = if question.required { "required" } else { "optional" };
        out.push_str(&format!(
            "{} ({need}, {:?}, at `{}`): {}\n",
            question.id, question.kind, question.path, question.text
        ));
    }
    out.push_str(&format!("---\n{}\n---\nconfidence {}\n", made.explanation, made.confidence));
    out
}

macro_rules! drafts {
    ($($name:ident: $sentence:literal;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(shown($sentence));
        }
    )*};
}

drafts! {
    order_story: "When the webhook order arrives and its total is over 1000, post it to https://fulfil.example/big and email sales@example.com, otherwise answer thanks";
    health_check: "check https://api.example.com/health every minute; after three failures in a row tell #ops";
    weather_mail: "every morning at 7:30 Paris time send me the weather for Lyon by email to me@example.com";
    route_leads: "When a webhook hits /lead, if budget is at least 5000 post it to #big-leads in Slack, otherwise to #leads";
    loop_with_pace: "for each customer in the input call https://crm.example.com/customers/{id}, ten at a time, and return their emails";
    event_and_wait: "whenever event order.paid arrives wait 3 days and email the buyer asking for a review";
    german_stock: "Alle zwei Stunden https://api.example.de/lager abrufen und bei weniger als 5 Stück #einkauf in Slack benachrichtigen";
    approval: "Wenn über den Webhook rechnung eine Rechnung über 500 Euro kommt, frage chef@example.com nach Freigabe";
    retry_then_tell: "retry up to 5 times with exponential backoff: PUT the input to https://legacy.example.com/import, and if it still fails email ops@example.com";
    parallel_larger: "in parallel get https://a.example/x and https://b.example/y, then return the larger of their total fields";
    new_items: "Every quarter of an hour get https://q.example.com/jobs and post new ones to #jobs";
    unknown_app: "create a Basecamp todo when the webhook idea arrives";
    vague: "make a bot that does stuff with our data";
}
