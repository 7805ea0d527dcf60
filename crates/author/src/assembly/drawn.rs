//! Pictures that a model draws: `draw a picture with DALL-E for the prompt in …`.

use codex32_model::definition::Step;
use codex32_model::{ActionSpec, Schema};

use super::Builder;
use super::data::Kind;
use crate::actions::{App, Intent};

const PICTURES: &[&str] = &[
    "image",
    "images",
    "picture",
    "pictures",
    "photo",
    "illustration",
    "drawing",
    "artwork",
    "bild",
    "bilder",
    "grafik",
    "illustration",
    "zeichnung",
    "logo",
    "icon",
    "cover",
    "thumbnail",
];

impl<'a> Builder<'a> {
    /// The action that draws, if the words ask for a picture to be made.
    pub(super) fn draws(&self, intent: &Intent<'a>) -> Option<&'a ActionSpec> {
        let made = intent.word(&[
            "draw",
            "draws",
            "paint",
            "generate",
            "create",
            "make",
            "illustrate",
            "sketch",
            "render",
            "design",
            "erzeuge",
            "erzeugen",
            "generiere",
            "generieren",
            "zeichne",
            "zeichnen",
            "male",
            "malen",
            "erstelle",
            "erstellen",
            "entwirf",
        ]);
        let model = intent.ai || intent.word(&["dall-e", "openai", "dalle"]);
        let named = intent.word(&["draw", "paint", "illustrate", "zeichne", "male"]);
        if !intent.word(PICTURES) || !intent.urls.is_empty() || !made || !(model || named) {
            return None;
        }
        let found = self.request.catalogue.actions().iter().find(|action| {
            let own = action.name.split_once('.').map_or("", |(_, name)| name);
            let there = match &intent.app {
                App::Known(spec) => spec.name == action.connector,
                _ => true,
            };
            there && own.ends_with("_image")
        })?;
        self.action(&found.name)
    }

    pub(super) fn draw(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let Some(action) = self.draws(intent) else { return Vec::new() };
        let key = self.key("draw");
        self.understood += 1;
        let step = self.fill(action, intent, &key);
        let id = step.id.clone().unwrap_or_default();
        self.data.pop();
        let url = match &action.output {
            Schema::Object { fields, .. } => ["url", "image", "link", "b64_json", "content"]
                .into_iter()
                .find(|name| fields.contains_key(*name)),
            _ => None,
        };
        let whole = url.map_or_else(|| format!("steps.{id}"), |url| format!("steps.{id}.{url}"));
        self.push(whole, Kind::Value, None, "image");
        vec![step]
    }
}
