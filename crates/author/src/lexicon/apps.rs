//! Names of well-known services, so that one without a connector can be named instead of guessed at.

use std::collections::HashSet;
use std::sync::LazyLock;

/// One- and two-word names, lower case. A name that is also an everyday word is left out.
const APPS: &str = "airtable|asana|aws|azure|basecamp|bigquery|bitbucket|bluesky|calendly|clickhouse|clickup|\
codeberg|confluence|datadog|discord|discourse|docusign|dropbox|dynamodb|elasticsearch|evernote|facebook|\
figma|firebase|freshdesk|ftp|gcs|ghost|gitea|github|gitlab|gmail|google calendar|google docs|google drive|\
google forms|google sheet|google sheets|google chat|grafana|hetzner|hubspot|ifttt|influxdb|instagram|\
intercom|jenkins|jira|kafka|kubernetes|linear|linkedin|mailchimp|mailgun|mastodon|matrix|mattermost|\
microsoft teams|ms teams|teams|mongodb|monday.com|mqtt|mysql|nextcloud|notion|okta|onedrive|openweather|openweathermap|opsgenie|\
outlook|pagerduty|paypal|pinterest|pipedrive|postgres|postgresql|posthog|prometheus|pushover|quickbooks|rabbitmq|\
reddit|redis|rss|s3|salesforce|sendgrid|sentry|servicenow|sftp|shopify|signal|sharepoint|\
snowflake|spotify|sqlite|sql server|square|stripe|supabase|telegram|todoist|trello|twilio|twitch|twitter|typeform|\
vimeo|webex|whatsapp|woocommerce|wordpress|xero|youtube|zapier|zendesk|zoom|splunk|statuspage|ntfy|line|wechat|viber|\
rocket.chat|zulip|oracle|mariadb|cassandra|neo4j|google|apple|amazon|ebay|etsy|lexware|datev|sap|personio|hubspot|excel|sms|on call|on-call|oncall|rufbereitschaft|tweet|tweets";

/// The name under which `words` (lower case, joined by one space) is known, if it is a service.
pub fn known_app(words: &str) -> bool {
    // These are names only in certain places; the caller wants a capital or a preposition.
    static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| APPS.split('|').collect());
    KNOWN.contains(words)
}
