//! What language models may cost in a day or a month.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_llm::{periods, price};
use codex32_model::Scope;
use codex32_model::ids::ActorId;
use codex32_store::budgets::{Budget, Standing};
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, ReadModels, WriteModels};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Query};
use crate::state::Api;
use crate::v1::costs::{dollars, names};
use crate::v1::models::unfit;

#[derive(Serialize, utoipa::ToSchema)]
pub struct BudgetBody {
    /// `workspace`, `actor` or `bot`.
    scope: String,
    /// The actor's id or the bot's name; empty for the workspace, `*` for each one that has none of its own.
    subject: String,
    /// `day` or `month`, in UTC.
    period: String,
    limit_usd: f64,
    /// From how many percent on it warns.
    warn_percent: u32,
    /// In the current period; of a budget for each one nothing is told.
    spent_usd: f64,
    /// By calls that are under way.
    reserved_usd: f64,
    /// `well`, `warns` or `used_up`.
    state: &'static str,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBudget {
    /// `workspace`, `actor` or `bot`.
    scope: String,
    /// The actor's id or the bot's name, or `*` for each one; empty for the workspace.
    #[serde(default)]
    subject: String,
    /// `day` or `month`.
    period: String,
    limit_usd: f64,
    /// 80 unless set.
    #[serde(default = "eighty")]
    warn_percent: u32,
}

const fn eighty() -> u32 {
    80
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichBudget {
    scope: String,
    #[serde(default)]
    subject: String,
    period: String,
}

/// The subject as the store has it: a bot's id in the place of its name.
async fn subject(api: &Api, scope: Scope, of: &str, name: &str) -> Answer<String> {
    match (of, name) {
        ("workspace", "") | ("actor" | "bot", "*") => Ok(name.to_owned()),
        ("workspace", _) => Err(unfit("subject", "is empty for the workspace".to_owned())),
        ("actor", id) => {
            let id: ActorId =
                id.parse().map_err(|_| unfit("subject", "is an actor's id, or *".to_owned()))?;
            Ok(id.to_string())
        }
        ("bot", name) => {
            let bot = api.options.store.bot(scope, name.to_owned()).await?;
            let bot = bot.ok_or_else(|| Problem::not_found(format!("bot `{name}`")))?;
            Ok(bot.id.to_string())
        }
        _ => Err(unfit("scope", "is workspace, actor or bot".to_owned())),
    }
}

/// List the budgets and where they stand
#[utoipa::path(get, path = "/budgets", operation_id = "list_budgets", tag = "Models", security(("token" = ["models:read"])),
    responses((status = 200, body = Vec<BudgetBody>)))]
pub async fn list(
    allowed: Allowed<ReadModels>,
    State(api): State<Api>,
) -> Answer<Json<Vec<BudgetBody>>> {
    let (day, month) = periods(api.now());
    let standings = api.options.store.budget_standings(allowed.scope, day, month).await?;
    let ids = standings.iter().filter_map(|standing| standing.subject.parse().ok());
    let names = names(&api, allowed.scope, ids).await?;
    let body = |standing: Standing| {
        let bot = standing.subject.parse().ok().and_then(|id| names.get(&id).cloned());
        let used_up = standing.spent >= standing.budget.most;
        let state = match (used_up, standing.warns()) {
            (true, _) => "used_up",
            (false, true) => "warns",
            (false, false) => "well",
        };
        let Standing { budget, subject, spent, reserved } = standing;
        BudgetBody {
            scope: budget.scope,
            subject: bot.unwrap_or(subject),
            period: budget.period,
            limit_usd: dollars(budget.most),
            warn_percent: budget.warn,
            spent_usd: dollars(spent),
            reserved_usd: dollars(reserved),
            state,
        }
    };
    Ok(Json(standings.into_iter().map(body).collect()))
}

/// Set a budget
#[utoipa::path(put, path = "/budgets", operation_id = "set_budget", tag = "Models", request_body = NewBudget,
    security(("token" = ["models:write"])), responses((status = 204)))]
pub async fn set(
    allowed: Allowed<WriteModels>,
    State(api): State<Api>,
    Body(new): Body<NewBudget>,
) -> Answer<StatusCode> {
    if !["day", "month"].contains(&new.period.as_str()) {
        return Err(unfit("period", "is day or month".to_owned()));
    }
    if !(0.0..=1e9).contains(&new.limit_usd) {
        return Err(unfit("limit_usd", "is an amount of dollars".to_owned()));
    }
    if !(1..=100).contains(&new.warn_percent) {
        return Err(unfit("warn_percent", "is 1 to 100".to_owned()));
    }
    let budget = Budget {
        subject: subject(&api, allowed.scope, &new.scope, &new.subject).await?,
        scope: new.scope,
        period: new.period,
        most: price::micros(new.limit_usd),
        warn: new.warn_percent,
    };
    api.options.store.set_budget(allowed.scope, budget).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a budget
#[utoipa::path(delete, path = "/budgets", operation_id = "remove_budget", tag = "Models", params(WhichBudget),
    security(("token" = ["models:write"])), responses((status = 204)))]
pub async fn remove(
    allowed: Allowed<WriteModels>,
    State(api): State<Api>,
    Query(which): Query<WhichBudget>,
) -> Answer<StatusCode> {
    let subject = subject(&api, allowed.scope, &which.scope, &which.subject).await?;
    let key = (which.scope, subject, which.period);
    if api.options.store.remove_budget(allowed.scope, key).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("such budget"))
    }
}
