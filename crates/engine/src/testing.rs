//! What the tests of this crate share: a small catalogue, and flows from their text.

use codex32_flow::flow::Flow;
use codex32_model::action::{
    ActionExample, ActionSpec, BotSignature, Catalogue, ConnectionNeed, ConnectorSpec, Effect,
    OnUnknown,
};
use codex32_model::schema::{Fields, Schema};
use codex32_model::value::Value;

pub struct Actions(Vec<ActionSpec>);

impl Catalogue for Actions {
    fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.0.iter().find(|action| action.name == name)
    }
    fn actions(&self) -> &[ActionSpec] {
        &self.0
    }
    fn connectors(&self) -> &[ConnectorSpec] {
        &[]
    }
    fn bot(&self, _: &str) -> Option<&BotSignature> {
        None
    }
}

/// `test.read`, `test.write`, `test.once` (`on_unknown: fail`), `test.sample` (a read with an
/// example), `state.*`, `log.write`.
pub fn actions() -> Actions {
    let action = |name: &str, effect, on_unknown| ActionSpec {
        name: name.to_owned(),
        connector: "test".to_owned(),
        title: name.to_owned(),
        description: String::new(),
        params: Fields::new(),
        output: Schema::Any,
        effect,
        on_unknown,
        destructive: false,
        connection: ConnectionNeed::None,
        synonyms: Vec::new(),
        examples: Vec::new(),
    };
    let mut all = vec![
        action("mcp.call_tool", Effect::Write, OnUnknown::Fail),
        action("test.read", Effect::Read, OnUnknown::Repeat),
        action("test.sample", Effect::Read, OnUnknown::Repeat),
        action("test.write", Effect::Write, OnUnknown::Repeat),
        action("test.once", Effect::Write, OnUnknown::Fail),
    ];
    all[2].examples.push(ActionExample {
        title: "One".to_owned(),
        with: Value::Null,
        output: Value::from("an example"),
    });
    for name in ["state.get", "state.set", "state.add", "state.new_items", "log.write"] {
        all.push(action(name, Effect::Store, OnUnknown::Repeat));
    }
    Actions(all)
}

/// A flow from a definition's text.
pub fn flow(text: &str) -> Flow {
    let parsed = codex32_flow::parse::bot(text);
    let bot = parsed.bot.unwrap_or_else(|| panic!("{:?}\n{text}", parsed.diagnostics));
    Flow::compile(&bot, &actions()).unwrap()
}
