//! Which actions, triggers and bots a right answer may need, out of a catalogue of any size.
//!
//! Several looks are joined, because each of them misses something: what the compiler chose, the
//! services that the sentence names, each clause and the whole sentence against the author's index, and
//! what the verbs of the language stand for (*tell* may be Slack, e-mail or a web address).

use codex32_author::clauses::find_verb;
use codex32_author::index::Index;
use codex32_author::lexicon::Op;
use codex32_author::{Draft, Request, text};
use codex32_model::action::{ActionSpec, BotSignature, TriggerSpec};
use codex32_model::definition::TriggerKind;
use indexmap::IndexMap;

use crate::said::{self, Said};
use crate::seen;

/// Most actions, triggers and bots in a prompt.
pub const ACTIONS: usize = 36;
pub const TRIGGERS: usize = 12;
pub const BOTS: usize = 12;

/// Most actions of one service that is named.
const OF_NAMED: usize = 14;
const OF_CLAUSE: usize = 6;
const OF_SENTENCE: usize = 10;

/// What bots are made of everywhere, whatever is said.
const EVERYDAY: &[&str] = &[
    "http.get",
    "http.post",
    "http.request",
    "email.send",
    "slack.post_message",
    "state.get",
    "state.set",
    "state.add",
    "state.new_items",
    "log.write",
];

pub struct Relevant<'a> {
    /// The most relevant first.
    pub actions: Vec<&'a ActionSpec>,
    pub triggers: Vec<&'a TriggerSpec>,
    pub bots: Vec<&'a BotSignature>,
}

/// Finds what may matter.
pub fn find<'a>(
    request: &Request<'a>,
    said: &Said,
    draft: &Draft,
    bots: &'a [BotSignature],
) -> Relevant<'a> {
    let index = Index::new(request.catalogue);
    let mut votes: IndexMap<&str, f32> = IndexMap::new();
    let mut vote = |name: &'a str, weight: f32| *votes.entry(name).or_default() += weight;
    let own = |name: &str| request.catalogue.action(name).map(|action| action.name.as_str());
    if let Some(bot) = &draft.definition {
        for deed in seen::of(bot).deeds {
            own(&deed.name).into_iter().for_each(|name| vote(name, 100.0));
        }
    }
    let mut services = Vec::new();
    for (_, spec) in index.mentions(&said.tokens) {
        if !services.contains(&spec.name.as_str()) {
            services.push(spec.name.as_str());
        }
    }
    for service in &services {
        let hits = index.find(&said.tokens, Some(service), OF_NAMED);
        for (rank, hit) in hits.iter().enumerate() {
            vote(&hit.action.name, 30.0 / (rank + 2) as f32);
        }
    }
    for clause in &said.clauses {
        for (rank, hit) in index.find(clause, None, OF_CLAUSE).iter().enumerate() {
            vote(&hit.action.name, 10.0 / (rank + 2) as f32);
        }
        let op = find_verb(clause, text::read(request.sentence).lang).map(|(_, op)| op);
        for name in op.map(meant).unwrap_or_default() {
            own(name).into_iter().for_each(|name| vote(name, 4.0));
        }
    }
    for (rank, hit) in index.find(&said.tokens, None, OF_SENTENCE).iter().enumerate() {
        vote(&hit.action.name, 8.0 / (rank + 2) as f32);
    }
    for name in EVERYDAY {
        own(name).into_iter().for_each(|name| vote(name, 2.0));
    }
    let mut ranked: Vec<(&str, f32)> = votes.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let allowed = |name: &&str| {
        !said.forbidden.iter().any(|connector| name.split('.').next() == Some(connector.as_str()))
    };
    let names = ranked.iter().map(|(name, _)| *name).filter(allowed).take(ACTIONS);
    let actions = names.filter_map(|name| request.catalogue.action(name)).collect();
    Relevant {
        actions,
        triggers: triggers(request, said, draft, &index, &services),
        bots: known(said, bots),
    }
}

fn triggers<'a>(
    request: &Request<'a>,
    said: &Said,
    draft: &Draft,
    index: &Index<'a>,
    services: &[&str],
) -> Vec<&'a TriggerSpec> {
    let mut found: Vec<&TriggerSpec> = Vec::new();
    let mut add = |spec: &'a TriggerSpec| {
        if found.len() < TRIGGERS && !found.iter().any(|known| known.name == spec.name) {
            found.push(spec);
        }
    };
    for trigger in draft.definition.iter().flat_map(|bot| bot.triggers.values()) {
        if let TriggerKind::App { event, .. } = &trigger.kind {
            let spec = request.catalogue.triggers().iter().find(|spec| spec.name == *event);
            spec.into_iter().for_each(&mut add);
        }
    }
    for service in services {
        let happenings = index.happenings(&said.tokens, service);
        happenings.into_iter().take(6).for_each(|(spec, _)| add(spec));
    }
    found
}

/// The bots whose names and descriptions share the most words with the sentence.
fn known<'a>(said: &Said, bots: &'a [BotSignature]) -> Vec<&'a BotSignature> {
    let words: Vec<&str> = said::telling(&said.tokens).collect();
    let mut ranked: Vec<(usize, &BotSignature)> = bots
        .iter()
        .map(|bot| {
            let about = format!("{} {}", bot.name, bot.description.as_deref().unwrap_or_default());
            let about = text::fold(&about);
            (words.iter().filter(|word| about.contains(**word)).count(), bot)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.name.cmp(&b.1.name)));
    ranked.into_iter().take(BOTS).map(|(_, bot)| bot).collect()
}

/// What a verb of the language may mean where no service is named.
const fn meant(op: Op) -> &'static [&'static str] {
    match op {
        Op::Fetch => &["http.get", "sql.query", "rss.read_feed"],
        Op::Send | Op::Put => &["http.post", "http.put", "email.send", "storage.put_file"],
        Op::Patch => &["http.patch"],
        Op::Delete => &["http.delete"],
        Op::Notify => &["slack.post_message", "email.send", "telegram.send_message"],
        Op::Email => &["email.send", "gmail.send_email"],
        Op::Log => &["log.write"],
        Op::Remember | Op::Count => &["state.set", "state.add", "state.get", "state.new_items"],
        _ => &[],
    }
}
