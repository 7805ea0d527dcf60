//! A named model: whom to ask, in which order, and with what patience.

use std::time::Duration;

use codex32_model::time::{format_duration, parse_duration};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

/// Most providers of one model, and connections in one pool.
const MOST: usize = 16;
/// Largest definition, as JSON; every call reads all of a workspace's.
const LARGEST: usize = 16 * 1024;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The first is asked first; the others when it fails.
    #[serde(rename = "use")]
    pub targets: Vec<Target>,
    /// For one provider to answer.
    #[serde(default = "minute", with = "span")]
    pub timeout: Duration,
    /// For one provider to begin its answer, where it is streamed; and for the pauses in it.
    #[serde(default = "first_token", with = "span")]
    pub first_token: Duration,
    /// For everything, pauses and fallbacks included.
    #[serde(default = "total", with = "span")]
    pub total: Duration,
    /// Ask the next one, too, when there is no answer after so long; the first answer counts, both cost.
    #[serde(default, with = "optional_span", skip_serializing_if = "Option::is_none")]
    pub hedge: Option<Duration>,
    /// How often all are gone through.
    #[serde(default = "three")]
    pub rounds: u32,
    /// Longest answer, in tokens, for requests that do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// How long an answer serves the same request again.
    #[serde(default, with = "optional_span", skip_serializing_if = "Option::is_none")]
    pub cache: Option<Duration>,
    /// The cache also answers what means the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantic: Option<Semantic>,
}

/// How much alike two questions have to be that one answer serves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Semantic {
    /// The nearness of their vectors, at most 1.
    #[serde(default = "threshold")]
    pub threshold: f64,
}

/// A provider's model, over one connection or a pool of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Several of one provider share the load, and stand in for each other.
    #[serde(rename = "connection", with = "one_or_more")]
    pub connections: Vec<String>,
    /// As the provider calls it.
    pub model: String,
    /// `chat`, or `responses` for OpenAI's newer interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// The model whose price applies, where the name does not tell: a deployment of Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priced_as: Option<String>,
    /// Fields for every request, such as `reasoning_effort`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub options: Map<String, Value>,
}

const fn minute() -> Duration {
    Duration::from_secs(60)
}

const fn first_token() -> Duration {
    Duration::from_secs(30)
}

const fn total() -> Duration {
    Duration::from_secs(180)
}

const fn three() -> u32 {
    3
}

const fn threshold() -> f64 {
    crate::semantic::THRESHOLD
}

impl Definition {
    /// One provider, without fallback.
    pub fn of(target: Target) -> Self {
        Self {
            targets: vec![target],
            timeout: minute(),
            first_token: first_token(),
            total: total(),
            hedge: None,
            rounds: three(),
            max_tokens: None,
            cache: None,
            semantic: None,
        }
    }

    /// `connection/model`, asked for directly.
    pub fn direct(name: &str) -> Option<Self> {
        let (connection, model) = name.split_once('/')?;
        (!connection.is_empty() && !model.is_empty()).then(|| {
            Self::of(Target {
                connections: vec![connection.to_owned()],
                model: model.to_owned(),
                api: None,
                priced_as: None,
                options: Map::new(),
            })
        })
    }

    /// What cannot be meant, with its place.
    ///
    /// # Errors
    /// The first such place.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3_600));
        if !(1..=MOST).contains(&self.targets.len()) {
            return Err(("use", format!("names 1 to {MOST} providers")));
        }
        for target in &self.targets {
            if !(1..=MOST).contains(&target.connections.len()) {
                return Err(("use.connection", format!("names 1 to {MOST} connections")));
            }
            if target.model.is_empty() || target.model.len() > 200 {
                return Err(("use.model", "is a name of 1 to 200 characters".to_owned()));
            }
            if target.api.as_deref().is_some_and(|api| !["chat", "responses"].contains(&api)) {
                return Err(("use.api", "is `chat` or `responses`".to_owned()));
            }
        }
        for (name, span) in
            [("timeout", self.timeout), ("first_token", self.first_token), ("total", self.total)]
        {
            if span < second || span > hour {
                return Err((name, "is a time from 1s to 1h".to_owned()));
            }
        }
        if self.hedge.is_some_and(|hedge| hedge.is_zero() || hedge > hour) {
            return Err(("hedge", "is a time of at most 1h".to_owned()));
        }
        if json!(self).to_string().len() > LARGEST {
            return Err(("", format!("has at most {LARGEST} bytes as JSON")));
        }
        if !(1..=10).contains(&self.rounds) {
            return Err(("rounds", "is 1 to 10".to_owned()));
        }
        if self.cache.is_some_and(|span| span > Duration::from_secs(90 * 86_400)) {
            return Err(("cache", "is at most 90d".to_owned()));
        }
        if let Some(Semantic { threshold }) = self.semantic {
            if self.cache.is_none() {
                return Err(("semantic", "needs a time for `cache`, too".to_owned()));
            }
            if !(0.8..=1.0).contains(&threshold) {
                return Err(("semantic.threshold", "is a number from 0.8 to 1".to_owned()));
            }
        }
        Ok(())
    }
}

mod span {
    use super::*;

    pub fn serialize<S: Serializer>(span: &Duration, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&format_duration(*span))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        parse_duration(&text).map_err(|_| {
            serde::de::Error::custom(format!("`{text}` is no duration, such as 30s or 2m"))
        })
    }
}

mod optional_span {
    use super::*;

    pub fn serialize<S: Serializer>(span: &Option<Duration>, out: S) -> Result<S::Ok, S::Error> {
        span.map(format_duration).serialize(out)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        #[derive(Deserialize)]
        struct Span(#[serde(with = "span")] Duration);
        Ok(Option::<Span>::deserialize(from)?.map(|span| span.0))
    }
}

mod one_or_more {
    use super::*;

    pub fn serialize<S: Serializer>(names: &[String], out: S) -> Result<S::Ok, S::Error> {
        match names {
            [one] => one.serialize(out),
            many => many.serialize(out),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Names {
            One(String),
            Many(Vec<String>),
        }
        Ok(match Names::deserialize(from)? {
            Names::One(name) => vec![name],
            Names::Many(names) => names,
        })
    }
}
