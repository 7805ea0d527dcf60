//! English exceptions.

use super::{ARTICLES, Found, Kind, Lang, Token, fits, is_value, lexicon, opens, segment, words};

/// Before a condition: `but not if …`.
const IF: &[&str] = &[
    "not|never if|when",
    "not|never in the? case that?",
    "except|unless|excluding if|when|where",
    "only not if|when",
    "except in the? case that?",
    "do not do|send|post|run|write|create|bother|notify|email|message it|that|this|anything|so|us|me? if|when",
    "nothing at? all? if|when",
    "skip|ignore|disregard it|that|this|them? if|when",
    "no need if|when",
];
/// Before the things that are left out: `ignore …`.
const THINGS: &[&str] = &[
    "i|we do not want|need to hear|know|read|see about|of?",
    "ignore|skip|exclude|disregard|omit|drop",
    "leave out",
    "leave aside",
    "not|never for|those|the",
    "not for",
    "never for",
    "except|excluding for|those|the|that?",
    "other than",
    "apart|aside from",
    "with the exception of",
    "do not do|send|post|run|include|count|bother|write it|that|this|anything|with? for",
    "nothing for",
    "no need for",
    "not|never the|those ones?",
    "not ones",
    "we|i do not need|want|care this|that|it|about? for?",
    "but not for?",
];
/// Behind the things that are left out: `… should be ignored`.
const IGNORED: &[&str] = &[
    "are|is not needed|wanted|relevant|interesting|welcome|required|important|interested",
    "are|is of no interest",
    "excluded|excepted",
    "should|can|must|may|are|is|need|shall to? be? ignored|skipped|excluded|disregarded|omitted",
    "should|can|must|may|are|is to? be? left out|alone|aside",
    "should|can|may stay|remain|be out|outside|untouched",
    "do|does not count|matter|belong|need|concern|go|interest us|there|here|this|it|to?",
    "should|must|need|needs not be? included|counted|sent|posted|forwarded|reported|considered|touched|added",
    "need|needs nothing done?",
];

pub fn find(tokens: &[Token], at: usize) -> Option<Found> {
    if !opens(tokens, at) && !tokens[at].any(&["except", "excluding", "but"]) {
        return None;
    }
    let at = at + usize::from(tokens[at].any(&["but"]));
    let end = segment(tokens, at);
    let part = tokens.get(at..end)?;
    if let Some(length) = longest(part, IF) {
        let condition = clause(&part[length..])?;
        return Some(Found { from: at, end, condition });
    }
    if let Some(found) = nothing(tokens, at, end) {
        return Some(found);
    }
    if let Some(length) = longest(part, THINGS) {
        // `skip it`, `ignore the rest`: what is done, and nothing that is left out.
        if tokens.get(at + length)?.any(&["it", "if", "when", "rest", "this", "that"])
            && !tokens[at].any(&["except", "leave"])
        {
            return None;
        }
        let condition = things(&part[length..])?;
        return Some(Found { from: at, end, condition });
    }
    // `Files whose name begins with draft should be ignored`
    let (from, length) =
        (1..part.len()).find_map(|from| Some((from, longest(&part[from..], IGNORED)?)))?;
    if from + length != part.len() {
        return None;
    }
    let condition = things(&part[..from])?;
    Some(Found { from: at, end, condition })
}

/// `if the sender is x, do nothing`.
fn nothing(tokens: &[Token], at: usize, comma: usize) -> Option<Found> {
    let used = longest(&tokens[at..comma], &["if|when"])?;
    let rest = tokens.get(comma..)?;
    let length = longest(
        rest,
        &[
            ", then? please? do nothing at? all? with? it?",
            ", then? please? do not do anything at? all?",
            ", then? please? ignore|skip|disregard it|that|this|them?",
            ", then? nothing should|must|needs|has? to? happen|happens|be? done?",
        ],
    )?;
    let end = comma + length;
    tokens
        .get(end)
        .is_none_or(|next| matches!(next.kind, Kind::Mark('.' | ';' | '!')))
        .then_some(())?;
    // In the first sentence it is a case among others.
    tokens[..at].iter().any(|token| token.is_mark('.')).then_some(())?;
    let condition = clause(&tokens[at + used..comma])?;
    Some(Found { from: at, end, condition })
}

fn longest(tokens: &[Token], patterns: &[&str]) -> Option<usize> {
    patterns.iter().filter_map(|pattern| fits(tokens, pattern)).max()
}

/// What is said of one of the things, as a condition.
fn clause(part: &[Token]) -> Option<Vec<Token>> {
    if part.len() < 3 || about_results(part) {
        return None;
    }
    let comes = (1..part.len().min(6)).find_map(|at| {
        longest(
            &part[at..],
            &[
                "comes|come|came|is|are|was|were from|by",
                "is|are|was|were sent|written|posted|created|opened|submitted|placed|made by|from",
                "belongs|belong to",
            ],
        )
        .map(|length| at + length)
    });
    match comes {
        Some(from) => origin(&part[from..], &[]),
        None => Some(part.to_vec()),
    }
}

/// Words that speak of what a step gave, and not of what came in.
fn about_results(part: &[Token]) -> bool {
    part.iter().any(|token| {
        token.among(
            "approval approved approve approves fails failed answer answered found empty \
                nothing none changed reply replied exists exist already within until",
        )
    })
}

/// The things that are left out, as a condition on one of them.
fn things(part: &[Token]) -> Option<Vec<Token>> {
    let mut from = 0;
    while part.get(from).is_some_and(|token| {
        token.any(ARTICLES)
            || token.among("any all those ones these for of anything everything that such if")
    }) {
        from += 1;
    }
    // `those from x`, `anything that`
    if from > 0 && part[from - 1].is("that") {
        from -= 1;
    }
    let part = part.get(from..).filter(|part| !part.is_empty())?;
    let day = part.iter().any(|token| {
        token.low.ends_with("days") || token.any(&["weekend", "weekends", "holidays"])
    });
    if day || about_results(part) {
        return None;
    }
    let says = (0..part.len()).find(|at| {
        part[*at].among(
            "whose with without from under over below above less more that which who \
                containing by in at where older newer marked labelled labeled tagged of \
                belonging having to sent written worth",
        )
    });
    let Some(says) = says else { return named(part) };
    let noun = &part[..says];
    let rest = &part[says + 1..];
    let word = &part[says];
    if rest.is_empty() {
        return None;
    }
    if word.is("whose") {
        return Some(rest.to_vec());
    }
    if word.any(&["that", "which", "who", "where"]) {
        return clause_of(rest, noun);
    }
    if word.any(&["without"]) {
        let field: Vec<Token> = rest
            .iter()
            .filter(|token| !token.any(ARTICLES) && !token.any(&["any"]))
            .cloned()
            .collect();
        let mut out = words("the");
        out.extend(field);
        out.extend(words("is empty"));
        return Some(out);
    }
    if word.any(&["with", "having", "containing", "marked", "labelled", "labeled", "tagged"]) {
        return with(rest, word);
    }
    if word.among("from by at belonging to of in sent written") {
        return origin(rest, noun);
    }
    let mut out = words(
        if noun
            .iter()
            .any(|token| token.any(&["orders", "payments", "invoices", "order", "purchases"]))
        {
            "the total is"
        } else {
            "it is"
        },
    );
    if !word.is("worth") {
        out.push(word.clone());
    }
    out.extend(rest.iter().cloned());
    Some(out)
}

/// `(that) are private`, `(that) belong to the customer Testco`, `(who) have no address`.
fn clause_of(rest: &[Token], noun: &[Token]) -> Option<Vec<Token>> {
    if let Some(length) = longest(
        rest,
        &[
            "belong|belongs|come|comes|came to|from",
            "are|is|were|was sent|written|posted|created|opened|submitted|placed|made? by|from",
            "have|has been? sent|written|created? by|from",
        ],
    ) {
        return origin(&rest[length..], noun);
    }
    if let Some(length) = longest(rest, &["have|has|carry|carries|got? the|a|an?"]) {
        let no = rest.get(length).is_some_and(|token| token.is("no"));
        if no {
            let mut out = words("the");
            out.extend(rest[length + 1..].iter().cloned());
            out.extend(words("is empty"));
            return Some(out);
        }
        return with(&rest[length..], &rest[0]);
    }
    if let Some(length) =
        longest(rest, &["contain|contains|mention|mentions|include|includes the? word|words|term?"])
    {
        let mut out = words("it contains");
        out.extend(rest[length..].iter().cloned());
        return Some(out);
    }
    let mut out = words("it");
    let first = &rest[0];
    if first.any(&["are"]) {
        out.extend(words("is"));
        out.extend(rest[1..].iter().cloned());
    } else {
        out.extend(rest.iter().cloned());
    }
    Some(out)
}

/// `(with) draft in the name`, `(with) the label private`, `(with) a total under 5`.
fn with(rest: &[Token], word: &Token) -> Option<Vec<Token>> {
    let rest: Vec<Token> = rest.iter().filter(|token| !token.any(ARTICLES)).cloned().collect();
    if let Some(at) = rest.iter().position(|token| token.any(&["in"])) {
        let mut out = words("the");
        out.extend(rest[at + 1..].iter().cloned());
        out.extend(words("contains"));
        out.extend(rest[..at].iter().cloned());
        return Some(out);
    }
    let label = word.any(&["marked", "labelled", "labeled", "tagged"]);
    let first = rest.first()?;
    if label || first.any(&["label", "labels", "tag", "tags"]) {
        let name = rest.iter().rfind(|token| !token.any(&["label", "tag", "as", "with"]))?;
        let field =
            if word.is("tagged") || first.any(&["tag", "tags"]) { "tags" } else { "labels" };
        let mut out = words(&format!("{field} contains"));
        let mut name = name.clone();
        name.kind = Kind::Quoted;
        out.push(name);
        return Some(out);
    }
    match rest.as_slice() {
        [only] => {
            let mut out = words("it contains");
            out.push(only.clone());
            Some(out)
        }
        [field, second, ..] if second.among("under over below above less more of is") => {
            let mut out = vec![field.clone()];
            out.extend(words("is"));
            out.extend(rest[1..].iter().filter(|token| !token.any(&["of", "is"])).cloned());
            Some(out)
        }
        [field, value @ ..] => {
            let mut out = vec![field.clone()];
            out.extend(words("is"));
            out.extend(value.iter().cloned());
            Some(out)
        }
        [] => None,
    }
}

/// Who something comes from: an address, a place or a name.
fn origin(rest: &[Token], noun: &[Token]) -> Option<Vec<Token>> {
    let value = rest
        .iter()
        .rfind(|token| {
            matches!(
                token.kind,
                Kind::Email | Kind::Dotted | Kind::Quoted | Kind::Url | Kind::Channel
            )
        })
        .or_else(|| rest.iter().rfind(|token| is_value(token)))
        .or_else(|| rest.iter().rfind(|token| token.text.starts_with(char::is_uppercase)))?;
    let address = matches!(value.kind, Kind::Email | Kind::Dotted | Kind::Url);
    let people = rest.iter().chain(noun).any(|token| {
        token.among(
            "customers customer people clients members colleagues users buyers patients \
                parents",
        )
    });
    let mails =
        noun.iter().any(|token| token.any(&["mails", "mail", "emails", "messages", "ones"]))
            || noun.is_empty();
    let field = match (address, people, mails) {
        (true, true, false) => "the email contains",
        (true, ..) => "the sender contains",
        (false, true, _) if rest.len() < 4 => "the customer is",
        _ => "it contains",
    };
    let mut out = words(field);
    let mut value = value.clone();
    value.kind = Kind::Quoted;
    out.push(value);
    Some(out)
}

/// `test orders`, `drafts`, `Testco`: a name, or what they are.
fn named(part: &[Token]) -> Option<Vec<Token>> {
    let first = part.first()?;
    if is_value(first) || part.len() == 1 && first.is_capital() {
        let mut out = words("it contains");
        out.push(first.clone());
        return Some(out);
    }
    // `the customer Testco`
    if let [field, value] = part
        && field.is_word()
        && (is_value(value) || value.is_capital())
    {
        let mut out = vec![field.clone()];
        out.extend(words("is"));
        out.push(value.clone());
        return Some(out);
    }
    let verb = lexicon::verb(&first.low, Lang::En).is_some()
        && !first.any(&["test", "draft", "drafts", "spam"]);
    if part.len() > 2 || verb || !first.is_word() {
        return None;
    }
    let field = if part.len() == 1 {
        first.low.trim_end_matches('s').to_owned()
    } else {
        first.low.clone()
    };
    if ["rest", "other", "weekend", "everything", "them", "email", "mail", "text", "sm", "message"]
        .contains(&field.as_str())
        || lexicon::is_empty_word(first)
    {
        return None;
    }
    Some(words(&format!("the field {field} is true")))
}
