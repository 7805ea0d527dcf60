//! The catalogue: all connectors that this server knows, as the checker, the author, the engine and
//! people see them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use codex32_flow::expr::Expr;
use codex32_model::Diagnostic;
use codex32_model::action::{
    ActionExample, ActionSpec, BotSignature, Catalogue, ConnectionNeed, ConnectorSpec, TriggerSpec,
};

use crate::credentials::fields_of;
use crate::manifest::{Manifest, read};
use crate::plan::{self, Plan};

/// The manifests of the folder `connectors/`, compiled in; `build.rs` lists them.
const BUILTIN: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/manifests.rs"));

/// The connectors that come with Codex-32.
pub fn builtin() -> &'static Connectors {
    shared()
}

/// [`builtin`], to be held next to other sets.
pub fn shared() -> &'static Arc<Connectors> {
    static ALL: LazyLock<Arc<Connectors>> = LazyLock::new(|| {
        #[expect(clippy::panic, reason = "compiled in and read by every test run")]
        let all = Connectors::load([])
            .unwrap_or_else(|problems| panic!("built-in manifests: {problems:#?}"));
        Arc::new(all)
    });
    &ALL
}

/// A set of connectors. Read once, then shared.
#[derive(Debug)]
pub struct Connectors {
    manifests: Vec<Manifest>,
    connectors: Vec<ConnectorSpec>,
    actions: Vec<ActionSpec>,
    triggers: Vec<TriggerSpec>,
    /// Action name to its place in `actions`.
    by_name: HashMap<String, usize>,
    /// Connector name to its compiled manifest.
    plans: HashMap<String, Plan>,
}

impl Connectors {
    /// The built-in connectors and these manifests, each with a name for messages. A mistake in any
    /// refuses all.
    pub fn load<'a>(
        extra: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<Diagnostic>> {
        Self::only(BUILTIN.iter().copied().chain(extra))
    }

    /// These manifests without the built-in ones.
    pub fn only<'a>(
        manifests: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut all = Self {
            manifests: Vec::new(),
            connectors: Vec::new(),
            actions: Vec::new(),
            triggers: Vec::new(),
            by_name: HashMap::new(),
            plans: HashMap::new(),
        };
        let mut problems = Vec::new();
        for (source, text) in manifests {
            match read::manifest(source, text) {
                Ok(manifest) if all.manifest(&manifest.connector).is_some() => {
                    let message = format!("there is a connector `{}` already", manifest.connector);
                    problems.push(read::problem(source, "connector", &message));
                }
                Ok(manifest) => match plan::compile(source, &manifest) {
                    Ok(plan) => all.add(manifest, plan),
                    Err(list) => problems.extend(list),
                },
                Err(list) => problems.extend(list),
            }
        }
        if problems.is_empty() { Ok(all) } else { Err(problems) }
    }

    fn add(&mut self, manifest: Manifest, plan: Plan) {
        self.plans.insert(manifest.connector.clone(), plan);
        let need =
            if manifest.auth.is_empty() { ConnectionNeed::None } else { ConnectionNeed::Required };
        for (name, action) in &manifest.actions {
            let name = format!("{}.{name}", manifest.connector);
            self.by_name.insert(name.clone(), self.actions.len());
            self.actions.push(ActionSpec {
                name,
                connector: manifest.connector.clone(),
                title: action.title.clone(),
                description: action.description.clone(),
                params: action.params.clone(),
                output: action.output.clone(),
                effect: action.effect,
                on_unknown: action.on_unknown,
                destructive: action.is_destructive(),
                connection: action.connection.unwrap_or(need),
                synonyms: action.synonyms.clone(),
                examples: action
                    .examples
                    .iter()
                    .map(|example| ActionExample {
                        title: example.title.clone(),
                        with: example.with.clone(),
                        output: example.output.clone(),
                    })
                    .collect(),
            });
        }
        for (name, trigger) in &manifest.triggers {
            self.triggers.push(TriggerSpec {
                name: format!("{}.{name}", manifest.connector),
                connector: manifest.connector.clone(),
                title: trigger.title.clone(),
                description: trigger.description.clone(),
                params: trigger.params.clone(),
                event: trigger.event.clone(),
                synonyms: trigger.synonyms.clone(),
                connection: need,
                example: trigger.example.clone(),
            });
        }
        self.connectors.push(ConnectorSpec {
            name: manifest.connector.clone(),
            title: manifest.title.clone(),
            description: manifest.description.clone(),
            synonyms: manifest.synonyms.clone(),
        });
        self.manifests.push(manifest);
    }

    /// The manifest of a connector: its kinds of connection and their fields, for forms.
    pub fn manifest(&self, connector: &str) -> Option<&Manifest> {
        self.manifests.iter().find(|manifest| manifest.connector == connector)
    }

    /// The name of the connection that an action uses when its step names none.
    pub fn default_connection(&self, action: &str) -> Option<&str> {
        let (connector, _) = action.split_once('.')?;
        let manifest = self.manifest(connector)?;
        manifest.default_connection.then_some(manifest.connector.as_str())
    }

    /// The fields of a kind of connection that say where its secrets are sent.
    pub(crate) fn address_fields(&self, connector: &str, kind: &str) -> HashSet<String> {
        let fields = self.manifest(connector).and_then(|manifest| fields_of(manifest, kind));
        let fields = fields.into_iter().flatten();
        let named = |name: &str| matches!(name, "host" | "port" | "endpoint" | "tls" | "security");
        let mut found: HashSet<String> = fields
            .filter(|(name, field)| field.field.format.as_deref() == Some("url") || named(name))
            .map(|(name, _)| name)
            .collect();
        let Some(plan) = self.plan(connector) else { return found };
        let kind = plan.auth.get(kind);
        let oauth = kind.and_then(|kind| kind.oauth.as_ref());
        let templates = [
            plan.base_url.as_ref(),
            kind.and_then(|kind| kind.base_url.as_ref()),
            oauth.map(|oauth| &oauth.authorization),
            oauth.map(|oauth| &oauth.token),
        ];
        for template in templates.into_iter().flatten() {
            let references = template.exprs().flat_map(Expr::references);
            let fields = references.filter(|reference| reference.root == "connection");
            found.extend(fields.filter_map(|reference| reference.key.clone()));
        }
        found
    }

    pub(crate) fn plan(&self, connector: &str) -> Option<&Plan> {
        self.plans.get(connector)
    }

    pub fn manifests(&self) -> &[Manifest] {
        &self.manifests
    }
}

impl Catalogue for Connectors {
    fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.by_name.get(name).and_then(|at| self.actions.get(*at))
    }

    fn actions(&self) -> &[ActionSpec] {
        &self.actions
    }

    fn connectors(&self) -> &[ConnectorSpec] {
        &self.connectors
    }

    fn triggers(&self) -> &[TriggerSpec] {
        &self.triggers
    }

    fn bot(&self, _name: &str) -> Option<&BotSignature> {
        None
    }
}
