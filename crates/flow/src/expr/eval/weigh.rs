//! What built values cost, and how deep and large they may become.
//!
//! Values are shared, so a value may be far larger when written out than in memory (a list that
//! holds itself twice, sixty times over). Whatever leaves an evaluation, or grows in a loop
//! (`reduce`), is measured as if written out, and the measuring itself stops at the limit.

use codex32_model::{Value, codes};

use super::super::Budget;
use super::{Done, issue};

/// Levels of lists and objects in a value that leaves the evaluator.
pub(super) const DEEPEST_RESULT: u32 = 100;
/// Levels that walks over a value inside an evaluation may meet.
pub(super) const DEEPEST: u32 = 1_000;

pub(super) fn list(items: usize, budget: &mut Budget) -> Done<()> {
    budget.burn(items as u64 / 4)?;
    Ok(budget.allocate(items.saturating_mul(24).saturating_add(40))?)
}

pub(super) fn object(fields: usize, budget: &mut Budget) -> Done<()> {
    budget.burn(fields as u64)?;
    Ok(budget.allocate(fields.saturating_mul(72).saturating_add(64))?)
}

/// Charges for a text, and for the copy that making it a value takes.
pub(super) fn text(bytes: usize, budget: &mut Budget) -> Done<()> {
    Ok(budget.allocate(bytes.saturating_add(32))?)
}

/// The weight of a value as if written out; an error if it is too deep or too large.
pub(super) fn settle(value: &Value, budget: &mut Budget) -> Done<usize> {
    let mut total = 0;
    let most = budget.memory_limit();
    measure(value, 0, &mut total, most, budget)?;
    Ok(total)
}

fn measure(
    value: &Value,
    depth: u32,
    total: &mut usize,
    most: usize,
    budget: &mut Budget,
) -> Done<()> {
    if depth > DEEPEST_RESULT {
        let message = format!("The value is nested more than {DEEPEST_RESULT} levels deep");
        return Err(issue(codes::expr::TOO_DEEP, message));
    }
    let items = match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
            *total += 16;
            return Ok(());
        }
        Value::Str(text) => {
            *total += 32 + text.len();
            return too_large(*total, most);
        }
        Value::List(items) => {
            *total += 40;
            items.len()
        }
        Value::Object(fields) => {
            *total += 64 + fields.keys().map(|key| 40 + key.len()).sum::<usize>();
            fields.len()
        }
    };
    budget.burn(items as u64 / 8)?;
    match value {
        Value::List(items) => {
            for item in items.iter() {
                measure(item, depth + 1, total, most, budget)?;
            }
        }
        Value::Object(fields) => {
            for item in fields.values() {
                measure(item, depth + 1, total, most, budget)?;
            }
        }
        _ => {}
    }
    too_large(*total, most)
}

fn too_large(total: usize, most: usize) -> Done<()> {
    if total > most { Err(codes::expr::MEMORY.into()) } else { Ok(()) }
}
