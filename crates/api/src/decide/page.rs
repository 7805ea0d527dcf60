//! The pages themselves. Everything that is not ours is escaped.

use std::fmt::Write as _;

use codex32_model::schema::{Field, Fields, Schema};
use codex32_model::{Timestamp, Value};
use codex32_store::approvals::{Approval, ApprovalState, Notice};

use super::{Filled, Kind, field as given, kind};
use crate::docs::escape;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#8c959f;--back:#fff;--card:#f6f8fa;--accent:#0b62d6;--on:#fff;--bad:#b3261e}\
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#6e7681;--back:#0d1117;--card:#161b22;--accent:#6cb0ff;--on:#0d1117;--bad:#ff9a91}}\
*{box-sizing:border-box}body{margin:0;font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--back)}\
main{max-width:38rem;margin:0 auto;padding:2rem 1rem 4rem}h1{font-size:1.5rem;line-height:1.3;margin:.25rem 0 1rem}\
p{margin:.5rem 0}.soft{color:var(--soft)}.ask{white-space:pre-wrap;overflow-wrap:anywhere;font-size:1.125rem;background:var(--card);border-left:4px solid var(--accent);padding:.75rem 1rem}\
label,legend{display:block;font-weight:600;margin:1.25rem 0 .25rem}.hint{display:block;font-weight:400;color:var(--soft)}\
input,textarea,select{width:100%;font:inherit;color:inherit;background:var(--back);border:1px solid var(--line);border-radius:6px;padding:.5rem .625rem;min-height:2.75rem}\
textarea{min-height:5rem}.bad input,.bad textarea,.bad select{border:2px solid var(--bad)}.fault{color:var(--bad);margin:.25rem 0}\
.buttons{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}button{font:inherit;font-weight:600;min-height:2.75rem;padding:.5rem 1.5rem;border-radius:6px;border:1px solid var(--accent);background:none;color:var(--accent);cursor:pointer}\
button.yes{background:var(--accent);color:var(--on)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}\
details{margin-top:2.5rem}summary{cursor:pointer;color:var(--accent);min-height:1.75rem}code{overflow-wrap:anywhere}";

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{}</title>\
         <meta name=viewport content='width=device-width,initial-scale=1'>\
         <meta name=robots content=noindex><style>{STYLE}</style><main>{body}</main></html>",
        escape(title)
    )
}

/// A page that only says something.
pub fn note(title: &str, text: &str) -> String {
    page(title, &format!("<h1>{}</h1><p>{}</p>", escape(title), escape(text)))
}

/// A time as people read it; UTC, because nobody knows where they are.
fn time(at: Timestamp) -> String {
    let text = at.to_string();
    format!("<time datetime='{}'>{}</time>", escape(&text), escape(&minute(&text)))
}

fn minute(time: &str) -> String {
    time.get(..16)
        .map_or_else(|| time.to_owned(), |short| format!("{} UTC", short.replace('T', " ")))
}

/// A sentence with its times as people read them.
fn sentence(text: &str) -> String {
    let word = |word: &str| match word.parse::<Timestamp>() {
        Ok(_) => minute(word),
        Err(_) => word.to_owned(),
    };
    let text = text.split(' ').map(word).collect::<Vec<_>>().join(" ");
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// What was decided, by whom.
pub fn decided(approval: &Approval, how: &str) -> String {
    let title = match approval.state {
        ApprovalState::Open => "Your answer was recorded",
        ApprovalState::Approved => "Approved",
        ApprovalState::Rejected => "Rejected",
        ApprovalState::Expired => "Its time is over",
        ApprovalState::Cancelled => "No answer is needed any more",
    };
    let mut body = format!(
        "<p class=soft>{}</p><h1>{title}</h1><p class=ask>{}</p><p>{}</p>",
        escape(&approval.bot_name),
        escape(&approval.text),
        escape(&sentence(how)),
    );
    let comment = approval.decision.as_ref().and_then(|said| said.get("comment"));
    if let Some(comment) = comment.map(Value::to_text).filter(|comment| !comment.is_empty()) {
        let _ = write!(body, "<p class=soft>Comment: {}</p>", escape(&comment));
    }
    page(&format!("{title} · {}", approval.bot_name), &body)
}

/// What is asked, with the form and the buttons.
pub fn question(
    approval: &Approval,
    notice: &Notice,
    token: &str,
    fields: &Fields,
    named: &[String],
    filled: &Filled,
) -> String {
    let mut body = format!(
        "<p class=soft>{}</p><h1>Please decide</h1><p class=ask>{}</p><p class=soft>You are asked as {}.",
        escape(&approval.bot_name),
        escape(&approval.text),
        escape(&notice.recipient),
    );
    if let Some(by) = &notice.named_by {
        let _ = write!(body, " {} handed this on to you.", escape(by));
    }
    if let Some(at) = approval.expires_at {
        let counts = if approval.silence { "approved" } else { "rejected" };
        let _ = write!(body, " Without an answer until {} it counts as {counts}.", time(at));
    }
    body.push_str("</p>");
    for to in named {
        let _ = write!(
            body,
            "<p role=status>You handed this on to {}; they get a link of their own.</p>",
            escape(to)
        );
    }
    if !filled.faults.is_empty() {
        // What is wrong with the form as a whole stands at no control.
        let whole = filled.faults.iter().find(|(place, _)| place == "form");
        let why = whole.map_or("please look at what is marked", |(_, why)| why.as_str());
        let _ = write!(body, "<p class=fault role=alert>Nothing was decided: {}.</p>", escape(why));
    }
    let action = format!("/approvals/{}", approval.id);
    let open = format!(
        "<form method=post action='{action}'><input type=hidden name=t value='{}'>",
        escape(token)
    );
    body.push_str(&open);
    for (name, field) in fields {
        control(&mut body, name, field, filled);
    }
    let comment = given(&filled.values, "comment").unwrap_or_default();
    let class = fault(filled, "comment").map_or("", |_| " class=bad");
    let _ = write!(
        body,
        "<div{class}><label for=comment>Comment <span class=hint>May be left empty</span></label>\
         <textarea id=comment name=comment maxlength=2000>{}</textarea>{}</div>\
         <div class=buttons><button class=yes name=decision value=approve>Approve</button>\
         <button name=decision value=reject formnovalidate>Reject</button></div></form>",
        escape(&comment),
        said(filled, "comment", "comment"),
    );
    let to = given(&filled.values, "to").unwrap_or_default();
    let wrong = fault(filled, "to");
    let _ = write!(
        body,
        "<details{}><summary>Somebody else should decide</summary>{open}\
         <div{}><label for=to>Their email address <span class=hint>They get a link of their own, and it is recorded that you named them</span></label>\
         <input id=to name=to type=email maxlength=320 autocomplete=off required value='{}'>{}</div>\
         <div class=buttons><button name=decision value=delegate>Hand it on</button></div></form></details>",
        wrong.map_or("", |_| " open"),
        wrong.map_or("", |_| " class=bad"),
        escape(&to),
        said(filled, "to", "to"),
    );
    page(&format!("Please decide · {}", approval.bot_name), &body)
}

fn fault<'f>(filled: &'f Filled, path: &str) -> Option<&'f str> {
    let under = |place: &str| {
        place.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    filled.faults.iter().find(|(place, _)| under(place)).map(|(_, why)| why.as_str())
}

/// What is wrong with a control, below it.
fn said(filled: &Filled, path: &str, id: &str) -> String {
    fault(filled, path)
        .map(|why| format!("<p class=fault id='{id}-fault'>{}</p>", escape(why)))
        .unwrap_or_default()
}

fn control(body: &mut String, name: &str, field: &Field, filled: &Filled) {
    let path = format!("form.{name}");
    let id = format!("f-{}", escape(name));
    let path_shown = escape(&path);
    let value = given(&filled.values, &path)
        .or_else(|| field.default.as_ref().map(Value::to_text))
        .unwrap_or_default();
    let required = field.required && field.default.is_none();
    let must = if required { " required" } else { "" };
    let wrong = fault(filled, &path);
    let told = wrong
        .map_or(String::new(), |_| format!(" aria-invalid=true aria-describedby='{id}-fault'"));
    let hint = match (&field.description, required) {
        (Some(text), _) => format!(" <span class=hint>{}</span>", escape(text)),
        (None, false) => " <span class=hint>May be left empty</span>".to_owned(),
        (None, true) => String::new(),
    };
    let label = escape(&name.replace('_', " "));
    let class = wrong.map_or("", |_| " class=bad");
    let _ = write!(body, "<div{class}><label for='{id}'>{label}{hint}</label>");
    let named = format!("id='{id}' name='{path_shown}'{must}{told}");
    match kind(field) {
        Kind::Number => {
            let whole = if is(field, &Schema::Integer) { "1" } else { "any" };
            let bound = |name: &str, bound: Option<f64>| {
                bound.map(|bound| format!(" {name}={bound}")).unwrap_or_default()
            };
            let bounds = bound("min", field.minimum) + &bound("max", field.maximum);
            let value = escape(&value);
            let _ =
                write!(body, "<input type=number step={whole}{bounds} {named} value='{value}'>");
        }
        Kind::YesNo => options(body, &named, &value, &[("true", "yes"), ("false", "no")]),
        Kind::Choice => {
            let texts = choices(field);
            let pairs: Vec<_> = texts.iter().map(|text| (text.as_str(), text.as_str())).collect();
            options(body, &named, &value, &pairs);
        }
        Kind::Long | Kind::Json => {
            let _ = write!(body, "<textarea {named}>{}</textarea>", escape(&value));
        }
        Kind::Text => {
            let kind = match field.format.as_deref() {
                Some("email") => "email",
                Some("url") => "url",
                Some("date") => "date",
                _ => "text",
            };
            let most =
                field.max_length.map(|most| format!(" maxlength={most}")).unwrap_or_default();
            let _ = write!(body, "<input type={kind}{most} {named} value='{}'>", escape(&value));
        }
    }
    body.push_str(&said(filled, &path, &id));
    body.push_str("</div>");
}

fn options(body: &mut String, named: &str, value: &str, all: &[(&str, &str)]) {
    let _ = write!(body, "<select {named}><option value=''>Choose …</option>");
    for (option, shown) in all {
        let chosen = if *option == value { " selected" } else { "" };
        let _ =
            write!(body, "<option value='{}'{chosen}>{}</option>", escape(option), escape(shown));
    }
    body.push_str("</select>");
}

fn is(field: &Field, wanted: &Schema) -> bool {
    match &field.schema {
        Schema::Union(shapes) => shapes.contains(wanted) && !shapes.contains(&Schema::Number),
        other => other == wanted,
    }
}

fn choices(field: &Field) -> Vec<String> {
    let of = |schema: &Schema| match schema {
        Schema::Enum(values) => values.iter().map(Value::to_text).collect(),
        _ => Vec::new(),
    };
    match &field.schema {
        Schema::Union(shapes) => shapes.iter().flat_map(of).collect(),
        other => of(other),
    }
}
