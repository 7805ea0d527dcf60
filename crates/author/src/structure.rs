//! Stage 5: clauses become a tree: what is done under which condition, for each of what, at the
//! same time as what.

use crate::clauses::{Clause, Join, Lead};
use crate::lexicon::Op;
use crate::text::Token;
#[cfg(test)]
mod tests;

#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Deed(Clause),
    If {
        condition: Vec<Token>,
        /// `unless`.
        not: bool,
        then: Vec<Node>,
        otherwise: Vec<Node>,
    },
    ForEach {
        header: Vec<Token>,
        body: Vec<Node>,
    },
    Parallel(Vec<Clause>),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    pub nodes: Vec<Node>,
    /// What was said not to be done.
    pub forbidden: Vec<Clause>,
}

impl Tree {
    /// Puts what must not hold around all that is done; around what is done for each, if it is a loop.
    pub fn except(&mut self, conditions: Vec<Vec<Token>>) {
        for condition in conditions {
            let nodes =
                match self.nodes.iter_mut().find(|node| matches!(node, Node::ForEach { .. })) {
                    Some(Node::ForEach { body, .. }) => body,
                    _ => &mut self.nodes,
                };
            let then = std::mem::take(nodes);
            if !then.is_empty() {
                nodes.push(Node::If { condition, not: true, then, otherwise: Vec::new() });
            }
        }
    }
}

pub fn build(clauses: Vec<Clause>) -> Tree {
    let mut builder = Builder { clauses, at: 0, forbidden: Vec::new() };
    let nodes = builder.all();
    Tree { nodes: parallel(nodes), forbidden: builder.forbidden }
}

struct Builder {
    clauses: Vec<Clause>,
    at: usize,
    forbidden: Vec<Clause>,
}

impl Builder {
    fn peek(&self) -> Option<&Clause> {
        self.clauses.get(self.at)
    }

    fn all(&mut self) -> Vec<Node> {
        let mut out: Vec<Node> = Vec::new();
        while let Some(clause) = self.peek().cloned() {
            self.at += 1;
            match clause.lead {
                Lead::Not => self.forbidden.push(clause),
                Lead::ForEach => {
                    let body = self.body(&|clause| {
                        matches!(clause.verb, Some((_, Op::Return | Op::Respond)))
                            || clause.before == Join::End
                            || clause.before == Join::Then
                    });
                    out.push(Node::ForEach { header: clause.tokens, body });
                }
                Lead::Else => self.otherwise(clause, &mut out),
                Lead::When | Lead::If | Lead::Unless | Lead::ElseIf => {
                    self.condition(clause, &mut out)
                }
                Lead::None => out.push(Node::Deed(clause)),
            }
        }
        out
    }

    /// The deeds up to the next clause of another kind or to where `ends` says so.
    fn body(&mut self, ends: &dyn Fn(&Clause) -> bool) -> Vec<Node> {
        let mut out: Vec<Node> = Vec::new();
        while let Some(clause) = self.peek().cloned() {
            match clause.lead {
                Lead::None if out.is_empty() || !ends(&clause) => {
                    self.at += 1;
                    out.push(Node::Deed(clause));
                }
                Lead::Not => {
                    self.at += 1;
                    self.forbidden.push(clause);
                }
                Lead::ForEach => {
                    self.at += 1;
                    let body = self.body(ends);
                    out.push(Node::ForEach { header: clause.tokens, body });
                }
                // `…, email me if it fails`: belongs to the deed just before.
                Lead::If | Lead::Unless
                    if clause.before == Join::Direct
                        && !out.is_empty()
                        && !self.deed_follows_directly() =>
                {
                    self.at += 1;
                    self.trailing(clause, &mut out);
                }
                _ => break,
            }
        }
        out
    }

    fn deed_follows_directly(&self) -> bool {
        self.clauses.get(self.at + 1).is_some_and(|next| {
            next.lead == Lead::None
                && matches!(next.before, Join::Direct | Join::Comma | Join::Then)
        })
    }

    fn condition(&mut self, clause: Clause, out: &mut Vec<Node>) {
        // `if country is DE …, if it is FR …`: one or the other.
        let other = clause.lead == Lead::If
            && names_value(&clause.tokens)
            && matches!(out.last(), Some(Node::If { condition, not: false, otherwise, .. })
                if otherwise.iter().all(|node| matches!(node, Node::If { .. })) && states(condition));
        if (clause.lead == Lead::ElseIf || other) && matches!(out.last(), Some(Node::If { .. })) {
            let then = self.then();
            let inner =
                Node::If { condition: clause.tokens, not: false, then, otherwise: Vec::new() };
            attach(out, vec![inner]);
            return;
        }
        let next = self.peek();
        let deed_next = next.is_some_and(|next| matches!(next.lead, Lead::None | Lead::ForEach));
        let bound = next.is_some_and(|next| {
            matches!(next.before, Join::Comma | Join::Then | Join::Direct | Join::Colon)
        });
        let deed_before = matches!(out.last(), Some(Node::Deed(_) | Node::ForEach { .. }));
        let trailing = deed_before
            && match clause.before {
                Join::Direct => {
                    !(deed_next && next.is_some_and(|next| next.before == Join::Direct))
                }
                Join::Comma => !deed_next || !bound,
                _ => false,
            };
        if trailing {
            self.trailing(clause, out);
            return;
        }
        let then = self.then();
        let node = Node::If {
            not: clause.lead == Lead::Unless,
            condition: clause.tokens,
            then,
            otherwise: Vec::new(),
        };
        out.push(node);
    }

    /// What a leading condition governs: the deeds of its sentence.
    fn then(&mut self) -> Vec<Node> {
        let always = |clause: &Clause| {
            clause.before == Join::End
                || clause.has(&["always", "regardless", "immer", "jedenfalls"])
                    && clause.verb.is_some_and(|(at, _)| at < 3)
        };
        // `if so: …` may stand in a sentence of its own.
        self.body(&always)
    }

    fn trailing(&mut self, clause: Clause, out: &mut Vec<Node>) {
        let Some(last) = out.pop() else { return };
        out.push(Node::If {
            not: clause.lead == Lead::Unless,
            condition: clause.tokens,
            then: vec![last],
            otherwise: Vec::new(),
        });
    }

    fn otherwise(&mut self, clause: Clause, out: &mut Vec<Node>) {
        let mut deeds = Vec::new();
        if !clause.tokens.is_empty() {
            deeds.push(Node::Deed(Clause { lead: Lead::None, ..clause }));
        }
        let empty = deeds.is_empty();
        let goes_on = empty || self.peek().is_some_and(|next| next.before != Join::End);
        if goes_on {
            deeds.append(&mut self.body(&|clause| clause.before == Join::End));
        }
        if matches!(out.last(), Some(Node::If { .. })) {
            attach(out, deeds);
        } else if let Some(at) = out.iter().rposition(|node| matches!(node, Node::If { .. })) {
            attach(&mut out[..=at], deeds);
        } else {
            out.append(&mut deeds);
        }
    }
}

/// `it is FR`
fn names_value(tokens: &[Token]) -> bool {
    tokens.len() == 3
        && tokens[0].any(&["it", "es"])
        && tokens[1..].iter().any(|token| token.any(&["is", "ist"]))
}

/// `country is DE`
fn states(tokens: &[Token]) -> bool {
    (3..=5).contains(&tokens.len()) && tokens.iter().any(|token| token.any(&["is", "ist"]))
}

/// Puts `nodes` into the last `else` of a chain of conditions.
fn attach(out: &mut [Node], nodes: Vec<Node>) {
    let Some(Node::If { otherwise, .. }) = out.last_mut() else { return };
    if matches!(otherwise.last(), Some(Node::If { .. })) {
        attach(otherwise, nodes);
    } else {
        otherwise.extend(nodes);
    }
}

/// Clauses said to go on together become one node.
fn parallel(nodes: Vec<Node>) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    let (mut open, mut listed) = (false, false);
    for node in nodes {
        match node {
            Node::Deed(clause) if clause.parallel && clause.concurrency_free() => {
                // With two addresses of its own it is complete.
                let urls =
                    clause.tokens.iter().filter(|token| token.kind == crate::text::Kind::Url);
                open = urls.count() < 2;
                listed = clause.leads;
                out.push(Node::Parallel(vec![clause]));
            }
            Node::Deed(clause)
                if open
                    && (clause.before == Join::And || listed && clause.before == Join::Comma)
                    && !matches!(clause.verb, Some((_, Op::Return | Op::Respond | Op::Wait))) =>
            {
                if let Some(Node::Parallel(clauses)) = out.last_mut() {
                    clauses.push(clause);
                }
            }
            Node::If { condition, not, then, otherwise } => {
                open = false;
                out.push(Node::If {
                    condition,
                    not,
                    then: parallel(then),
                    otherwise: parallel(otherwise),
                });
            }
            Node::ForEach { header, body } => {
                open = false;
                out.push(Node::ForEach { header, body: parallel(body) });
            }
            other => {
                open = false;
                out.push(other);
            }
        }
    }
    // `get a and get b in parallel`: said at the end, meant for both.
    for at in (1..out.len()).rev() {
        let said_last = matches!(&out[at], Node::Parallel(clauses) if clauses.len() == 1 && matches!(clauses[0].before, Join::And));
        if said_last
            && matches!(&out[at - 1], Node::Deed(_))
            && let Node::Deed(before) = out.remove(at - 1)
            && let Node::Parallel(clauses) = &mut out[at - 1]
        {
            clauses.insert(0, before);
        }
    }
    out
}

impl Clause {
    /// Whether its `parallel` is not about a loop's pace.
    fn concurrency_free(&self) -> bool {
        self.tokens.iter().any(|token| !token.is_word()) || self.tokens.len() > 1
    }
}
