//! Signing in: what a kind of connection adds to a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use codex32_model::codes::connector as codes;
use reqwest::header::{self, HeaderMap};

use super::request::{header_name, header_value, set_query};
use super::{Context, unbuildable};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::http::Url;
use crate::manifest::{AuthScheme, KeyPlace};
use crate::plan::Names;

pub fn sign(
    names: &mut Names,
    context: &Context<'_>,
    url: &mut Url,
    headers: &mut HeaderMap,
) -> Result<(), Failure> {
    let Some(credentials) = context.credentials else { return Ok(()) };
    let Some(plan) = context.plan.auth.get(credentials.kind()) else {
        let message = format!("There is no kind of connection `{}`.", credentials.kind());
        return Err(Failure::new(codes::CONNECTION_KIND, message));
    };
    match plan.scheme {
        AuthScheme::None | AuthScheme::Smtp => {}
        AuthScheme::SigningSecret => {
            let message = "A signing secret checks webhooks; it does not sign in.";
            return Err(Failure::new(codes::CONNECTION_KIND, message));
        }
        AuthScheme::Bearer => bearer(headers, field(credentials, "token")?)?,
        AuthScheme::Oauth2 => bearer(headers, field(credentials, "access_token")?)?,
        AuthScheme::Basic => {
            let user = field(credentials, "username")?;
            let pair = format!("{user}:{}", field(credentials, "password")?);
            set(headers, header::AUTHORIZATION, &format!("Basic {}", BASE64.encode(pair)))?;
        }
        AuthScheme::ApiKey => {
            if let Some((place, name, value)) = &plan.key {
                let name = names.template(name).map_err(|error| unbuildable(&error))?.to_text();
                let value = names.template(value).map_err(|error| unbuildable(&error))?.to_text();
                match place {
                    KeyPlace::Query => set_query(url, &name, &value),
                    KeyPlace::Header => set(headers, header_name(&name)?, &value)?,
                }
            }
        }
        AuthScheme::Headers => {
            for (name, value) in &plan.headers {
                let value = names.template(value).map_err(|error| unbuildable(&error))?.to_text();
                set(headers, header_name(name)?, &value)?;
            }
        }
    }
    Ok(())
}

fn bearer(headers: &mut HeaderMap, token: &str) -> Result<(), Failure> {
    set(headers, header::AUTHORIZATION, &format!("Bearer {token}"))
}

fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &str) -> Result<(), Failure> {
    let mut value = header_value(name.as_str(), value)?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

fn field<'a>(credentials: &'a Credentials, name: &str) -> Result<&'a str, Failure> {
    credentials.get(name).ok_or_else(|| {
        let message = format!("The connection lacks `{name}`: sign in again.");
        Failure::new(codes::CONNECTION_FIELDS, message)
    })
}
