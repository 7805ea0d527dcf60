//! One meaning, many manners of saying it: each gives what the plain sentence gives.

use crate::drafted;

/// What is meant: when, what is done as an order, and as a thing with its participle.
struct Meaning {
    when: &'static str,
    order: &'static str,
    infinitive: &'static str,
    thing: &'static str,
    done: &'static str,
}

const fn meaning(
    when: &'static str,
    order: &'static str,
    infinitive: &'static str,
    thing: &'static str,
    done: &'static str,
) -> Meaning {
    Meaning { when, order, infinitive, thing, done }
}

const fn english(
    when: &'static str,
    order: &'static str,
    thing: &'static str,
    done: &'static str,
) -> Meaning {
    meaning(when, order, order, thing, done)
}

const ENGLISH: &[Meaning] = &[
    english(
        "a new Shopify order comes in",
        "post the order number to #sales in Slack",
        "the order number",
        "posted to #sales in Slack",
    ),
    english(
        "the webhook refund is called",
        "email the field reason to team@acme.example",
        "the field reason",
        "emailed to team@acme.example",
    ),
    english(
        "the event invoice.paid arrives",
        "append the field total as a row to the Google Sheet Income",
        "the field total",
        "appended as a row to the Google Sheet Income",
    ),
    english(
        "the webhook order is called and the field total is over 500",
        "send a text message with the total to +4915112345678",
        "a text message with the total",
        "sent to +4915112345678",
    ),
    english(
        "an email arrives with \"invoice\" in the subject",
        "create a Trello card on the board Finance in the list Inbox",
        "a Trello card",
        "created on the board Finance in the list Inbox",
    ),
    english(
        "a new issue is opened in the GitHub repository acme/site",
        "create a Linear issue in the team WEB",
        "a Linear issue",
        "created in the team WEB",
    ),
    english(
        "the form contact is submitted",
        "create a contact in HubSpot",
        "a contact",
        "created in HubSpot",
    ),
    english(
        "a Stripe payment fails",
        "emit the event payment.failed",
        "the event payment.failed",
        "emitted",
    ),
];

/// `{when}`, `{order}`, `{thing}` and `{done}` stand for the parts of the meaning. The first is the plain one.
const ENGLISH_MANNERS: &[&str] = &[
    "When {when}, {order}.",
    "Could you please {order} whenever {when}? Thanks!",
    "Hi, it would be lovely if {thing} could be {done} whenever {when}.",
    "It would be great if you could {order} every time {when}.",
    "I'd like you to {order} whenever {when}, please.",
    "I want {thing} {done} whenever {when}.",
    "When {when}, I would like {thing} to be {done}.",
    "Please make sure that, whenever {when}, {thing} is {done}.",
    "We'd appreciate it if {thing} were {done} each time {when}, so that nobody misses it.",
    "I have a small request: when {when}, just {order}, if you don't mind.",
    "So basically, once {when}, could you go ahead and {order}, please?",
    "Every time {when}, would it be possible to {order}?",
    "Sometimes {when}. When that happens, {order}.",
    "If {when}, it'd be nice to {order}.",
    "I'd be grateful if, whenever {when}, {thing} could be {done}.",
    "I was wondering if you could {order} as soon as {when}. That would help us a lot.",
    "We keep forgetting about it, so please {order} when {when}, because otherwise customers complain.",
    "When {when}, {thing} should be {done}.",
    "Whenever {when}, {thing} gets {done} right away.",
    "Can you set something up that will {order} when {when}?",
    "I'd love a bot that can {order} as soon as {when}.",
    "We would like to {order} the moment {when}.",
];

const GERMAN: &[Meaning] = &[
    meaning(
        "eine neue Shopify-Bestellung eingeht",
        "poste die Bestellnummer in #sales in Slack",
        "die Bestellnummer in #sales in Slack posten",
        "die Bestellnummer",
        "in #sales in Slack gepostet",
    ),
    meaning(
        "der Webhook refund aufgerufen wird",
        "maile das Feld reason an team@acme.example",
        "das Feld reason an team@acme.example mailen",
        "das Feld reason",
        "an team@acme.example gemailt",
    ),
    meaning(
        "das Ereignis invoice.paid eintrifft",
        "hänge das Feld total als Zeile an das Google Sheet Income an",
        "das Feld total als Zeile an das Google Sheet Income anhängen",
        "das Feld total",
        "als Zeile an das Google Sheet Income angehängt",
    ),
    meaning(
        "das Formular kontakt abgeschickt wird",
        "lege einen Kontakt in HubSpot an",
        "einen Kontakt in HubSpot anlegen",
        "ein Kontakt",
        "in HubSpot angelegt",
    ),
    meaning(
        "der Webhook order aufgerufen wird und das Feld total über 500 liegt",
        "sende eine SMS an +4915112345678",
        "eine SMS an +4915112345678 senden",
        "eine SMS",
        "an +4915112345678 gesendet",
    ),
    meaning(
        "ein neues Issue im GitHub-Repository acme/site aufgemacht wird",
        "erstelle ein Linear-Issue im Team WEB",
        "ein Linear-Issue im Team WEB erstellen",
        "ein Linear-Issue",
        "im Team WEB erstellt",
    ),
];

const GERMAN_MANNERS: &[&str] = &[
    "Wenn {when}, {order}.",
    "Könntest du bitte {infinitive}, sobald {when}? Danke!",
    "Hallo, es wäre schön, wenn {thing} {done} würde, sobald {when}.",
    "Es wäre toll, wenn du {infinitive} könntest, sobald {when}.",
    "Ich möchte, dass {thing} {done} wird, wenn {when}.",
    "Ich hätte gern, dass {thing} {done} wird, sobald {when}, damit es keiner übersieht.",
    "Bitte sorge dafür, dass {thing} {done} wird, sobald {when}.",
    "Sobald {when}, soll {thing} {done} werden.",
    "Immer wenn {when}, dann bitte {infinitive}.",
    "Kannst du, wenn {when}, {infinitive}? Das wäre super.",
    "Wir vergessen das immer, deshalb bitte {infinitive}, wenn {when}.",
    "Ich würde mich freuen, wenn {thing} {done} würde, wenn {when}.",
    "Ich habe eine kleine Bitte: wenn {when}, {order}, falls das geht.",
    "Manchmal kommt es vor, dass {when}. Dann {order} bitte.",
];

#[test]
fn every_manner_gives_what_the_plain_sentence_gives() {
    let mut wrong = Vec::new();
    let mut all = 0;
    for (meanings, manners) in [(ENGLISH, ENGLISH_MANNERS), (GERMAN, GERMAN_MANNERS)] {
        for meaning in meanings {
            let plain = shape(&said(manners[0], meaning));
            for manner in &manners[1..] {
                all += 1;
                let sentence = said(manner, meaning);
                if shape(&sentence) != plain {
                    wrong.push(sentence);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
}

fn said(manner: &str, meaning: &Meaning) -> String {
    manner
        .replace("{when}", meaning.when)
        .replace("{order}", meaning.order)
        .replace("{infinitive}", meaning.infinitive)
        .replace("{thing}", meaning.thing)
        .replace("{done}", meaning.done)
}

/// The definition without what only repeats the sentence's words: name, description, titles and texts.
fn shape(sentence: &str) -> Vec<String> {
    let drafted = drafted(sentence);
    let bot = drafted.definition.unwrap();
    let mut lines: Vec<String> = codex32_flow::print::to_yaml(&bot)
        .lines()
        .filter(|line| !line.starts_with("bot:") && !line.starts_with("description:"))
        .filter(|line| {
            let line = line.trim_start();
            !["subject:", "title:", "name:", "body:", "text:"]
                .iter()
                .any(|key| line.starts_with(key))
        })
        .map(str::to_owned)
        .collect();
    lines.extend(drafted.questions.iter().map(|question| question.id.clone()));
    lines
}
