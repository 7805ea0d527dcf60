//! The standard library, as data: the language reference is made from it, and a test evaluates
//! every example.

/// A function of the library.
#[derive(Debug, Clone, Copy)]
pub struct StdFunction {
    pub name: &'static str,
    pub signature: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// An expression and its value as JSON; `now` is 2027-03-10T12:00:00Z.
    pub example: (&'static str, &'static str),
}

pub const STDLIB: &[StdFunction] = &[];
