//! Mail that was kept inside instead of sent.

use axum::Json;
use axum::extract::State;
use codex32_model::ids::MailId;
use codex32_model::{Timestamp, Value};
use codex32_store::outbox::Mail;
use serde::Serialize;

use crate::auth::{Allowed, ReadOutbox};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Path, Query};
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
pub struct MailBody {
    #[schema(value_type = String)]
    id: MailId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// As the step sent it: `from`, `to`, `subject`, `text` and more.
    #[schema(value_type = Object)]
    mail: Value,
}

impl From<Mail> for MailBody {
    fn from(mail: Mail) -> Self {
        Self { id: mail.id, at: mail.at, mail: mail.mail }
    }
}

/// List kept mail, newest first
#[utoipa::path(get, path = "/outbox", operation_id = "list_mail", tag = "Outbox", params(Paging), security(("token" = ["outbox:read"])),
    responses((status = 200, body = Page<MailBody>)))]
pub async fn list(
    allowed: Allowed<ReadOutbox>,
    State(api): State<Api>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<MailBody>>> {
    let mails = api.options.store.mails(allowed.scope, paging.after()?, paging.fetch()?).await?;
    paging.page(mails, |mail| mail.id, MailBody::from).map(Json)
}

/// Read a kept mail
#[utoipa::path(get, path = "/outbox/{id}", operation_id = "show_mail", tag = "Outbox", params(("id" = String, Path)),
    security(("token" = ["outbox:read"])), responses((status = 200, body = MailBody)))]
pub async fn show(
    allowed: Allowed<ReadOutbox>,
    State(api): State<Api>,
    Path(id): Path<MailId>,
) -> Answer<Json<MailBody>> {
    let mail = api.options.store.mail(allowed.scope, id).await?;
    let mail = mail.ok_or_else(|| Problem::not_found(format!("mail `{id}`")))?;
    Ok(Json(mail.into()))
}
