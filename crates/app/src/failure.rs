//! How a command ends: [`Exit`] is the process's exit code, [`Failure`] says what went wrong and what
//! to do about it.

use std::process::ExitCode;

use codex32_model::Code;

/// The exit codes are part of the interface: scripts depend on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Well = 0,
    /// The answer is no: a failed check or run, or the server refused.
    No = 1,
    /// The command was used wrongly: a bad flag, a file that is not there, text that is not JSON.
    Misused = 2,
    Unreached = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What a command gives: it may end with [`Exit::No`] without having failed.
pub type Outcome = Result<Exit, Failure>;

#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    /// A stable code; text, because a newer server may send one that is not known here.
    pub code: Option<String>,
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, code: None, message: message.into(), help: None }
    }

    pub fn no(message: impl Into<String>) -> Self {
        Self::new(Exit::No, message)
    }

    pub fn misused(message: impl Into<String>) -> Self {
        Self::new(Exit::Misused, message)
    }

    #[must_use]
    pub fn code(mut self, code: Code) -> Self {
        self.code = Some(code.text.to_owned());
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
