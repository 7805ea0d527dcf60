//! The walk over the steps, from top to bottom, with the names that each of them sees.

use std::collections::HashMap;

use codex32_model::codes::bot as codes;
use codex32_model::definition::{Bot, DEFAULT_BINDING, OnError, Step, Verb, Wait};
use codex32_model::{Code, Diagnostic, Place, Schema, Value};

use super::later::{blocks, child};
use super::names::{self, Known, Names, RESERVED};
use super::triggers::did_you_mean;
use super::types::{may_fit, object, seen, union};
use super::{Context, Types};
use crate::expr::nearest;
use crate::parse::Places;

pub struct Checker<'a> {
    pub bot: &'a Bot,
    pub places: &'a Places,
    pub context: &'a Context<'a>,
    pub names: Names<'a>,
    pub diagnostics: Vec<Diagnostic>,
    pub types: Types,
    /// Where each id is defined, also where it cannot be seen.
    pub definitions: HashMap<String, Vec<Definition>>,
    /// Ids that a further step may not take, with the path of the first one.
    taken: HashMap<String, String>,
    taken_order: Vec<String>,
    /// The blocks around the place that is being checked.
    pub chain: Vec<Link>,
    /// How many steps were met; the same count in every walk from top to bottom.
    pub met: usize,
    pub current: Option<String>,
}

/// A step, and the blocks around it.
#[derive(Clone)]
pub struct Definition {
    pub order: usize,
    pub chain: Vec<Link>,
}

/// One branch of one block.
#[derive(Clone, PartialEq)]
pub struct Link {
    pub block: usize,
    pub branch: String,
    pub parallel: bool,
}

impl<'a> Checker<'a> {
    pub fn new(bot: &'a Bot, places: &'a Places, context: &'a Context<'a>) -> Self {
        let names = Names {
            inputs: Some(&bot.inputs),
            trigger: Schema::Any,
            event: None,
            error: false,
            steps: HashMap::new(),
            order: Vec::new(),
            bindings: Vec::new(),
            all_bindings: Vec::new(),
        };
        let mut checker = Self {
            bot,
            places,
            context,
            names,
            diagnostics: Vec::new(),
            types: Types::default(),
            definitions: HashMap::new(),
            taken: HashMap::new(),
            taken_order: Vec::new(),
            chain: Vec::new(),
            met: 0,
            current: None,
        };
        checker.collect(&bot.steps);
        checker.collect(&bot.on_error);
        checker.chain.clear();
        checker.met = 0;
        checker
    }

    pub fn run(&mut self) {
        self.later();
        self.triggers();
        let bot = self.bot;
        self.list(&bot.steps, "steps");
        for (id, known) in &self.names.steps {
            self.types.ids.insert(id.clone(), known.schema.clone());
        }
        self.types.ids.sort_keys();
        // The run may have failed before any of them.
        for known in self.names.steps.values_mut() {
            known.schema = std::mem::take(&mut known.schema).or_null();
        }
        self.names.error = true;
        self.list(&bot.on_error, "on_error");
    }

    /// First walk: where each id is defined.
    fn collect(&mut self, steps: &[Step]) {
        for step in steps {
            self.met += 1;
            let order = self.met;
            if let Some(id) = &step.id {
                let definition = Definition { order, chain: self.chain.clone() };
                self.definitions.entry(id.clone()).or_default().push(definition);
            }
            if let Verb::ForEach { bind, .. } = &step.verb {
                self.names.all_bindings.push(bind.clone());
            }
            for (branch, inner) in blocks(&step.verb) {
                let parallel = matches!(step.verb, Verb::Parallel(_));
                self.chain.push(Link { block: order, branch, parallel });
                self.collect(inner);
                self.chain.pop();
            }
        }
    }

    pub fn error(
        &mut self,
        code: Code,
        place: Place,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let mut error = Diagnostic::error(code, place, message);
        error.suggestion = hint;
        self.diagnostics.push(error);
    }

    pub fn warning(
        &mut self,
        code: Code,
        place: Place,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let mut warning = Diagnostic::warning(code, place, message);
        warning.suggestion = hint;
        self.diagnostics.push(warning);
    }

    pub fn reserved(&mut self, name: &str, what: &str, path: &str) {
        let message = format!("`{name}` is reserved and cannot name a {what}.");
        let hint = Some(format!("write `{name}_1`, or better what it holds"));
        self.error(codes::RESERVED, self.places.key(path), message, hint);
    }

    /// A list of steps; gives the type of the last one's output.
    fn list(&mut self, steps: &[Step], path: &str) -> Schema {
        let mut last = Schema::Null;
        let mut ended = false;
        for (index, step) in steps.iter().enumerate() {
            let path = format!("{path}[{index}]");
            if std::mem::take(&mut ended) {
                let message = "This step is never reached: the one above always ends the run.";
                self.warning(codes::UNREACHABLE, self.places.value(&path), message, None);
            }
            last = self.step(step, &path);
            ended = ends(step);
        }
        last
    }

    fn step(&mut self, step: &Step, path: &str) -> Schema {
        self.met += 1;
        let order = self.met;
        self.claim(step, path);
        let before = self.names.order.len();
        let outer = self.current.replace(step.id.clone().unwrap_or_default());
        if let Some(when) = &step.when {
            self.expression(when, &format!("{path}.when"));
        }
        self.around(step, path);
        let own = self.verb(&step.verb, path, order);
        self.current = outer;
        let goes_on = step.on_error == OnError::Continue;
        let optional = goes_on || step.when.is_some();
        let schema = if optional { own.or_null() } else { own };
        if optional {
            let inner: Vec<_> = self.names.order[before..].to_vec();
            for id in inner {
                if let Some(known) = self.names.steps.get_mut(&id) {
                    known.schema = std::mem::take(&mut known.schema).or_null();
                }
            }
        }
        if let Some(id) = &step.id {
            let error = goes_on.then(|| names::error().or_null());
            self.names.declare(id, Known { schema: schema.clone(), error });
        }
        self.types.steps.insert(path.to_owned(), schema.clone());
        schema
    }

    /// The id: not reserved, and nobody else's.
    fn claim(&mut self, step: &Step, path: &str) {
        let Some(id) = &step.id else { return };
        let place = format!("{path}.id");
        if RESERVED.contains(&id.as_str()) {
            self.reserved(id, "step", &place);
        }
        match self.taken.get(id) {
            Some(first) => {
                let line = self.places.value(first).line;
                let line = if line > 0 { format!(", line {line}") } else { String::new() };
                let message = format!("The id `{id}` is taken already ({first}{line}).");
                let hint = Some(format!("write `{id}_2`, or better what it holds"));
                self.error(codes::DUPLICATE_ID, self.places.value(&place), message, hint);
            }
            None => {
                self.taken.insert(id.clone(), path.to_owned());
                self.taken_order.push(id.clone());
            }
        }
    }

    /// `retry` and `timeout`.
    fn around(&mut self, step: &Step, path: &str) {
        let own = match &step.verb {
            Verb::Wait(Wait::Event { .. }) => Some("`timeout` inside `wait`"),
            Verb::Wait(_) => Some("the duration or time of the wait itself"),
            Verb::Approve(_) => Some("`expires`"),
            _ => None,
        };
        if step.timeout.is_some()
            && let Some(own) = own
        {
            let message = "A step that waits cannot have a `timeout` beside it.";
            let place = self.places.key(&format!("{path}.timeout"));
            self.error(codes::OWN_TIMEOUT, place, message, Some(format!("use {own}")));
        }
        let outside = matches!(
            step.verb,
            Verb::Do(_)
                | Verb::Code(_)
                | Verb::Ask(_)
                | Verb::Agent(_)
                | Verb::Search(_)
                | Verb::Call(_)
        );
        if step.retry.is_some() && !outside {
            let message = "A retry does nothing here: this step gives the same result every time.";
            let place = self.places.key(&format!("{path}.retry"));
            self.warning(
                codes::RETRY,
                place,
                message,
                Some("put it on the steps that reach outside".into()),
            );
        }
    }

    fn verb(&mut self, verb: &Verb, path: &str, order: usize) -> Schema {
        match verb {
            Verb::Do(action) => self.action(action, path),
            Verb::Code(code) => code.output.clone().unwrap_or_default(),
            Verb::Set(value) => self.value(value, &format!("{path}.set")),
            Verb::If { condition, then, otherwise } => {
                self.expression(condition, &format!("{path}.if"));
                let branches =
                    [("then".to_owned(), then.as_slice()), ("else".to_owned(), otherwise)];
                self.exclusive(&branches, path, order, true)
            }
            Verb::Switch { on, default, .. } => {
                self.expression(on, &format!("{path}.switch"));
                let branches: Vec<_> = blocks(verb);
                self.exclusive(&branches, path, order, default.is_some())
            }
            Verb::ForEach { items, bind, steps, .. } => {
                self.for_each(items, bind, steps, path, order)
            }
            Verb::Parallel(branches) => {
                let mut outputs = Vec::new();
                let mut visible = Vec::new();
                for (name, steps) in branches {
                    let inner = child("parallel", name);
                    let (output, ids) = self.branch(steps, path, &inner, order, true);
                    outputs.push((name.as_str(), output));
                    visible.extend(ids);
                }
                for (id, known) in visible {
                    self.names.declare(&id, known);
                }
                Schema::object(outputs)
            }
            Verb::Try { body, catch, finally } => {
                self.guarded(body, catch.as_deref(), finally.as_deref(), path, order)
            }
            Verb::Wait(wait) => self.wait(wait, path),
            Verb::Approve(approve) => {
                self.text(&approve.text, &format!("{path}.approve"));
                for (index, to) in approve.to.iter().enumerate() {
                    self.text(to, &format!("{path}.to[{index}]"));
                }
                object([
                    ("approved", Schema::Boolean),
                    ("by", Schema::String.or_null()),
                    ("at", Schema::String.or_null()),
                    ("expired", Schema::Boolean),
                    ("form", seen(&approve.form).or_null()),
                ])
            }
            Verb::Ask(ask) => {
                self.text(&ask.prompt, &format!("{path}.ask"));
                crate::knowledge::ask_output(ask).unwrap_or(Schema::String)
            }
            Verb::Agent(agent) => {
                self.text(&agent.prompt, &format!("{path}.agent"));
                self.tools(&agent.tools, path);
                agent.output.clone().unwrap_or(Schema::String)
            }
            Verb::Search(search) => {
                self.text(&search.query, &format!("{path}.query"));
                Schema::array(crate::knowledge::passage())
            }
            Verb::Call(call) => self.call(call, path),
            Verb::Emit { data, key, .. } => {
                self.value(data, &format!("{path}.data"));
                if let Some(key) = key {
                    self.text(key, &format!("{path}.key"));
                }
                Schema::Any
            }
            Verb::Respond { status, headers, body } => {
                self.value(status, &format!("{path}.respond.status"));
                for (name, value) in headers {
                    self.value(value, &child(&format!("{path}.respond.headers"), name));
                }
                self.value(body, &format!("{path}.respond.body"));
                if !self.has_listener() {
                    let message =
                        "Nobody waits for this answer: the bot has no trigger with `respond: run`.";
                    let place = self.places.key(&format!("{path}.respond"));
                    let hint = "give the webhook `respond: run`, or end with `return`";
                    self.warning(codes::UNHEARD, place, message, Some(hint.to_owned()));
                }
                Schema::Any
            }
            Verb::Return(value) => {
                let path = format!("{path}.return");
                let got = self.value(value, &path);
                if let Some(want) = &self.bot.output
                    && !path.starts_with("on_error")
                    && !may_fit(&got, want)
                {
                    let message = format!(
                        "The bot's `output` is {}, and this gives {}.",
                        crate::schema::name(want),
                        crate::schema::name(&got)
                    );
                    self.error(codes::OUTPUT, self.places.value(&path), message, None);
                }
                Schema::Null
            }
        }
    }

    /// One branch: what it defines is taken back and given, for the block to say what remains.
    fn branch(
        &mut self,
        steps: &[Step],
        path: &str,
        name: &str,
        block: usize,
        parallel: bool,
    ) -> (Schema, Vec<(String, Known)>) {
        let mark = self.names.order.len();
        self.chain.push(Link { block, branch: name.to_owned(), parallel });
        let output = self.list(steps, &format!("{path}.{name}"));
        self.chain.pop();
        (output, self.names.take_back(mark))
    }

    /// The branches of `if` and `switch`: one of them runs, or none unless they are `complete`.
    fn exclusive(
        &mut self,
        branches: &[(String, &[Step])],
        path: &str,
        block: usize,
        complete: bool,
    ) -> Schema {
        let mark = self.taken_order.len();
        let mut taken: Vec<(String, String)> = Vec::new();
        let mut outputs = Vec::new();
        let mut ids: Vec<(String, Vec<Known>)> = Vec::new();
        for (name, steps) in branches {
            // Ids of the other branches are free here.
            let (output, known) = self.branch(steps, path, name, block, false);
            for id in self.taken_order.split_off(mark) {
                taken.extend(self.taken.remove(&id).map(|first| (id, first)));
            }
            // What a branch that ends the run defines is never missed after it.
            let gone = steps.iter().any(ends);
            if !gone {
                outputs.push(output);
            }
            for (id, known) in known {
                match ids.iter_mut().find(|(other, _)| *other == id) {
                    Some((_, all)) => all.push(known),
                    None => ids.push((id, vec![known])),
                }
            }
        }
        for (id, first) in taken {
            if self.taken.insert(id.clone(), first).is_none() {
                self.taken_order.push(id);
            }
        }
        let going_on = branches.iter().filter(|(_, steps)| !steps.iter().any(ends)).count();
        for (id, all) in ids {
            let missing = !complete || all.len() < going_on;
            let errors: Vec<_> = all.iter().filter_map(|known| known.error.clone()).collect();
            let error = (!errors.is_empty()).then(|| union(errors).or_null());
            let schema = union(all.into_iter().map(|known| known.schema));
            let schema = if missing { schema.or_null() } else { schema };
            self.names.declare(&id, Known { schema, error });
        }
        if !complete {
            outputs.push(Schema::Null);
        }
        union(outputs)
    }

    fn for_each(
        &mut self,
        items: &str,
        bind: &str,
        steps: &[Step],
        path: &str,
        block: usize,
    ) -> Schema {
        let here = format!("{path}.for_each");
        let list = self.expression(items, &here);
        if !may_fit(&list, &Schema::array(Schema::Any)) {
            let message =
                format!("A loop needs a list, and this gives {}.", crate::schema::name(&list));
            self.error(codes::PARAM_TYPE, self.places.value(&here), message, None);
        }
        let bind_path = format!("{path}.as");
        if RESERVED.contains(&bind) {
            self.reserved(bind, "loop variable", &bind_path);
        } else if self.names.binding(bind).is_some() {
            let message = format!("`{bind}` is the variable of the loop around this one already.");
            let hint = if bind == DEFAULT_BINDING {
                "name the inner one with `as`"
            } else {
                "take another name"
            };
            let place = self.places.key(&bind_path);
            self.warning(codes::SHADOWED, place, message, Some(hint.to_owned()));
        }
        let item = item(&list);
        self.names.bindings.push((bind.to_owned(), item));
        let (output, ids) = self.branch(steps, path, "steps", block, false);
        self.names.bindings.pop();
        for (id, known) in ids {
            let schema = Schema::array(known.schema);
            let error = known.error.map(Schema::array);
            self.names.declare(&id, Known { schema, error });
        }
        Schema::array(output)
    }

    fn guarded(
        &mut self,
        body: &[Step],
        catch: Option<&[Step]>,
        finally: Option<&[Step]>,
        path: &str,
        block: usize,
    ) -> Schema {
        let (mut output, ids) = self.branch(body, path, "try", block, false);
        // Any step of the body may be the one that failed.
        let sure = catch.is_none();
        let show = |names: &mut Names<'_>, ids: Vec<(String, Known)>, sure: bool| {
            for (id, known) in ids {
                let schema = if sure { known.schema } else { known.schema.or_null() };
                names.declare(&id, Known { schema, error: known.error });
            }
        };
        show(&mut self.names, ids, sure && finally.is_none());
        if let Some(catch) = catch {
            let outer = std::mem::replace(&mut self.names.error, true);
            let (caught, ids) = self.branch(catch, path, "catch", block, false);
            self.names.error = outer;
            show(&mut self.names, ids, false);
            if !catch.iter().any(ends) {
                output = union([output, caught]);
            }
        }
        if let Some(finally) = finally {
            let (_, ids) = self.branch(finally, path, "finally", block, false);
            show(&mut self.names, ids, true);
        }
        output
    }

    fn wait(&mut self, wait: &Wait, path: &str) -> Schema {
        let path = format!("{path}.wait");
        match wait {
            Wait::For(span) => {
                self.text(span, &path);
                Schema::Null
            }
            Wait::Until { at, timezone } => {
                self.text(at, &format!("{path}.until"));
                if let Some(zone) = timezone {
                    self.zone(zone, &format!("{path}.timezone"));
                }
                Schema::Null
            }
            Wait::Event { matching, since, .. } => {
                let outer = self.names.event.replace(names::event());
                if let Some(matching) = matching {
                    self.expression(matching, &format!("{path}.match"));
                }
                self.names.event = outer;
                if let Some(since) = since {
                    self.text(since, &format!("{path}.since"));
                }
                object([("timed_out", Schema::Boolean), ("event", names::event().or_null())])
            }
        }
    }

    fn zone(&mut self, zone: &str, path: &str) {
        if zone.contains("{{") || jiff::tz::db().get(zone).is_ok() {
            self.text(zone, path);
            return;
        }
        let known: Vec<_> =
            jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
        let near = nearest(zone, known.iter().map(String::as_str));
        let message = format!("The time zone `{zone}` does not exist.");
        self.error(codes::ZONE, self.places.value(path), message, near.map(did_you_mean));
    }
}

/// The type of one item of a list.
fn item(list: &Schema) -> Schema {
    match list {
        Schema::Array(item) => (**item).clone(),
        Schema::Union(shapes) => {
            union(shapes.iter().filter(|shape| **shape != Schema::Null).map(item))
        }
        Schema::Enum(values) => union(values.iter().map(|value| match value {
            Value::List(items) if items.is_empty() => Schema::Any,
            Value::List(items) => Schema::Enum(items.to_vec()),
            _ => Schema::Any,
        })),
        _ => Schema::Any,
    }
}

/// Whether nothing after this step is ever reached.
fn ends(step: &Step) -> bool {
    if step.when.is_some() {
        return false;
    }
    let all = |steps: &[Step]| steps.iter().any(ends);
    match &step.verb {
        Verb::Return(_) => true,
        Verb::If { then, otherwise, .. } => all(then) && all(otherwise),
        Verb::Switch { cases, default, .. } => {
            default.as_deref().is_some_and(all) && cases.values().all(|steps| all(steps))
        }
        Verb::Parallel(branches) => branches.values().any(|steps| all(steps)),
        Verb::Try { body, catch, finally } => {
            finally.as_deref().is_some_and(all) || (all(body) && catch.as_deref().is_none_or(all))
        }
        _ => false,
    }
}
