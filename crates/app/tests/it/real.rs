//! A real language model, small and slow (`make test-model`): that what is made for models works with one,
//! and that one which understands little does no harm. These tests are ignored unless asked for;
//! `CODEX32_TEST_MODEL` names a server that speaks OpenAI's language.

use std::time::{Duration, Instant};

use codex32_testkit::sink::{Answer, Sink};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::server::{Server, post_as};

/// Every so manieth of the project's own sentences is drafted with the model.
const STRIDE: usize = 41;
/// No further sentence is begun after this.
const MINUTES: u64 = 15;

fn with_model() -> Server {
    let model = std::env::var("CODEX32_TEST_MODEL").unwrap();
    let server = Server::start_in(tempfile::tempdir().unwrap(), &["--allow-private-networks"]);
    let address = format!("base_url={model}");
    let add = ["connections", "add", "mine", "--connector", "openai_compatible"];
    let added = server.cli(&[&add[..], &["--auth", "server", "--set", &address]].concat());
    assert_eq!(added.code, 0, "{}", added.err);
    // One that is so slow is waited for, and asked once.
    let definition = json!({ "use": [{ "connection": "mine", "model": "small" }], "timeout": "10m",
        "first_token": "10m", "total": "10m", "rounds": 1 });
    server.write("model.json", &definition.to_string());
    let set = server.cli(&["models", "set", "small", "--definition", "@model.json"]);
    assert_eq!(set.code, 0, "{}", set.err);
    server
}

fn token(server: &Server) -> String {
    std::fs::read_to_string(server.data().join("owner-token")).unwrap().trim().to_owned()
}

/// Deploys a bot and runs it to its end.
fn ran(server: &Server, name: &str, text: &str, input: &Value) -> Value {
    let file = format!("{name}.yaml");
    server.write(&file, text);
    let deployed = server.cli(&["deploy", &file]);
    assert_eq!(deployed.code, 0, "{}", deployed.err);
    server.cli(&["trigger", name, "--input", &input.to_string(), "--wait", "--json"]).json()
}

#[test]
#[ignore = "needs a language model: make test-model"]
fn chats_and_streams() {
    let server = with_model();
    let url = format!("{}/v1/chat/completions", server.url);
    let mut asked = json!({ "model": "small", "max_tokens": 20, "temperature": 0,
        "messages": [{ "role": "user", "content": "What is the capital of France? One word." }] });
    let (status, body) = post_as(&url, &asked.to_string(), Some(&token(&server)));
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("Paris"), "{body}");
    asked["stream"] = json!(true);
    asked["messages"][0]["content"] = json!("What is the capital of Italy? One word.");
    let (status, body) = post_as(&url, &asked.to_string(), Some(&token(&server)));
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("data: {") && body.contains("data: [DONE]"), "{body}");
    let costs = server.cli(&["models", "costs", "--by", "model", "--json"]).json();
    assert_eq!(costs[0]["calls"], 2, "{costs}");
}

#[test]
#[ignore = "needs a language model: make test-model"]
fn keeps_to_a_schema() {
    let server = with_model();
    let bot = "\
bot: label
inputs: { title: string }
steps:
  - id: label
    ask: \"Is this a bug or a wish for a feature? {{ inputs.title }}\"
    model: small
    output: { label: { enum: [bug, feature] }, why: string }
  - return: \"{{ steps.label.label }}\"
";
    let run = ran(&server, "label", bot, &json!({ "title": "The program crashes at start" }));
    assert_eq!(run["state"], "succeeded", "{run}");
    assert_eq!(run["output"], "bug", "{run}");
}

#[test]
#[ignore = "needs a language model: make test-model"]
fn a_conversation_about_a_bot_comes_to_its_end() {
    let server = with_model();
    let sentence = "every day at 9 fetch https://a.example/orders and post it to #sales";
    let begun = server.cli(&["build", sentence, "--json"]).json();
    let id = begun["id"].as_str().unwrap().to_owned();
    let say = |words: &[&str]| {
        let said = server.cli(&[&["build", "--session", &id, "--json"][..], words].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        said.json()
    };
    // By rules.
    let hourly = say(&["--say", "make it hourly", "--accept"]);
    assert!(hourly["text"].as_str().unwrap().contains("0 * * * *"), "{hourly}");
    // By the model: what it proposes is a bot, and nothing changes unasked.
    let changed = say(&["--say", "post it if there are more than three orders"]);
    assert_eq!(changed["text"], hourly["text"]);
    let told = changed["messages"].as_array().unwrap().last().unwrap().clone();
    println!("it says: {}", told["text"]);
    if changed["proposal"].is_null() {
        assert_eq!(told["code"], "E-BUILD-006", "{told}");
    } else {
        assert_eq!(changed["proposal"]["by"], "model", "{changed}");
        let taken = say(&["--accept"]);
        server.write("taken.yaml", taken["text"].as_str().unwrap());
        assert_eq!(server.cli(&["check", "taken.yaml"]).code, 0, "{}", taken["text"]);
        assert!(taken["text"].as_str().unwrap().contains("#sales"), "{}", taken["text"]);
        say(&["--undo"]);
    }
    let why = say(&["--say", "why is step 1 needed?"]);
    assert_eq!(why["text"], hourly["text"], "{why}");
}

#[test]
#[ignore = "needs a language model: make test-model"]
fn an_agent_with_two_tools_comes_to_its_end() {
    let runtime = Runtime::new().unwrap();
    let sink = runtime.block_on(Sink::start(|_| Answer::text(200, "taken")));
    let server = with_model();
    server.write(
        "web-lookup.yaml",
        "bot: web-lookup\ndescription: Tells what a company makes.\ninputs: { name: string }\nsteps:\n  - return: \"{{ inputs.name }} makes anvils.\"\n",
    );
    assert_eq!(server.cli(&["deploy", "web-lookup.yaml"]).code, 0);
    let bot = format!(
        "\
bot: brief
inputs: {{ company: string }}
steps:
  - id: brief
    agent: \"What does {{{{ inputs.company }}}} make? Look it up with web-lookup, then say it in one sentence.\"
    model: small
    tools:
      - {{ call: web-lookup }}
      - {{ do: http.post, with: {{ url: \"{}\" }} }}
    limits: {{ turns: 4, timeout: 10m }}
  - return: \"{{{{ steps.brief }}}}\"
",
        sink.url("/in")
    );
    let run = ran(&server, "brief", &bot, &json!({ "company": "Acme" }));
    let id = run["id"].as_str().unwrap();
    let told = server.cli(&["run", "show", id, "--step", "brief"]);
    println!("{} {}\n{}", run["state"], run["output"], told.out);
    assert_eq!(run["state"], "succeeded", "{run}");
    assert!(told.out.contains("uses web-lookup"), "{}", told.out);
    assert!(run["output"].as_str().unwrap().contains("anvil"), "{run}");
}

#[test]
#[ignore = "needs a language model: make test-model"]
fn answers_from_documents_with_citations() {
    let server = with_model();
    server.write("leave.md", "# Handbook\n\n## Leave\n\nEverybody has thirty days of leave each year.\n\n## Travel\n\nTrains are paid in second class.\n");
    assert_eq!(server.cli(&["knowledge", "create", "handbook"]).code, 0);
    let added = server.cli(&["knowledge", "add", "handbook", "leave.md", "--wait"]);
    assert_eq!(added.code, 0, "{}", added.err);
    let bot = "\
bot: helpdesk
inputs: { question: string }
steps:
  - { id: reply, ask: \"{{ inputs.question }}\", model: small, sources: [handbook], output: { days: integer } }
  - return: { days: \"{{ steps.reply.answer.days }}\", cites: \"{{ steps.reply.citations.map(c => c.source) }}\" }
";
    let question = json!({ "question": "How many days of leave has everybody?" });
    let run = ran(&server, "helpdesk", bot, &question);
    println!("{}", run["output"]);
    assert_eq!(run["output"]["days"], 30, "{run}");
    assert_eq!(run["output"]["cites"], json!(["leave.md"]), "{run}");
}

#[test]
#[ignore = "needs a language model: make test-model"]
fn never_makes_a_right_draft_wrong() {
    let server = with_model();
    let set = include_str!("../../../author/tests/cases/wider.jsonl");
    let lines: Vec<&str> = set.lines().filter(|line| !line.trim().is_empty()).collect();
    let is_right = |line: &str, model: &[&str]| {
        server.write("case.jsonl", line);
        let args = [&["eval", "draft", "case.jsonl", "--json"][..], model].concat();
        let scored = server.cli(&args);
        assert_eq!(scored.code, 0, "{}", scored.err);
        scored.json()["right"] == 1
    };
    let until = Instant::now() + Duration::from_secs(MINUTES * 60);
    let (mut all, mut worse) = (0, Vec::new());
    for line in lines.into_iter().step_by(STRIDE) {
        if Instant::now() > until {
            break;
        }
        if !is_right(line, &[]) {
            continue;
        }
        all += 1;
        if !is_right(line, &["--model", "small"]) {
            worse.push(line);
        }
        println!("{all} right drafts shown to the model, {} of them worse after it", worse.len());
    }
    assert!(all > 0 && worse.is_empty(), "of {all}:\n{}", worse.join("\n"));
}
