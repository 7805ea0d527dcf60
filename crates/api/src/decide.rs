//! The page behind a link in a message: what is asked, and two buttons. No sign-in and no script; the link
//! says who answers.
//!
//! Opening it changes nothing, because scanners of mail open links. Only its buttons do, with the token in
//! the body. The token is in the query and never in a path, so that no log of ours has it.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, OriginalUri, Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use codex32_engine::{EngineError, Verdict, told};
use codex32_identity::links::Link;
use codex32_model::ids::ApprovalId;
use codex32_model::schema::{Field, Fields, Schema};
use codex32_model::{Object, Value};
use codex32_store::approvals::{Approval, ApprovalState, Notice};

use crate::edge;
use crate::problem::{Answer, Problem};
use crate::state::Api;

mod page;

/// Largest form, in bytes.
pub const MAX_BODY: usize = 256 << 10;
/// No script, nothing from elsewhere; forms go back to this server.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// A link that is ours, and what it is about.
struct Asked {
    approval: Approval,
    notice: Notice,
    token: String,
    /// Whether the link's own time is over.
    over: bool,
}

/// What a form brought, for it to be shown again.
#[derive(Default)]
struct Filled {
    values: Vec<(String, String)>,
    faults: Vec<(String, String)>,
}

pub async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    request: Request,
) -> Response {
    let Some(token) = field(&pairs(&uri), "t") else {
        // An address of the interface.
        return edge::fallback(State(api), request).await;
    };
    match asked(&api, &id, &token).await {
        Ok(Some(asked)) => shown(&api, &asked, &Filled::default()).await,
        Ok(None) => no_link(),
        Err(problem) => failed(&problem),
    }
}

pub async fn answer(
    State(api): State<Api>,
    Path(id): Path<String>,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let values = match form {
        Ok(Form(values)) => values,
        Err(rejection) => {
            let text = "The form is too large or broke off. Go back and shorten what you wrote.";
            return html(rejection.status(), page::note("This was not taken", text));
        }
    };
    // Whoever leaves the page has answered all the same.
    let work = tokio::spawn(async move { take(&api, &id, values).await });
    match work.await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => failed(&problem),
        Err(error) => failed(&Problem::internal(error)),
    }
}

async fn take(api: &Api, id: &str, values: Vec<(String, String)>) -> Answer<Response> {
    let token = field(&values, "t").unwrap_or_default();
    let Some(asked) = asked(api, id, &token).await? else { return Ok(no_link()) };
    let Asked { approval, notice, over, .. } = &asked;
    if *over || approval.state != ApprovalState::Open {
        return Ok(shown(api, &asked, &Filled::default()).await);
    }
    let engine = &api.options.engine;
    let by = notice.recipient.clone();
    let decision = field(&values, "decision").unwrap_or_default();
    let done = match decision.as_str() {
        "approve" | "reject" => {
            let fields = engine.approval_form(api.owner(), approval).await?;
            let verdict = Verdict {
                approved: decision == "approve",
                by,
                via: "link",
                comment: field(&values, "comment").unwrap_or_default(),
                form: form(&fields, &values),
                coerce: true,
            };
            engine.answer(api.owner(), approval.id, verdict).await.map(drop)
        }
        "delegate" => {
            let to = field(&values, "to").unwrap_or_default();
            engine.hand_on(api.owner(), approval.id, to, by).await
        }
        _ => Ok(()),
    };
    let faults = match done {
        // What was decided meanwhile is what the page says.
        Ok(()) | Err(EngineError::Decided(_)) => {
            let place = format!("/approvals/{}?t={token}", approval.id);
            return Ok(Redirect::to(&place).into_response());
        }
        Err(EngineError::Form(places)) => places,
        Err(EngineError::HandOn(why)) => vec![("to".to_owned(), why)],
        Err(other) => return Err(other.into()),
    };
    Ok(shown(api, &asked, &Filled { values, faults }).await)
}

/// What a link is about; nothing for one that is not ours, whatever is wrong with it.
async fn asked(api: &Api, id: &str, token: &str) -> Answer<Option<Asked>> {
    let Ok(id) = id.parse::<ApprovalId>() else { return Ok(None) };
    let Some(link) = Link::read(id, token) else { return Ok(None) };
    let (store, scope) = (&api.options.store, api.owner());
    let notices = store.notices(scope, id).await?;
    let Some(notice) = notices.into_iter().find(|notice| notice.number == link.number) else {
        return Ok(None);
    };
    if !api.options.keys.signed(&link, &notice.recipient, token) {
        return Ok(None);
    }
    let Some(approval) = store.approval(scope, id).await? else { return Ok(None) };
    let over = link.until <= api.now();
    Ok(Some(Asked { approval, notice, token: token.to_owned(), over }))
}

async fn shown(api: &Api, asked: &Asked, filled: &Filled) -> Response {
    let Asked { approval, notice, token, over } = asked;
    if let Some(how) = told(approval) {
        return html(StatusCode::OK, page::decided(approval, &how));
    }
    if *over {
        let text =
            "The time of this link is over. Whoever asked you can see the question in Codex-32.";
        return html(StatusCode::GONE, page::note("This link serves no more", text));
    }
    let (store, engine) = (&api.options.store, &api.options.engine);
    let both = (
        engine.approval_form(api.owner(), approval).await,
        store.notices(api.owner(), approval.id).await,
    );
    let (fields, named) = match both {
        (Ok(fields), Ok(notices)) => {
            let mine = |other: &Notice| other.named_by.as_ref() == Some(&notice.recipient);
            let named = notices.into_iter().filter(mine).map(|other| other.recipient);
            (fields, named.collect::<Vec<_>>())
        }
        (Err(error), _) => return failed(&error.into()),
        (_, Err(error)) => return failed(&error.into()),
    };
    let status = if filled.faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    html(status, page::question(approval, notice, token, &fields, &named, filled))
}

fn no_link() -> Response {
    let text = "It may have been cut off on its way. Open it from the message once more, whole. If that \
                does not help, whoever runs Codex-32 can see the question there.";
    html(StatusCode::NOT_FOUND, page::note("This is not one of our links", text))
}

fn failed(problem: &Problem) -> Response {
    let text = format!("{} Nothing was decided; try again in a moment.", problem.detail);
    html(problem.status, page::note("This did not work", &text))
}

fn html(status: StatusCode, page: String) -> Response {
    let mut response = (status, Html(page)).into_response();
    let policy = HeaderValue::from_static(POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Pairs of a query.
fn pairs(uri: &Uri) -> Vec<(String, String)> {
    Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

fn field(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone())
}

/// The form's values; what is no text there is read as JSON where it is JSON.
fn form(fields: &Fields, pairs: &[(String, String)]) -> Value {
    let mut out = Object::default();
    for (name, of) in fields {
        let Some(text) = field(pairs, &format!("form.{name}")) else { continue };
        let value = match (kind(of), &of.schema) {
            (_, Schema::Enum(values)) => {
                values.iter().find(|value| value.to_text() == text).cloned()
            }
            (Kind::Json, _) if !text.trim().is_empty() => Value::from_json(&text).ok(),
            _ => None,
        };
        out.insert(name.as_str().into(), value.unwrap_or_else(|| Value::from(text)));
    }
    Value::from(out)
}

/// How a field is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Long,
    Number,
    YesNo,
    Choice,
    Json,
}

fn kind(field: &Field) -> Kind {
    let shape = match &field.schema {
        // `T | null`: it may be left empty.
        Schema::Union(shapes) => {
            let mut others = shapes.iter().filter(|shape| **shape != Schema::Null);
            match (others.next(), others.next()) {
                (Some(only), None) => only,
                _ => &Schema::Any,
            }
        }
        other => other,
    };
    match shape {
        Schema::String => match field.format.as_deref() {
            Some("markdown" | "html") => Kind::Long,
            _ if field.max_length.is_some_and(|most| most > 200) => Kind::Long,
            _ => Kind::Text,
        },
        Schema::Integer | Schema::Number => Kind::Number,
        Schema::Boolean => Kind::YesNo,
        Schema::Enum(_) => Kind::Choice,
        _ => Kind::Json,
    }
}
