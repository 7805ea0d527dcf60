//! What people read: the API's description and its page, the start page, a page per error code.
//! Rendered here, without scripts and without anything from elsewhere.

mod html;

pub(crate) use html::escape;

use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use codex32_engine::Listener;
use codex32_model::codes;
use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
    ResponseBuilder, Tag,
};

use crate::hooks::Called;
use crate::problem::{Answer, Fault, Problem, ProblemBody};
use crate::request::Path;
use crate::state::Api;

const ABOUT: &str = "Deploy bots, start and follow their runs, and set what they need.\n\n\
Every request carries `Authorization: Bearer TOKEN`; the server writes the owner's token to the file \
`owner-token` in its data folder. Lists answer `{items, next}`; `next` is the `cursor` of the next \
page, `null` on the last. A write may carry `Idempotency-Key`: the same request with the same key is \
carried out once, and its answer is repeated for a day. Every refusal is `application/problem+json` \
(RFC 9457) with a stable `code`.";

const TAGS: [(&str, &str); 12] = [
    ("Bots", "What is deployed, and its versions"),
    ("Runs", "What happens and happened"),
    ("Approvals", "What bots ask people, and the answers"),
    ("Events", "Events start bots and end waits"),
    ("Connections", "Credentials by name"),
    ("Knowledge", "Documents that bots search and answer from"),
    ("Models", "Language models: who answers under which name, what it may cost and did"),
    ("Evaluations", "Suites of cases for the AI steps of bots, and what came of them"),
    ("Variables", "`env.NAME` in expressions"),
    ("Outbox", "Mail that was kept inside instead of sent"),
    ("Authoring", "Drafting and checking definitions, and what bots can do"),
    ("Server", "The server itself, and signing in"),
];

/// The document before the routes are added.
pub fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Codex-32")
        .version("1")
        .description(Some(ABOUT))
        .license(Some(utoipa::openapi::License::new("Apache-2.0")));
    let problem = ResponseBuilder::new()
        .description("What was refused, and what to do")
        .content("application/problem+json", Content::new(Some(Ref::from_schema_name("Problem"))));
    let cookie = ApiKey::Cookie(ApiKeyValue::new("codex32_session"));
    let components = ComponentsBuilder::new()
        .security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .security_scheme("session", SecurityScheme::ApiKey(cookie))
        .schema("Problem", ProblemBody::schema())
        .schema(Fault::name(), Fault::schema())
        .response("Problem", problem.build());
    let tags = TAGS.map(|(name, about)| {
        let mut tag = Tag::new(name);
        tag.description = Some(about.to_owned());
        tag
    });
    OpenApiBuilder::new()
        .info(info.build())
        .components(Some(components.build()))
        .tags(Some(tags))
        .build()
}

/// What every operation has: the refusal, and for writes the key.
pub fn complete(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        let reads = item.get.iter_mut().map(|operation| (operation, false));
        let writes = [&mut item.put, &mut item.post, &mut item.delete];
        let writes = writes.into_iter().flatten().map(|operation| (operation, true));
        for (operation, is_write) in reads.chain(writes) {
            finish(operation, is_write);
        }
    }
    document
}

fn finish(operation: &mut Operation, is_write: bool) {
    let refusal = RefOr::Ref(Ref::from_response_name("Problem"));
    operation.responses.responses.insert("default".to_owned(), refusal);
    if is_write {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("Carries the request out once; its answer is repeated for a day."))
            .schema(Some(String::schema()));
        operation.parameters.get_or_insert_default().push(key.build().into());
    }
}

/// The document as it is served and checked in: pretty JSON with a line feed at the end.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let mut text = crate::openapi().to_pretty_json().unwrap_or_default();
        text.push('\n');
        text
    });
    &TEXT
}

pub async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text()).into_response()
}

/// Our own pages: style from the page itself, nothing else.
fn page_of(body: String) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (headers, body).into_response()
}

/// The API's description for people.
pub async fn page() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        let document = serde_json::from_str(text()).unwrap_or_default();
        html::reference(&document)
    });
    page_of(PAGE.clone())
}

/// What stands at `/` when the interface was not built.
pub fn start_page(api: &Api) -> Response {
    page_of(html::start(api.options.version, &api.options.public_url))
}

/// What stands at the address of a webhook that a browser opens.
pub fn hook_page(api: &Api, path: &str, listener: &Listener, called: Called) -> Response {
    let url = format!("{}/hooks/{path}", api.options.public_url);
    page_of(html::hook(&url, listener, called))
}

/// `type` of every problem leads here.
pub async fn error_page(Path(text): Path<String>) -> Answer<Response> {
    let code = codes::find(&text).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            codes::server::NOT_FOUND,
            format!("there is no error code `{text}`"),
        )
    })?;
    Ok(page_of(html::code(code)))
}
