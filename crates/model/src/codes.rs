//! Every error that a person can meet has a stable code. `docs/errors/CODE.md` is generated from
//! these lists; a code is never reused for another meaning.

/// A stable error code with its explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    /// Such as `E-BOT-014`.
    pub text: &'static str,
    pub title: &'static str,
    /// What it means, and what to do about it. Markdown.
    pub help: &'static str,
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text)
    }
}

/// Declares the codes of one area: `NAME = "E-AREA-001", "title", "help";`
macro_rules! codes {
    ($($name:ident = $text:literal, $title:literal, $help:literal;)*) => {
        $(pub const $name: $crate::codes::Code =
            $crate::codes::Code { text: $text, title: $title, help: $help };)*
        pub const ALL: &[$crate::codes::Code] = &[$($name),*];
    };
}

/// From sentences to definitions.
pub mod author;
/// Reading and checking definitions.
pub mod bot;
/// Conversations that build bots.
pub mod builder;
/// Connectors, connections, outbound traffic.
pub mod connector;
/// Suites of cases for the AI steps of bots.
pub mod evaluation;
/// Expressions, when saved and when evaluated.
pub mod expr;
/// Knowledge bases.
pub mod knowledge;
/// Language models.
pub mod llm;
/// Runs, triggers and the engine.
pub mod run;
/// Code steps.
pub mod sandbox;
/// The API, the CLI and the server itself.
pub mod server;
/// Storage.
pub mod store;

/// Every code, by area.
pub fn all() -> impl Iterator<Item = Code> {
    [
        author::ALL,
        builder::ALL,
        bot::ALL,
        expr::ALL,
        run::ALL,
        sandbox::ALL,
        connector::ALL,
        llm::ALL,
        knowledge::ALL,
        evaluation::ALL,
        store::ALL,
        server::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The code of that text.
pub fn find(text: &str) -> Option<Code> {
    all().find(|code| code.text.eq_ignore_ascii_case(text))
}
