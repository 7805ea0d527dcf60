//! A summary wanted as a thing: `send me a summary by Claude of the open issues` → `summarise the open issues with
//! Claude and send it to me`.

use super::pattern::fits;
use super::{said, stops};
use crate::text::{Kind, Token};

pub fn digests(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len()).find_map(|at| {
        let verb = fits(
            &tokens[at - 1..],
            "send|email|mail|give|get|have|post|write|text|put me|us? a|the|an short|brief|daily? ai? summary|overview written|made?",
        )?;
        let mut next = at - 1 + verb;
        let mut model = None;
        if let Some(used) = fits(&tokens[next..], "by|from|with the?") {
            model = tokens.get(next + used).filter(|token| crate::lexicon::is_model(token)).cloned();
            model.as_ref()?;
            next += used + 1;
        }
        let of = fits(&tokens[next..], "of|about the? all?")?;
        Some((at - 1, next + of, model))
    });
    let Some((from, thing, model)) = found else { return };
    // A model of its own writes it where one is named; without one the rules for lists know summaries.
    let Some(model) = model else { return };
    let end = (thing..tokens.len())
        .find(|at| stops(&tokens[*at]) || tokens[*at].is_mark(','))
        .unwrap_or(tokens.len());
    let aims = |token: &Token| {
        matches!(token.kind, Kind::Email | Kind::Channel | Kind::Phone)
            || token.any(&["my", "our", "me", "us"])
    };
    let to = (thing + 1..end).find(|at| {
        tokens[*at].any(&["to", "into", "in"])
            && tokens
                .get(at + 1)
                .is_some_and(|next| aims(next) || next.is("the") && tokens[*at].is("to"))
    });
    let last = (thing..to.unwrap_or(end))
        .find(|at| tokens[*at].any(&["every", "each", "at", "when", "whenever"]))
        .unwrap_or(to.unwrap_or(end));
    let things: Vec<Token> = tokens[thing..last].to_vec();
    let rest: Vec<Token> = tokens[last..end].to_vec();
    let verb = match tokens[from].low.as_str() {
        "give" | "get" | "have" | "put" | "write" => "send".to_owned(),
        verb => verb.to_owned(),
    };
    let me = to.is_none();
    let mut out = vec![said("summarise"), said("the")];
    out.extend(things);
    out.extend([said("with"), model, said("and"), said(&verb), said("it")]);
    if me {
        out.extend([said("to"), said("me")]);
    }
    out.extend(rest.into_iter().map(
        |token| {
            if me || !token.any(&["in"]) { token } else { said("to") }
        },
    ));
    tokens.splice(from..end, out);
}
