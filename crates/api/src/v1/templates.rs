//! Bots to begin with.

use axum::Json;

use crate::auth::{Allowed, ReadCatalogue};
use crate::page::Page;
use crate::templates::{self, TemplateBody};

/// List the templates: bots to begin with
#[utoipa::path(get, path = "/templates", operation_id = "list_templates", tag = "Authoring",
    security(("token" = ["catalogue:read"])), responses((status = 200, body = Page<TemplateBody>)))]
pub async fn list(_: Allowed<ReadCatalogue>) -> Json<Page<TemplateBody>> {
    Json(Page { items: templates::told(), next: None })
}
