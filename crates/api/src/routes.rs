//! Every route of the server.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::state::Api;
use crate::{compatible, decide, docs, edge, health, idempotency, oauth, request, sign_in, v1};

fn api() -> OpenApiRouter<Api> {
    use v1::*;
    OpenApiRouter::new()
        .routes(routes!(drafts::draft))
        .routes(routes!(builder::list, builder::begin))
        .routes(routes!(builder::show, builder::delete))
        .routes(routes!(builder::say))
        .routes(routes!(builder::accept))
        .routes(routes!(builder::undo))
        .routes(routes!(checks::check))
        .routes(routes!(tries::rehearse))
        .routes(routes!(templates::list))
        .routes(routes!(bots::list, bots::deploy))
        .routes(routes!(bots::show, bots::delete))
        .routes(routes!(bots::pause))
        .routes(routes!(bots::resume))
        .routes(routes!(bots::withdraw))
        .routes(routes!(triggers::look))
        .routes(routes!(versions::list))
        .routes(routes!(versions::definition))
        .routes(routes!(runs::start))
        .routes(routes!(runs::list))
        .routes(routes!(runs::show))
        .routes(routes!(runs::value))
        .routes(routes!(runs::transcript))
        .routes(routes!(live::events))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::retry))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::show))
        .routes(routes!(approvals::decide))
        .routes(routes!(approvals::delegate))
        .routes(routes!(events::list, events::emit))
        .routes(routes!(events::show))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::discard))
        .routes(routes!(dead_letters::show, dead_letters::discard_one))
        .routes(routes!(dead_letters::replay))
        .routes(routes!(replays::list, replays::begin))
        .routes(routes!(replays::show))
        .routes(routes!(replays::cancel))
        .routes(routes!(connections::list, connections::add))
        .routes(routes!(connections::show, connections::change, connections::remove))
        .routes(routes!(connections::test))
        .routes(routes!(oauth::authorize))
        .routes(routes!(connectors::list))
        .routes(routes!(connectors::show))
        .routes(routes!(env::list))
        .routes(routes!(env::show, env::set, env::unset))
        .routes(routes!(models::list))
        .routes(routes!(models::show, models::set, models::remove))
        .routes(routes!(models::settings, models::set_settings))
        .routes(routes!(budgets::list, budgets::set, budgets::remove))
        .routes(routes!(prices::list, prices::set, prices::remove))
        .routes(routes!(costs::calls))
        .routes(routes!(costs::log))
        .routes(routes!(costs::costs))
        .routes(routes!(costs::cache, costs::clear_cache))
        .routes(routes!(suites::list))
        .routes(routes!(suites::show, suites::set, suites::remove))
        .routes(routes!(suites::add_case))
        .routes(routes!(evaluations::list, evaluations::begin))
        .routes(routes!(evaluations::show, evaluations::remove))
        .routes(routes!(evaluations::results))
        .routes(routes!(evaluations::cancel))
        .routes(routes!(knowledge::list, knowledge::create))
        .routes(routes!(knowledge::show, knowledge::change, knowledge::remove))
        .routes(routes!(knowledge::reindex))
        .routes(routes!(knowledge::search))
        .routes(
            routes!(documents::list, documents::put)
                .layer(DefaultBodyLimit::max(codex32_knowledge::LARGEST)),
        )
        .routes(routes!(documents::add_address))
        .routes(routes!(documents::show, documents::remove))
        .routes(routes!(documents::reindex))
        .routes(routes!(documents::cancel))
        .routes(routes!(outbox::list))
        .routes(routes!(outbox::show))
        .routes(routes!(server::show))
        .routes(routes!(nodes::list))
        .routes(routes!(retention::show, retention::set))
        .routes(routes!(server::release))
        .routes(routes!(sign_in::create_link))
        .routes(routes!(sign_in::sign_out))
}

fn described() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(docs::base())
        .nest("/api/v1", api())
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(oauth::callback))
}

/// OpenAI's addresses, for a workspace's own programs.
fn asked() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(docs::base())
        .routes(routes!(compatible::chat))
        .routes(routes!(compatible::embeddings))
        .routes(routes!(compatible::models))
}

/// The OpenAPI document, as served and as checked in under `openapi/v1.json`.
pub fn openapi() -> OpenApi {
    docs::complete(described().merge(asked()).into_openapi())
}

/// What answers a server's requests. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    /// Webhooks stand before the router: most of all requests, and none of the API's layers is for them.
    hooks: Option<Api>,
    rest: Router,
}

impl Service {
    pub(crate) async fn answer(self, request: Request) -> Response {
        let is_hook =
            |path: &str| path.strip_prefix("/hooks/").is_some_and(|path| !path.is_empty());
        match self.hooks {
            Some(api) if is_hook(request.uri().path()) => edge::hook(api, request).await,
            _ => match self.rest.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
        }
    }
}

/// What a server answers that only drives runs or fires schedules: whether it is well.
pub fn health_service(state: Api) -> Service {
    let rest = Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(edge::fallback)
        .layer(from_fn_with_state(state.clone(), edge::layer))
        .with_state(state);
    Service { hooks: None, rest }
}

/// The whole service.
pub fn service(state: Api) -> Service {
    let writes = from_fn_with_state(state.clone(), idempotency::layer);
    let (described, _) = described().layer(writes).split_for_parts();
    let (asked, _) = asked().split_for_parts();
    let rest = described
        .route("/api/v1/openapi.json", get(docs::document))
        .route("/api/v1/docs", get(docs::page))
        .route("/docs/errors/{code}", get(docs::error_page))
        .layer(DefaultBodyLimit::max(request::MAX_BODY))
        .merge(asked.layer(DefaultBodyLimit::max(compatible::MAX_BODY)))
        .route(
            "/approvals/{id}",
            get(decide::show).post(decide::answer).layer(DefaultBodyLimit::max(decide::MAX_BODY)),
        )
        .fallback(edge::fallback)
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(from_fn_with_state(state.clone(), edge::layer))
        .with_state(state.clone());
    Service { hooks: Some(state), rest }
}
