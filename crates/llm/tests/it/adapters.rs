//! Every adapter against exchanges of the vendors' own documentation, in `exchanges/`: what is sent, and
//! what is read, whole and in pieces.

use std::collections::BTreeMap;

use codex32_connectors::{Credentials, builtin, validate_connection};
use codex32_llm::ChatRequest;
use codex32_llm::chat::{Gathered, Reply, Usage};
use codex32_llm::provider::{Adapter, CONNECTORS, To, adapter};
use codex32_model::Value as ModelValue;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    title: String,
    connection: Connection,
    api: Option<String>,
    model: String,
    #[serde(default)]
    options: Map<String, Value>,
    request: Option<Value>,
    texts: Option<Vec<String>>,
    sends: Sends,
    answer: Option<Value>,
    stream: Option<Vec<Piece>>,
    reads: Option<Reads>,
    /// A part of the message.
    fails: Option<String>,
}

#[derive(Deserialize)]
struct Connection {
    connector: String,
    kind: String,
    fields: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sends {
    url: String,
    headers: BTreeMap<String, String>,
    /// The region of a signature.
    signs: Option<String>,
    body: Value,
}

#[derive(Deserialize)]
struct Piece {
    #[serde(default)]
    event: String,
    data: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reads {
    text: Option<String>,
    finish: Option<String>,
    #[serde(default)]
    calls: Vec<Value>,
    vectors: Option<Vec<Value>>,
    usage: Option<Usage>,
}

fn credentials(connection: &Connection) -> Credentials {
    let fields = ModelValue::from_json(&connection.fields.to_string()).unwrap();
    let fields = fields.as_object().unwrap();
    validate_connection(builtin(), &connection.connector, &connection.kind, fields).unwrap()
}

#[test]
fn what_is_sent_and_read_is_what_the_vendors_document() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/exchanges");
    let mut seen = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let exchanges: Vec<Exchange> = serde_saphyr::from_str(&text).unwrap();
        for exchange in &exchanges {
            check(exchange);
            let (whole, streamed) =
                seen.entry(exchange.connection.connector.clone()).or_insert((0, 0));
            *whole += u32::from(exchange.answer.is_some());
            *streamed += u32::from(exchange.stream.is_some());
        }
    }
    for connector in CONNECTORS.into_iter().filter(|name| *name != "replay") {
        let (whole, streamed) = seen.get(connector).copied().unwrap_or_default();
        assert!(whole + streamed > 0, "{connector} has no exchange");
    }
    for connector in ["openai", "anthropic", "gemini", "bedrock"] {
        let (whole, streamed) = seen[connector];
        assert!(whole > 0 && streamed > 0, "{connector}: {whole} whole, {streamed} streamed");
    }
}

fn check(exchange: &Exchange) {
    let title = &exchange.title;
    let credentials = credentials(&exchange.connection);
    let adapter = adapter(credentials.connector(), exchange.api.as_deref()).unwrap();
    let to = To { credentials: &credentials, model: &exchange.model, options: &exchange.options };
    let request: Option<ChatRequest> =
        exchange.request.clone().map(|request| serde_json::from_value(request).unwrap());
    let wire = match (&request, &exchange.texts) {
        (Some(request), _) => adapter.chat(to, request, exchange.stream.is_some()).unwrap(),
        (None, Some(texts)) => adapter.embeddings(to, texts, &Map::new()).unwrap(),
        (None, None) => panic!("{title}: asks nothing"),
    };
    assert_eq!(wire.url, exchange.sends.url, "{title}");
    let headers = wire.headers.iter().chain(&wire.credentials);
    let headers: BTreeMap<String, String> =
        headers.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    assert_eq!(headers, exchange.sends.headers, "{title}");
    assert_eq!(wire.sign.map(|sign| sign.region), exchange.sends.signs, "{title}");
    assert_eq!(wire.body, exchange.sends.body, "{title}\n{}", json!(wire.body));

    if let Some(texts) = &exchange.texts {
        let (vectors, usage) = adapter.read_embeddings(exchange.answer.as_ref().unwrap()).unwrap();
        let reads = exchange.reads.as_ref().unwrap();
        assert_eq!(vectors.len(), texts.len());
        assert_eq!((Some(vectors), usage), (reads.vectors.clone(), reads.usage), "{title}");
        return;
    }
    let request = request.unwrap();
    let read = match (&exchange.answer, &exchange.stream) {
        (Some(answer), _) => adapter.read(&request, answer.clone()).map_err(|error| error.0),
        (None, Some(pieces)) => streamed(adapter, &request, pieces),
        (None, None) => panic!("{title}: gets nothing"),
    };
    match (&exchange.fails, read) {
        (Some(part), Err(message)) => assert!(message.contains(part), "{title}: {message}"),
        (None, Ok(reply)) => compare(title, &reply, exchange.reads.as_ref().unwrap()),
        (_, other) => panic!("{title}: {other:?}"),
    }
}

fn streamed(
    adapter: &dyn Adapter,
    request: &ChatRequest,
    pieces: &[Piece],
) -> Result<Reply, String> {
    let mut reader = adapter.reader(request);
    let mut gathered = Gathered::default();
    for Piece { event, data } in pieces {
        for chunk in reader.piece(event, data).map_err(|error| error.0)? {
            gathered.add(&chunk);
        }
    }
    assert!(gathered.is_whole());
    Ok(gathered.finish())
}

fn compare(title: &str, reply: &Reply, reads: &Reads) {
    assert_eq!(Some(reply.text()), reads.text.as_deref(), "{title}");
    assert_eq!(Some(reply.finish()), reads.finish.as_deref(), "{title}");
    assert_eq!(reply.usage, reads.usage, "{title}");
    assert_eq!(Usage::of(&reply.body["usage"]), reads.usage, "{title}");
    let calls: Vec<Value> = reply
        .tool_calls()
        .iter()
        .map(|call| {
            let arguments = call["function"]["arguments"].as_str().unwrap();
            json!({ "id": call["id"], "name": call["function"]["name"],
                "arguments": serde_json::from_str::<Value>(arguments).unwrap() })
        })
        .collect();
    assert_eq!(calls, reads.calls, "{title}");
    // Told again in pieces, it is the same.
    let mut again = Gathered::default();
    for chunk in reply.to_chunks() {
        again.add(&chunk);
    }
    let again = again.finish();
    assert_eq!((again.text(), again.finish()), (reply.text(), reply.finish()), "{title}");
    assert_eq!(again.tool_calls().len(), reply.tool_calls().len(), "{title}");
}
