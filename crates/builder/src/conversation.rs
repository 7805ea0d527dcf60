//! A conversation about one bot: what was said, the definition as it is, what is proposed, what was before.
//!
//! Plain data that is stored as it is; [`Conversation::say`] and its like are all that changes it. The first
//! draft stands at once, for there is nothing to lose; from then on whatever changes the definition is a
//! proposal, shown as a difference, until a person takes it whole or in pieces, or answers a question that
//! the draft asked.

use codex32_author::{Question, Request, explain, text};
use codex32_flow::{check, parse, print};
use codex32_model::action::BotSignature;
use codex32_model::codes::builder as codes;
use codex32_model::definition::Bot;
use codex32_model::{Catalogue, Code, Diagnostic, Timestamp};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::compile::{Built, By, Options};
use crate::diff::{self, Hunk};
use crate::edit::{self, Applied, Wish};
use crate::model::Model;
use crate::trial::Trial;
use crate::{revise, steps, why};

/// Most messages, and most definitions that can be gone back to.
pub const MESSAGES: usize = 200;
const PAST: usize = 50;
/// Longest message of a person, in bytes.
pub const LONGEST: usize = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    Person,
    Builder,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub from: From,
    pub text: String,
    pub at: Timestamp,
    /// Who made what it tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// The code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Answers to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// A change that waits for a yes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// YAML.
    pub definition: String,
    pub by: By,
    #[serde(default)]
    pub questions: Vec<Question>,
}

/// A definition with what is open in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// YAML.
    pub definition: String,
    pub questions: Vec<Question>,
    /// Whether it is what the sentences give as they are, with nothing changed since.
    pub as_made: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// What the bot was made of; empty when it was there before.
    pub sentence: String,
    pub answers: IndexMap<String, String>,
    pub messages: Vec<Said>,
    pub current: Option<Version>,
    pub proposal: Option<Proposal>,
    pub past: Vec<Version>,
    /// Micro-dollars that models took.
    pub cost: i64,
}

/// What a conversation knows of the world.
pub struct World<'a> {
    pub catalogue: &'a dyn Catalogue,
    pub bots: &'a [BotSignature],
    pub zone: &'a str,
    pub connections: &'a [(String, String)],
    pub now: Timestamp,
    pub model: Option<&'a dyn Model>,
    pub trial: &'a dyn Trial,
    pub options: Options,
}

/// Why nothing was done.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    pub code: Code,
    pub message: String,
    pub diagnostics: Vec<Diagnostic>,
}

fn refused(code: Code, message: impl Into<String>) -> Refused {
    Refused { code, message: message.into(), diagnostics: Vec::new() }
}

impl<'a> World<'a> {
    pub(crate) fn request(
        &self,
        sentence: &'a str,
        answers: IndexMap<String, String>,
    ) -> Request<'a> {
        Request {
            sentence,
            answers,
            catalogue: self.catalogue,
            zone: self.zone,
            connections: self.connections,
            now: Some(self.now),
        }
    }

    pub(crate) fn check(&self, bot: &Bot) -> check::Checked {
        let context = check::Context { catalogue: self.catalogue, zone: self.zone, now: self.now };
        check::parsed(parse::bot_from_value(&print::to_value(bot)), &context)
    }
}

impl Conversation {
    /// About a bot that is there already.
    pub fn about(bot: &Bot) -> Self {
        let current = Version { definition: print::to_yaml(bot), ..Version::default() };
        Self { current: Some(current), ..Self::default() }
    }

    /// The definition as it is.
    pub fn bot(&self) -> Option<Bot> {
        parse::bot(&self.current.as_ref()?.definition).bot
    }

    /// What would change.
    pub fn hunks(&self) -> Vec<Hunk> {
        let Some(after) = self.proposal.as_ref().and_then(|it| parse::bot(&it.definition).bot)
        else {
            return Vec::new();
        };
        self.bot().map(|before| diff::diff(&before, &after)).unwrap_or_default()
    }

    /// Questions that are open in the definition as it is.
    pub fn questions(&self) -> &[Question] {
        self.current.as_ref().map_or(&[], |current| &current.questions)
    }

    /// What a list shows.
    pub fn title(&self) -> String {
        let first = self.messages.iter().find(|said| said.from == From::Person);
        let text = first.map_or("", |said| said.text.as_str());
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        line.chars().take(120).collect()
    }

    /// Takes what a person says, and answers.
    ///
    /// # Errors
    /// When the conversation is full, or nothing was said. A wish that cannot be granted is no error: it is
    /// answered.
    pub async fn say(&mut self, words: &str, world: &World<'_>) -> Result<(), Refused> {
        let words = words.trim();
        if words.is_empty() || words.len() > LONGEST {
            let message = format!("A message has 1 to {LONGEST} bytes.");
            return Err(refused(codes::FULL, message));
        }
        self.has_room()?;
        self.told(From::Person, words, world);
        let Some(bot) = self.bot() else {
            self.begin(words, world).await;
            return Ok(());
        };
        let request = world.request(words, IndexMap::new());
        let wish = edit::read(&request);
        match &wish {
            Wish::Undo => drop(self.undo_quietly(world)),
            Wish::Accept(numbers) if self.proposal.is_some() => {
                if let Err(error) = self.accept(numbers, world) {
                    self.answer(&error.message, Some(error.code), world);
                }
            }
            Wish::Discard if self.proposal.is_some() => {
                self.proposal = None;
                self.answer("Left as it was.", None, world);
            }
            Wish::Why(about) => {
                let sentences = self.sentences();
                let text = match steps::named(&bot, about, world.catalogue) {
                    Some(found) => why::answer(&bot, &found, &sentences, &request),
                    None => {
                        "Which step do you mean? Say its number, as in “why is step 2 needed?”."
                            .to_owned()
                    }
                };
                self.answer(&text, None, world);
            }
            Wish::Explain => {
                let lang = text::read(words).lang;
                let text = explain::explain(&bot, lang, &request, &[], self.questions());
                self.answer(&text, None, world);
            }
            Wish::Other | Wish::Accept(_) | Wish::Discard if self.asks_something() => {
                let id = self.first_open().unwrap_or_default();
                self.settle(IndexMap::from([(id, words.to_owned())]), world).await;
            }
            _ => self.change(&wish, words, &bot, world).await,
        }
        Ok(())
    }

    /// Answers questions of the definition by their ids.
    ///
    /// # Errors
    /// When the conversation is full.
    pub async fn answer_questions(
        &mut self,
        answers: IndexMap<String, String>,
        world: &World<'_>,
    ) -> Result<(), Refused> {
        self.has_room()?;
        let known: IndexMap<_, _> = self
            .questions()
            .iter()
            .map(|question| (question.id.clone(), question.text.clone()))
            .collect();
        let told: Vec<String> = answers
            .iter()
            .map(|(id, answer)| format!("{} {answer}", known.get(id).unwrap_or(id)))
            .collect();
        self.told(From::Person, &told.join("\n"), world);
        self.settle(answers, world).await;
        Ok(())
    }

    /// Takes the proposal, whole or in pieces.
    ///
    /// # Errors
    /// When there is none, or the pieces alone do not make a bot that passes the checker.
    pub fn accept(&mut self, pieces: &[usize], world: &World<'_>) -> Result<(), Refused> {
        let nothing = || refused(codes::NO_PROPOSAL, "There is no proposal to accept.");
        let proposal = self.proposal.clone().ok_or_else(nothing)?;
        let (Some(before), Some(after)) = (self.bot(), parse::bot(&proposal.definition).bot) else {
            return Err(nothing());
        };
        let hunks = diff::diff(&before, &after);
        if let Some(unknown) = pieces.iter().find(|piece| !(1..=hunks.len()).contains(*piece)) {
            let message = format!("The proposal has {} pieces, and no {unknown}.", hunks.len());
            return Err(refused(codes::NO_PROPOSAL, message));
        }
        let whole = pieces.is_empty() || pieces.len() == hunks.len();
        let taken = if whole {
            after
        } else {
            let merged = parse::bot_from_value(&diff::merge(&before, &after, pieces));
            let context =
                check::Context { catalogue: world.catalogue, zone: world.zone, now: world.now };
            let checked = check::parsed(merged, &context);
            match checked.bot {
                Some(bot) => bot,
                None => {
                    let first = checked.diagnostics.iter().find(|found| found.is_error());
                    let why = first.map(|found| found.message.clone()).unwrap_or_default();
                    return Err(Refused {
                        code: codes::NO_PROPOSAL,
                        message: format!("These pieces alone do not make a bot: {why}"),
                        diagnostics: checked.diagnostics,
                    });
                }
            }
        };
        let questions = revise::still_open(&taken, self.questions(), &proposal.questions);
        self.stands(Version { definition: print::to_yaml(&taken), questions, as_made: false });
        let count = hunks.len();
        let text = if whole {
            "Done.".to_owned()
        } else {
            format!("Done: {} of {count} pieces.", pieces.len())
        };
        self.answer(&text, None, world);
        Ok(())
    }

    /// Leaves the proposal.
    ///
    /// # Errors
    /// When there is none.
    pub fn discard(&mut self, world: &World<'_>) -> Result<(), Refused> {
        if self.proposal.take().is_none() {
            return Err(refused(codes::NO_PROPOSAL, "There is no proposal to discard."));
        }
        self.answer("Left as it was.", None, world);
        Ok(())
    }

    /// Back to the definition before.
    ///
    /// # Errors
    /// When there is none.
    pub fn undo(&mut self, world: &World<'_>) -> Result<(), Refused> {
        if self.undo_quietly(world) {
            Ok(())
        } else {
            Err(refused(codes::NO_PROPOSAL, "There is nothing to undo."))
        }
    }

    /// A definition that was changed by hand beside the conversation.
    ///
    /// # Errors
    /// When it does not pass the checker.
    pub fn replace(&mut self, definition: &str, world: &World<'_>) -> Result<(), Refused> {
        let context =
            check::Context { catalogue: world.catalogue, zone: world.zone, now: world.now };
        let checked = check::text(definition, &context);
        let Some(bot) = checked.bot else {
            return Err(Refused {
                code: codes::NO_PROPOSAL,
                message: "The definition does not pass the checker.".to_owned(),
                diagnostics: checked.diagnostics,
            });
        };
        let questions = revise::still_open(&bot, self.questions(), &[]);
        self.stands(Version { definition: definition.to_owned(), questions, as_made: false });
        Ok(())
    }

    fn undo_quietly(&mut self, world: &World<'_>) -> bool {
        // What is not taken yet is undone first.
        let (text, done) = if self.proposal.take().is_some() {
            ("The proposal is dropped; the bot is as it was.", true)
        } else if let Some(before) = self.past.pop() {
            self.current = Some(before);
            ("The bot is as it was before the last change.", true)
        } else {
            ("There is nothing to undo.", false)
        };
        self.answer(text, None, world);
        done
    }

    fn has_room(&self) -> Result<(), Refused> {
        if self.messages.len() + 2 > MESSAGES {
            return Err(refused(
                codes::FULL,
                format!("A conversation has at most {MESSAGES} messages."),
            ));
        }
        Ok(())
    }

    /// The first sentence.
    async fn begin(&mut self, words: &str, world: &World<'_>) {
        // Before there is a definition, what is said goes on from what was said.
        let earlier = self.sentence.clone();
        let open = self.messages.len() > 1 && !earlier.is_empty();
        self.sentence = if open { format!("{earlier}. {words}") } else { words.to_owned() };
        self.answers.clear();
        self.make(world).await;
    }

    /// Makes the definition of the sentence and the answers.
    async fn make(&mut self, world: &World<'_>) {
        let sentence = self.sentence.clone();
        let request = world.request(&sentence, self.answers.clone());
        let built =
            crate::build(&request, world.bots, world.model, world.trial, world.options).await;
        self.cost = self.cost.saturating_add(built.cost());
        let by = built.by;
        let note = built.note.clone();
        let text = told_of(&built);
        if let Some(bot) = &built.draft.definition {
            self.stands(Version {
                definition: print::to_yaml(bot),
                questions: built.draft.questions.clone(),
                as_made: true,
            });
        }
        self.messages.push(Said {
            from: From::Builder,
            text,
            at: world.now,
            by: Some(by),
            code: note.map(|(code, _)| code.text.to_owned()),
            choices: Vec::new(),
        });
    }

    async fn settle(&mut self, answers: IndexMap<String, String>, world: &World<'_>) {
        let as_made = self.current.as_ref().is_none_or(|current| current.as_made);
        if as_made && !self.sentence.is_empty() {
            self.answers.extend(answers);
            self.make(world).await;
            return;
        }
        let Some(bot) = self.bot() else { return };
        let (filled, left) = revise::filled(&bot, self.questions(), &answers);
        let checked = world.check(&filled);
        if checked.is_ok() && filled != bot {
            self.stands(Version {
                definition: print::to_yaml(&filled),
                questions: left,
                as_made: false,
            });
            self.answer("Filled in.", None, world);
        } else {
            let first = checked.diagnostics.iter().find(|found| found.is_error());
            let why = first.map_or("it has no place in the definition", |found| &found.message);
            let text = format!("That answer does not fit: {why}");
            self.answer(&text, None, world);
        }
    }

    async fn change(&mut self, wish: &Wish, words: &str, bot: &Bot, world: &World<'_>) {
        let request = world.request(words, IndexMap::new());
        let current = self.current.clone().unwrap_or_default();
        // A change of what is proposed goes on from the proposal.
        let proposed = self.proposal.as_ref().and_then(|it| parse::bot(&it.definition).bot);
        let from = proposed.as_ref().unwrap_or(bot);
        let origin = (!self.sentence.is_empty()).then_some(edit::Origin {
            sentence: &self.sentence,
            answers: &self.answers,
            as_made: current.as_made && proposed.is_none(),
        });
        match edit::apply(wish, from, origin, &request) {
            Applied::Changed { bot: new, says, questions } => {
                let checked = world.check(&new);
                let error = checked.diagnostics.iter().find(|found| found.is_error());
                match error {
                    None if *new == *bot => self.answer("It is so already.", None, world),
                    None => self.propose(&new, By::Compiler, questions, &says, world),
                    Some(error) if world.model.is_none() => {
                        let text = format!("{says} But then it is not well: {}", error.message);
                        self.answer(&text, None, world);
                    }
                    Some(_) => self.by_model(words, from, world).await,
                }
            }
            Applied::Which { text, choices } => {
                let mut said = self.answer_of(&text, None, world);
                said.choices = choices;
                self.messages.push(said);
            }
            Applied::Not(text) => self.answer(&text, None, world),
            Applied::Beyond => self.by_model(words, from, world).await,
        }
    }

    async fn by_model(&mut self, words: &str, bot: &Bot, world: &World<'_>) {
        let Some(model) = world.model else {
            let text = "That is beyond what can be done without a language model. Say it in simpler words, such as \
                        “make it hourly”, “remove step 2”, “also email ops@example.com”, or edit the definition.";
            self.answer(text, Some(codes::NO_MODEL), world);
            return;
        };
        let revised = revise::revise(words, &self.sentences(), bot, model, world).await;
        self.cost = self.cost.saturating_add(revised.cost);
        match revised.outcome {
            Ok(new) => {
                let says = if revised.says.is_empty() {
                    "This would change.".to_owned()
                } else {
                    revised.says
                };
                self.propose(&new, By::Model, revised.questions, &says, world);
            }
            Err((code, text)) => self.answer(&text, Some(code), world),
        }
    }

    fn propose(
        &mut self,
        new: &Bot,
        by: By,
        questions: Vec<Question>,
        says: &str,
        world: &World<'_>,
    ) {
        self.proposal = Some(Proposal { definition: print::to_yaml(new), by, questions });
        let mut said = self.answer_of(says, None, world);
        said.by = Some(by);
        self.messages.push(said);
    }

    /// A definition takes the place of the one before.
    fn stands(&mut self, version: Version) {
        if let Some(before) = self.current.replace(version)
            && self.current.as_ref() != Some(&before)
        {
            self.past.push(before);
            if self.past.len() > PAST {
                self.past.remove(0);
            }
        }
        self.proposal = None;
    }

    /// What the person said the bot should do.
    fn sentences(&self) -> Vec<String> {
        let said = self.messages.iter().filter(|said| said.from == From::Person);
        said.map(|said| said.text.clone()).collect()
    }

    fn first_open(&self) -> Option<String> {
        let open = self.questions().iter().find(|question| question.required);
        open.map(|question| question.id.clone())
    }

    fn asks_something(&self) -> bool {
        self.proposal.is_none() && self.first_open().is_some()
    }

    fn told(&mut self, from: From, text: &str, world: &World<'_>) {
        let at = world.now;
        self.messages.push(Said {
            from,
            text: text.to_owned(),
            at,
            by: None,
            code: None,
            choices: Vec::new(),
        });
    }

    fn answer_of(&self, text: &str, code: Option<Code>, world: &World<'_>) -> Said {
        Said {
            from: From::Builder,
            text: text.to_owned(),
            at: world.now,
            by: None,
            code: code.map(|code| code.text.to_owned()),
            choices: Vec::new(),
        }
    }

    fn answer(&mut self, text: &str, code: Option<Code>, world: &World<'_>) {
        let said = self.answer_of(text, code, world);
        self.messages.push(said);
    }
}

/// What is said of a draft.
fn told_of(built: &Built) -> String {
    let mut lines = Vec::new();
    if !built.says.is_empty() {
        lines.push(built.says.clone());
    }
    lines.push(built.draft.explanation.clone());
    for dissent in &built.dissents {
        let why = if dissent.why.is_empty() { String::new() } else { format!(": {}", dissent.why) };
        lines.push(format!("Read otherwise than by the compiler, by “{}”{why}.", dissent.words));
    }
    lines.extend(built.note.iter().map(|(_, text)| text.clone()));
    lines.join("\n")
}
