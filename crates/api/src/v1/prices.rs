//! What language models cost: the workspace's own prices, and those that come with the program.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_llm::price::{self, Price};
use codex32_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::auth::{Allowed, ReadModels, WriteModels};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Query};
use crate::state::Api;
use crate::v1::costs::dollars;
use crate::v1::models::unfit;

/// Dollars for a million tokens.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBody {
    /// The connector: `openai`, `anthropic`, …
    provider: String,
    /// As the provider calls it, dated versions included; `*` for all.
    model: String,
    /// From when on; now unless set.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    input_usd: f64,
    #[serde(default)]
    output_usd: f64,
    /// Of input that the provider had in its cache; as other input unless set.
    #[serde(default)]
    cached_usd: Option<f64>,
    /// Of input that it puts into its cache.
    #[serde(default)]
    cache_write_usd: Option<f64>,
    /// Longest answer, in tokens.
    #[serde(default)]
    max_output: Option<u64>,
    /// Where a price of the program's was read; none for a workspace's own.
    #[serde(default)]
    source: Option<String>,
}

impl PriceBody {
    fn new(
        provider: String,
        model: String,
        since: Timestamp,
        price: Price,
        source: Option<String>,
    ) -> Self {
        Self {
            provider,
            model,
            since: Some(since),
            input_usd: dollars(price.input),
            output_usd: dollars(price.output),
            cached_usd: price.cached.map(dollars),
            cache_write_usd: price.cache_write.map(dollars),
            max_output: price.max_output,
            source,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichPrice {
    provider: String,
    model: String,
}

/// List the prices: the workspace's own, then those that come with the program
#[utoipa::path(get, path = "/model-prices", operation_id = "list_model_prices", tag = "Models", security(("token" = ["models:read"])),
    responses((status = 200, body = Vec<PriceBody>)))]
pub async fn list(
    allowed: Allowed<ReadModels>,
    State(api): State<Api>,
) -> Answer<Json<Vec<PriceBody>>> {
    let own = api.options.store.model_prices(allowed.scope).await?.into_iter().filter_map(|row| {
        let price = serde_json::from_str(&row.price).ok()?;
        Some(PriceBody::new(row.provider, row.model, row.since, price, None))
    });
    let known = price::builtin().iter().cloned().map(|entry| {
        PriceBody::new(entry.provider, entry.model, entry.since, entry.price, entry.source)
    });
    Ok(Json(own.chain(known).collect()))
}

/// Set a price of the workspace's own
#[utoipa::path(put, path = "/model-prices", operation_id = "set_model_price", tag = "Models", request_body = PriceBody,
    security(("token" = ["models:write"])), responses((status = 204)))]
pub async fn set(
    allowed: Allowed<WriteModels>,
    State(api): State<Api>,
    Body(new): Body<PriceBody>,
) -> Answer<StatusCode> {
    let amounts = [Some(new.input_usd), Some(new.output_usd), new.cached_usd, new.cache_write_usd];
    if amounts.into_iter().flatten().any(|amount| !(0.0..=1e6).contains(&amount)) {
        return Err(unfit("", "prices are dollars for a million tokens".to_owned()));
    }
    if !codex32_llm::provider::CONNECTORS.contains(&new.provider.as_str()) {
        let known = codex32_llm::provider::CONNECTORS.join(", ");
        return Err(unfit("provider", format!("is one of {known}")));
    }
    if new.model.is_empty() || new.model.len() > 200 {
        return Err(unfit("model", "is a name of 1 to 200 characters".to_owned()));
    }
    let price = Price {
        input: price::micros(new.input_usd),
        output: price::micros(new.output_usd),
        cached: new.cached_usd.map(price::micros),
        cache_write: new.cache_write_usd.map(price::micros),
        max_output: new.max_output,
    };
    let row = codex32_store::models::Price {
        provider: new.provider,
        model: new.model,
        since: new.since.unwrap_or_else(|| api.now()),
        price: json!(price).to_string(),
    };
    api.options.store.set_model_price(allowed.scope, row).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove the workspace's own prices of a model
#[utoipa::path(delete, path = "/model-prices", operation_id = "remove_model_price", tag = "Models", params(WhichPrice),
    security(("token" = ["models:write"])), responses((status = 204)))]
pub async fn remove(
    allowed: Allowed<WriteModels>,
    State(api): State<Api>,
    Query(which): Query<WhichPrice>,
) -> Answer<StatusCode> {
    let removed =
        api.options.store.remove_model_prices(allowed.scope, which.provider, which.model).await?;
    if removed > 0 { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("such price")) }
}
