//! What a list brought is worked on one by one: `find the stale issues and close them`, `… and call
//! the bot x for each`. The deed is done for every entry, and what it works on is the entry's own id.

use codex32_model::definition::{DEFAULT_BINDING, Step, Verb};
use codex32_model::{ActionSpec, Effect, Schema, Value};

use super::Builder;
use super::data::{Data, Kind};
use crate::actions::slots::{self, Role};
use crate::actions::{Intent, Payload};
use crate::lexicon::Op;
use crate::structure::Node;

/// Fields by which an entry is known, the likeliest first.
const IDS: &[&str] = &["key", "identifier", "number", "iid", "id", "path", "gid"];

impl<'a> Builder<'a> {
    /// The deed for each entry of the list at hand, where that was said.
    pub(super) fn each_of_list(
        &mut self,
        intent: &Intent<'a>,
        after: &[Node],
    ) -> Option<Vec<Step>> {
        let acts = !matches!(
            intent.op,
            Op::Fetch | Op::Retry | Op::Wait | Op::Respond | Op::Return | Op::Compute | Op::Count
        );
        if !intent.each || !acts || intent.payload == Payload::New {
            return None;
        }
        let data = self.data.last().filter(|data| data.kind == Kind::List).cloned()?;
        let inner = Intent { each: false, ..intent.clone() };
        Some(self.looped(&data, |builder| builder.doing(&inner, after)))
    }

    /// `close them`: an action on things that a list of the same service brought.
    pub(super) fn for_listed(
        &mut self,
        action: &'a ActionSpec,
        intent: &Intent<'a>,
        key: &str,
    ) -> Option<Vec<Step>> {
        let data = self.data.last().filter(|data| data.kind == Kind::List).cloned()?;
        let list = self.lister(&data.whole)?;
        let (name, _) = worked_on(action, list)?;
        let name = name.to_owned();
        let said = slots::named(&name, &intent.tokens, self.lang);
        if said.is_some_and(|(_, value)| value.chars().any(|c| c.is_ascii_digit())) {
            return None;
        }
        Some(self.looped(&data, |builder| vec![builder.fill(action, intent, key)]))
    }

    /// The id of the entry that a loop is at, for an action of the service that listed it.
    pub(super) fn id_of_entry(&self, name: &str, action: &ActionSpec) -> Option<Value> {
        let data = self.data.iter().rfind(|data| data.kind == Kind::Item)?;
        let list = self.lister(self.entries.get(&data.whole)?)?;
        let (own, id) = worked_on(action, list)?;
        (own == name).then(|| Value::str(format!("{{{{ {}.{id} }}}}", data.whole)))
    }

    /// Whether the list that a loop goes over was read from a place called so.
    pub(super) fn place_of_list(&self, name: &str, action: &ActionSpec) -> bool {
        let data = self.data.iter().rfind(|data| data.kind == Kind::Item);
        let list = data.and_then(|data| self.lister(self.entries.get(&data.whole)?));
        list.is_some_and(|list| {
            list.connector == action.connector && list.params.contains_key(name)
        })
    }

    /// The field of an entry that goes by this name or one like it.
    pub(super) fn field_of_entry(&self, data: &Data, name: &str) -> Option<String> {
        let list = self.lister(self.entries.get(&data.whole)?)?;
        let Schema::Array(entry) = &list.output else { return None };
        let Schema::Object { fields, open } = entry.as_ref() else { return None };
        if *open || fields.is_empty() {
            return None;
        }
        super::data::like(name, fields.keys().map(String::as_str)).map(str::to_owned)
    }

    /// `remind each customer`, `jedem eine Mail schicken`: whom of the list at hand.
    pub(super) fn told_each(&self, intent: &mut Intent<'a>) {
        let kind = self.data.last().map(|data| data.kind);
        let list = matches!(kind, Some(Kind::List | Kind::Item));
        let tells = matches!(intent.op, Op::Email | Op::Send | Op::Notify) || intent.by_mail;
        let whom = intent.emails.is_empty()
            && intent.channels.is_empty()
            && intent.urls.is_empty()
            && slots::phone(&intent.tokens).is_none();
        if !list || !tells || !whom {
            return;
        }
        let each = (0..intent.tokens.len().saturating_sub(1)).find(|at| {
            let next = &intent.tokens[at + 1];
            intent.tokens[*at].any(&["each", "every", "jede", "jeden", "jedem", "jeder"])
                && next.is_word()
                && !next.any(&[
                    "day", "hour", "week", "morning", "minute", "month", "year", "time", "tag",
                    "stunde", "woche", "evening", "night", "of", "phone", "email", "address",
                    "number", "id", "url", "e-mail", "adresse", "telefon",
                ])
        });
        let Some(at) = each else { return };
        let name = intent.tokens[at + 1].low.clone();
        intent.each = kind == Some(Kind::List);
        intent.person = Some(crate::actions::Person::InData(name.clone()));
        let gone = [intent.tokens[at].at.clone(), intent.tokens[at + 1].at.clone()];
        let article = intent.tokens[at + 1].any(crate::lexicon::ARTICLES);
        intent.content.retain(|token| token.at != gone[0] && (article || token.at != gone[1]));
        if matches!(&intent.payload, Payload::About(_) | Payload::Fields(_))
            || matches!(&intent.payload, Payload::Said(said) if crate::text::fold(said).contains(&name))
                && !intent.tokens.iter().any(|token| token.kind == crate::text::Kind::Quoted)
        {
            intent.payload = Payload::It;
        }
    }

    /// The action of the step that an expression gives.
    pub(super) fn lister(&self, whole: &str) -> Option<&'a ActionSpec> {
        let name = self.acts.get(whole.strip_prefix("steps.")?)?;
        self.request.catalogue.actions().iter().find(|action| action.name == *name)
    }

    fn looped(&mut self, data: &Data, body: impl FnOnce(&mut Self) -> Vec<Step>) -> Vec<Step> {
        let items = self.whole(data);
        let depth = self.data.len();
        let fresh = self.fresh.take();
        let concurrency = self.concurrency.take().unwrap_or(1);
        self.entries.insert(DEFAULT_BINDING.to_owned(), data.whole.clone());
        self.push(DEFAULT_BINDING.to_owned(), Kind::Item, data.hint.clone(), &data.noun);
        let steps = body(self);
        self.data.truncate(depth);
        self.fresh = fresh;
        if steps.is_empty() {
            return steps;
        }
        let id = self.id("each");
        let verb = Verb::ForEach {
            items: format!("{{{{ {items} }}}}"),
            bind: DEFAULT_BINDING.to_owned(),
            concurrency,
            steps,
        };
        vec![self.step(Some(id), verb)]
    }
}

/// The parameter of `action` that says which entry of `list` it works on, and the entry's field.
fn worked_on<'s>(action: &'s ActionSpec, list: &ActionSpec) -> Option<(&'s str, &'static str)> {
    let Schema::Array(entry) = &list.output else { return None };
    let Schema::Object { fields, .. } = entry.as_ref() else { return None };
    if action.connector != list.connector || action.effect != Effect::Write {
        return None;
    }
    let listed = list.name.rsplit(['.', '_']).next().unwrap_or_default();
    let listed = super::blocks::singular(listed);
    let thing = |name: &str| {
        let nouns = slots::nouns(name);
        nouns.contains(&listed.as_str()) || name == "path"
    };
    let (name, _) = action.params.iter().find(|(name, field)| {
        field.required
            && field.default.is_none()
            && !list.params.contains_key(name.as_str())
            && match slots::role(name, field) {
                Role::Existing => true,
                Role::Number => IDS.contains(&name.as_str()) || thing(name),
                Role::Container => thing(name) || IDS.contains(&name.as_str()),
                _ => false,
            }
    })?;
    let id = IDS
        .iter()
        .find(|id| *id == name && fields.contains_key(**id))
        .or_else(|| {
            let ends = name.ends_with("_id");
            IDS.iter().find(|id| ends && **id == "id" && fields.contains_key(**id))
        })
        .or_else(|| IDS.iter().find(|id| fields.contains_key(**id)))?;
    Some((name.as_str(), id))
}
