//! Evaluations end to end: a server, a provider that is sometimes wrong, suites as files and stored, the gate.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use codex32_testkit::model::{Act, Asked, Provider};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::server::Server;

const BOT: &str = "\
bot: label
inputs: { title: string }
steps:
  - { id: source, set: \"{{ inputs.title.length > 10 ? 'long' : 'short' }}\" }
  - id: label
    ask: \"Label this {{ steps.source }} issue: {{ inputs.title }}\"
    model: fast
    output: { label: { enum: [bug, feature] } }
  - return: \"{{ steps.label.label }}\"
";

const SUITE: &str = "\
suite: labels
evaluates: { bot: label, step: label }
checks:
  - { at: label, matches: '^(bug|feature)$' }
cases:
  - name: crash
    inputs: { title: Crash at start }
    values: { steps: { source: long } }
    checks: [{ exact: { label: bug } }]
  - name: wish
    inputs: { title: I wish for a dark theme }
    values: { steps: { source: long } }
    checks: [{ at: label, exact: feature }]
";

struct Stage {
    /// Ends last.
    _runtime: Runtime,
    provider: Provider,
    server: Server,
}

impl Stage {
    fn new(script: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let provider = runtime.block_on(Provider::start(move |asked| match asked.path.as_str() {
            "/v1/models" => Act::Json(200, json!({ "data": [{ "id": "m" }] })),
            _ => script(asked),
        }));
        let server = Server::start_in(tempfile::tempdir().unwrap(), &["--allow-private-networks"]);
        let address = format!("base_url={}", provider.url());
        let add = ["connections", "add", "mine", "--connector", "openai_compatible"];
        well(&server, &[&add[..], &["--auth", "server", "--set", &address]].concat());
        well(&server, &["models", "set", "fast", "--use", "mine/quick", "--cache", "1h"]);
        well(&server, &["models", "set", "smart", "--use", "mine/slow"]);
        let price = ["models", "price", "set", "openai_compatible", "*", "--input", "1"];
        well(&server, &[&price[..], &["--output", "2"]].concat());
        Self { _runtime: runtime, provider, server }
    }

    fn questions(&self) -> Vec<Asked> {
        questions(&self.provider)
    }

    /// A suite's own prompt, asked; the provider answers with what the case is called after `say`.
    fn asked(&self, suite: &str) -> Value {
        self.server.write("own.yaml", suite);
        let ran = self.server.cli(&["eval", "suite", "own.yaml", "--json"]);
        assert!([0, 1].contains(&ran.code), "{}{}", ran.out, ran.err);
        ran.json()
    }
}

/// What models were asked; a connection that is added looks for them, too.
fn questions(provider: &Provider) -> Vec<Asked> {
    provider.asked().into_iter().filter(|asked| asked.path != "/v1/models").collect()
}

fn well(server: &Server, args: &[&str]) -> String {
    let ran = server.cli(args);
    assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
    ran.out
}

/// Right about wishes, and about crashes only where it is the slow one.
fn labels(asked: &Asked) -> Act {
    let slow = asked.body["model"] == "slow";
    let label = if asked.prompt().contains("Crash") && slow { "bug" } else { "feature" };
    Act::Say(format!("{{\"label\": \"{label}\"}}"))
}

/// Says what stands behind `say ` in the prompt.
fn echo(asked: &Asked) -> Act {
    let prompt = asked.prompt();
    Act::Say(prompt.split_once("say ").map_or(prompt, |(_, said)| said).to_owned())
}

#[test]
fn models_and_prompts_are_compared_and_the_gate_shuts() {
    let stage = Stage::new(labels);
    let server = &stage.server;
    server.write("label.yaml", BOT);
    well(server, &["deploy", "label.yaml"]);
    server.write("labels.yaml", SUITE);
    server.write("short.txt", "Label: {{ inputs.title }}\n");
    let suite = ["eval", "suite", "labels.yaml", "--model", "fast", "--model", "smart"];
    let more = ["--prompt", "@short.txt", "--repeat", "2"];
    let table = well(server, &[&suite[..], &more[..]].concat());
    for part in ["VARIANT", "PASS@1", "PASS^2", "$ A CASE", "P95", "fast + short", "smart"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(
        table.contains("exact: is {\"label\":\"feature\"}, and not {\"label\":\"bug\"}"),
        "{table}"
    );

    // Each of 4 variants × 2 cases × 2 repeats was asked: the cache gave nothing, although `fast` has one.
    assert_eq!(stage.questions().len(), 16);
    let ran = server.cli(&[&suite[..], &["--fail-under", "0.9", "--json"]].concat());
    assert_eq!(ran.code, 1, "fast is below: {}", ran.err);
    let told = ran.json();
    assert_eq!(told["gate"]["open"], false);
    assert!(told["gate"]["why"][0].as_str().unwrap().starts_with("fast: 50.0 %"), "{told}");
    let figures = |name: &str| {
        let all = told["figures"].as_array().unwrap();
        all.iter().find(|one| one["variant"] == name).unwrap().clone()
    };
    assert_eq!(figures("smart")["pass_at_1"], 1.0);
    assert_eq!(figures("fast")["cases"], json!({ "crash": 0.0, "wish": 1.0 }));
    assert!(figures("fast")["cost_usd"].as_f64().unwrap() > 0.0);
    let smart = ["eval", "suite", "labels.yaml", "--model", "smart", "--fail-under", "0.9"];
    let before = server.cli(&[&smart[..], &["--json"]].concat());
    assert_eq!(before.code, 0, "{}{}", before.out, before.err);

    // Against a baseline: as good as itself, and fast is worse than smart was.
    server.write("before.json", &before.out);
    let id = before.json()["id"].as_str().unwrap().to_owned();
    for baseline in ["before.json", &id] {
        let against = ["--baseline", baseline];
        let same = ["eval", "suite", "labels.yaml", "--model", "smart"];
        well(server, &[&same[..], &against[..]].concat());
        let worse = server.cli(&[&["eval", "suite", "labels.yaml"], &against[..]].concat());
        assert_eq!(worse.code, 1, "{}", worse.out);
        assert!(worse.out.contains("worse: crash"), "{}", worse.out);
        let may = ["--tolerance", "0.6"];
        well(server, &[&["eval", "suite", "labels.yaml"], &against[..], &may[..]].concat());
    }

    // What it cost stands apart from what bots cost, and sums to what the provider counted.
    let costs = server.cli(&["models", "costs", "--by", "evaluation", "--json"]).json();
    let lines = costs.as_array().unwrap();
    assert!(lines.iter().all(|line| line["of"].as_str().unwrap().starts_with("eval_")), "{costs}");
    let tokens: u64 = lines.iter().map(|line| line["input_tokens"].as_u64().unwrap()).sum();
    assert_eq!(tokens, stage.provider.counted().input, "{costs}");
    let of = |id: &str| lines.iter().find(|line| line["of"] == id).unwrap()["cost_usd"].clone();
    assert_eq!(of(&id), before.json()["cost_usd"]);
    let bots = server.cli(&["models", "costs", "--by", "bot", "--json"]).json();
    assert!(bots.as_array().unwrap().iter().all(|line| line["of"].is_null()), "{bots}");
}

#[test]
fn each_kind_of_check_says_yes_and_no() {
    let stage = Stage::new(|asked| {
        let system = asked.body["messages"][0]["content"].as_str().unwrap_or_default();
        if !system.contains("You judge an answer") {
            return echo(asked);
        }
        let pass = asked.prompt().contains("kind words");
        Act::Say(json!({ "pass": pass, "reason": "It is rude." }).to_string())
    });
    let checks = [
        ("exact: hello", "exact: bye", "is hello, and not bye"),
        ("schema: { minLength: 3 }", "schema: { minLength: 30 }", "shorter than 30"),
        ("contains: [he, lo]", "contains: [he, xy]", "does not contain “xy”"),
        ("not_contains: xy", "not_contains: ell", "contains “ell”"),
        ("matches: '^h.*o$'", "matches: '^o'", "nothing in it matches ^o"),
        ("expression: answer == inputs.say", "expression: answer.length > 9", "is false"),
        (
            "code: 'const n: number = answer.length; return n === 5 ? true : `no`'",
            "code: 'return `it has ${answer.length} letters`'",
            "it has 5 letters",
        ),
        ("code: 'return true'", "code: 'return answer.nothing.there'", "the code failed"),
    ];
    for (yes, no, said) in checks {
        let suite = |check: &str| {
            format!(
                "suite: own\nevaluates: {{ prompt: \"say {{{{ inputs.say }}}}\", model: fast }}\ncases:\n  \
                 - name: one\n    inputs: {{ say: hello }}\n    checks:\n      - {check}\n"
            )
        };
        let told = stage.asked(&suite(yes));
        assert_eq!(told["figures"][0]["passed"], 1, "{yes}: {}", told["wrong"]);
        let told = stage.asked(&suite(no));
        let fault = &told["wrong"][0]["faults"][0];
        assert_eq!(told["figures"][0]["passed"], 0, "{no}: {told}");
        assert!(fault["reason"].as_str().unwrap().contains(said), "{no}: {fault}");
        assert_eq!(fault["check"], no.split(':').next().unwrap());
        assert_eq!(told["wrong"][0]["answer"], "hello");
    }
    let judged = |say: &str| {
        stage.asked(&format!(
            "suite: own\nevaluates: {{ prompt: \"say {{{{ inputs.say }}}}\", model: fast, system: Be brief. }}\ncases:\n  \
             - name: one\n    inputs: {{ say: {say} }}\n    checks:\n      \
             - judge: {{ model: smart, rubric: \"It says {{{{ inputs.say }}}} politely.\" }}\n"
        ))
    };
    let told = judged("kind words");
    assert_eq!(told["figures"][0]["passed"], 1, "{}", told["wrong"]);
    assert!(told["figures"][0]["judging_usd"].as_f64().unwrap() > 0.0);
    let told = judged("go away");
    assert_eq!(told["wrong"][0]["faults"][0], json!({ "check": "judge", "reason": "It is rude." }));
    let asked = stage.questions();
    let plain = asked.iter().rfind(|asked| asked.prompt() == "say go away").unwrap();
    assert_eq!(plain.body["messages"][0], json!({ "role": "system", "content": "Be brief." }));
}

#[test]
fn an_answer_that_never_fits_the_step_is_wrong_and_no_answer_is_none() {
    let stage = Stage::new(|asked| match asked.prompt() {
        prompt if prompt.contains("breaks") => Act::Fail(400),
        _ => Act::Say("{\"label\": \"other\"}".into()),
    });
    let told = stage.asked(
        "suite: own\nevaluates: { prompt: \"{{ inputs.x }}\", model: fast, output: { label: { enum: [bug] } } }\n\
         cases:\n  - { name: unfit, inputs: { x: a } }\n  - { name: broken, inputs: { x: breaks } }\n",
    );
    let (unfit, broken) = (&told["wrong"][0], &told["wrong"][1]);
    assert_eq!(
        (&unfit["verdict"], &unfit["faults"][0]["check"]),
        (&json!("failed"), &json!("schema"))
    );
    assert_eq!(
        (&broken["verdict"], &broken["faults"][0]["check"]),
        (&json!("error"), &json!("answer"))
    );
    assert_eq!(told["figures"][0]["errors"], 1);
}

#[test]
fn what_a_run_saw_becomes_a_case_and_suites_have_versions() {
    let stage = Stage::new(labels);
    let server = &stage.server;
    server.write("label.yaml", BOT);
    well(server, &["deploy", "label.yaml"]);
    let input = "{\"title\": \"A dark theme\"}";
    let ran = server.cli(&["trigger", "label", "--input", input, "--wait", "--json"]).json();
    let run = ran["id"].as_str().unwrap();
    well(server, &["eval", "case", run, "label", "--suite", "from-runs"]);
    well(
        server,
        &["eval", "case", run, "label", "--suite", "from-runs", "--open", "--name", "by hand"],
    );
    let suite = server.cli(&["eval", "export", "from-runs", "--json"]).json();
    let case = &suite["cases"][0];
    assert_eq!(case["inputs"], json!({ "title": "A dark theme" }));
    assert_eq!(case["values"], json!({ "steps": { "source": "long" } }), "what the prompt uses");
    assert_eq!(case["checks"], json!([{ "exact": { "label": "feature" } }]));
    assert_eq!(suite["cases"][1]["checks"], Value::Null);
    well(server, &["eval", "suite", "from-runs", "--fail-under", "1"]);
    let last = stage.questions().pop().unwrap();
    assert_eq!(last.prompt(), "Label this long issue: A dark theme");

    // Its YAML is a suite as well; what is the same is no version of its own.
    let yaml = well(server, &["eval", "export", "from-runs"]);
    server.write("again.yaml", &yaml);
    let saved = well(server, &["eval", "save", "again.yaml"]);
    let listed = server.cli(&["eval", "suites", "--json"]).json();
    assert_eq!(listed["items"][0]["version"], 2, "{saved}{listed}");
    assert!(well(server, &["eval", "suites"]).contains("label, label"));
    let refused = server.cli(&["eval", "case", run, "source", "--suite", "from-runs"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("E-EVAL-004"), "{}", refused.err);
    well(server, &["eval", "remove", "from-runs"]);
    let gone = server.cli(&["eval", "suite", "from-runs"]);
    assert!(gone.code == 1 && gone.err.contains("E-API-404"), "{}", gone.err);
    assert!(well(server, &["eval", "runs"]).contains("from-runs"), "what came of it stays");
}

#[test]
fn what_cannot_be_evaluated_is_said_before_anything_is_asked() {
    let stage = Stage::new(labels);
    let server = &stage.server;
    let refused = |args: &[&str], code: &str| {
        let ran = server.cli(args);
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(ran.err.contains(code), "{code}: {}", ran.err);
    };
    server.write("labels.yaml", SUITE);
    refused(&["eval", "suite", "labels.yaml"], "E-EVAL-002");
    server.write("label.yaml", BOT);
    // A definition serves where the bot is not deployed.
    well(server, &["eval", "suite", "labels.yaml", "--bot", "label.yaml", "--model", "smart"]);
    let asked = stage.questions().len();
    well(server, &["deploy", "label.yaml"]);
    server.write("labels.yaml", &SUITE.replace("step: label", "step: source"));
    refused(&["eval", "suite", "labels.yaml"], "E-EVAL-002");
    server
        .write("labels.yaml", &SUITE.replace("values: { steps: { source: long } }", "values: {}"));
    refused(&["eval", "suite", "labels.yaml"], "E-EVAL-003");
    server.write("labels.yaml", &SUITE.replace("exact: feature", "exakt: feature"));
    refused(&["eval", "suite", "labels.yaml"], "E-EVAL-001");
    let many: Vec<String> = (0..60).map(|number| format!("  - name: c{number}\n")).collect();
    let big = format!(
        "suite: big\nevaluates: {{ prompt: hi }}\nmodels: [a, b]\nrepeat: 100\ncases:\n{}",
        many.concat()
    );
    server.write("big.yaml", &big);
    refused(&["eval", "suite", "big.yaml"], "E-EVAL-005");
    assert_eq!(stage.questions().len(), asked);
    assert_eq!(server.cli(&["eval", "suite", "big.yaml", "--fail-under", "7"]).code, 2);
}

const AGENT: &str = "\
bot: brief
inputs: { company: string }
steps:
  - id: brief
    agent: \"Prepare a brief on {{ inputs.company }}\"
    model: smart
    tools: [{ call: web-lookup, with: { depth: 3 } }]
    output: { summary: string }
  - return: \"{{ steps.brief.summary }}\"
";

#[test]
fn an_agent_works_with_what_the_case_gives_its_tools() {
    let stage = Stage::new(|asked| match asked.turns() {
        0 => Act::Use(vec![("web-lookup".into(), "{\"name\": \"Acme\"}".into())]),
        _ => {
            let messages = asked.body["messages"].to_string();
            let known = if messages.contains("makes anvils") { "Anvils." } else { "Nothing." };
            Act::Say(json!({ "summary": known }).to_string())
        }
    });
    let server = &stage.server;
    server.write("lookup.yaml", "bot: web-lookup\ninputs: { name: string, depth: { type: integer, default: 1 } }\nsteps:\n  - return: \"{{ inputs.name }} makes anvils\"\n");
    server.write("brief.yaml", AGENT);
    well(server, &["deploy", "lookup.yaml"]);
    well(server, &["deploy", "brief.yaml"]);
    server.write(
        "briefs.yaml",
        "suite: briefs\nevaluates: { bot: brief, step: brief }\ncases:\n  - name: acme\n    inputs: { company: Acme }\n    \
         tools: [{ tool: web-lookup, gives: It makes anvils }]\n    checks:\n      - { at: summary, exact: Anvils. }\n      \
         - expression: uses.length == 1 && uses[0].with.name == 'Acme'\n  - name: unknown\n    inputs: { company: Acme }\n    \
         checks: [{ at: summary, exact: Anvils. }]\n",
    );
    let ran = server.cli(&["eval", "suite", "briefs.yaml", "--json"]);
    let told = ran.json();
    assert_eq!(told["figures"][0]["cases"], json!({ "acme": 1.0, "unknown": 0.0 }), "{told}");
    assert_eq!(told["wrong"][0]["uses"][0]["tool"], "web-lookup");
    assert!(told["figures"][0]["cost_usd"].as_f64().unwrap() > 0.0);
    let runs = server.cli(&["runs", "--json"]).json();
    assert_eq!(runs["items"], json!([]), "no tool was used for real");

    // A run of it becomes a case with what its tools gave.
    let input = "{\"company\": \"Acme\"}";
    let ran = server.cli(&["trigger", "brief", "--input", input, "--wait", "--json"]).json();
    let run = ran["id"].as_str().unwrap();
    well(server, &["eval", "case", run, "brief", "--suite", "recorded"]);
    let suite = server.cli(&["eval", "export", "recorded", "--json"]).json();
    assert_eq!(suite["cases"][0]["tools"][0]["gives"], "Acme makes anvils", "{suite}");
    well(server, &["eval", "suite", "recorded", "--fail-under", "1"]);
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
    }
}

#[test]
fn an_evaluation_goes_on_after_a_death_and_asks_only_what_is_left() {
    let first = AtomicBool::new(true);
    let stage = Stage::new(move |asked| match asked.prompt() {
        // The last question is on its way when the server dies.
        "q9" if first.swap(false, Ordering::SeqCst) => Act::Stall,
        _ => Act::Say("yes".into()),
    });
    let cases: String = (0..10)
        .map(|number| {
            format!("  - {{ name: c{number}, inputs: {{ x: q{number} }}, checks: [exact: yes] }}\n")
        })
        .collect();
    let suite = format!(
        "suite: long\nevaluates: {{ prompt: \"{{{{ inputs.x }}}}\", model: fast }}\ncases:\n{cases}"
    );
    let suite = suite.replace("[exact: yes]", "[{ exact: \"yes\" }]");
    let Stage { _runtime, provider, server } = stage;
    let token = std::fs::read_to_string(server.data().join("owner-token")).unwrap();
    let body = json!({ "definition": suite, "at_once": 1 }).to_string();
    let url = format!("{}/api/v1/evaluations/runs", server.url);
    let (status, begun) = crate::server::post_as(&url, &body, Some(token.trim()));
    assert_eq!(status, 201, "{begun}");
    let begun: Value = serde_json::from_str(&begun).unwrap();
    let id = begun["id"].as_str().unwrap().to_owned();
    until("the last question", || questions(&provider).len() == 10);
    let shown = server.cli(&["eval", "show", &id, "--json"]).json();
    assert_eq!((&shown["state"], &shown["answered"]), (&json!("running"), &json!(9)));

    let server = Server::start_in(server.kill(), &["--allow-private-networks"]);
    until("its end", || server.cli(&["eval", "show", &id, "--json"]).json()["state"] == "done");
    let shown = server.cli(&["eval", "show", &id, "--json"]).json();
    assert_eq!((&shown["answered"], &shown["passed"]), (&json!(10), &json!(10)));
    assert_eq!(questions(&provider).len(), 11, "only what had no answer was asked again");
    // On the disk there is no prompt and no answer as it was.
    let database = std::fs::read(server.data().join("codex32.db")).unwrap();
    assert!(!database.windows(11).any(|part| part == b"\"prompt\":\"q3"), "prompts are sealed");
}

#[test]
fn a_budget_ends_an_evaluation_and_a_cancel_does() {
    let stage =
        Stage::new(|asked| if asked.prompt() == "wait" { Act::Stall } else { labels(asked) });
    let server = &stage.server;
    server.write(
        "own.yaml",
        "suite: own\nevaluates: { prompt: hi, model: fast }\ncases: [{ name: one }]\n",
    );
    well(server, &["models", "budget", "set", "day", "0.000001"]);
    let ran = server.cli(&["eval", "suite", "own.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("not carried out to its end"), "{}", ran.out);
    well(server, &["models", "budget", "set", "day", "5"]);

    let token = std::fs::read_to_string(server.data().join("owner-token")).unwrap();
    let url = format!("{}/api/v1/evaluations/runs", server.url);
    let suite = "suite: own\nevaluates: { prompt: wait, model: fast }\ncases: [{ name: one }]\n";
    let body = json!({ "definition": suite }).to_string();
    let (_, begun) = crate::server::post_as(&url, &body, Some(token.trim()));
    let begun: Value = serde_json::from_str(&begun).unwrap();
    let id = begun["id"].as_str().unwrap();
    until("the question", || stage.provider.asked().iter().any(|asked| asked.prompt() == "wait"));
    let (status, body) =
        crate::server::post_as(&format!("{url}/{id}/cancel"), "{}", Some(token.trim()));
    assert_eq!(status, 200, "{body}");
    let shown = server.cli(&["eval", "show", id, "--json"]).json();
    assert_eq!(shown["state"], "cancelled");
}

#[test]
fn the_example_of_the_guide_runs() {
    let guide = include_str!("../../../../docs/evaluations.md");
    let blocks: Vec<&str> =
        guide.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let stage = Stage::new(|asked| {
        let label = if asked.prompt().contains("crashes") { "bug" } else { "feature" };
        Act::Say(json!({ "label": label }).to_string())
    });
    let server = &stage.server;
    server.write("label.yaml", blocks[0]);
    server.write("labels.yaml", blocks[1]);
    well(server, &["deploy", "label.yaml"]);
    let models = ["--model", "fast", "--model", "smart"];
    let suite = ["eval", "suite", "labels.yaml", "--repeat", "3", "--fail-under", "1"];
    let table = well(server, &[&suite[..], &models[..]].concat());
    assert!(table.contains("PASS^3") && table.contains("6/6"), "{table}");
    // What the guide says of checks can be read.
    for block in &blocks[2..] {
        let suite = match *block {
            own if own.starts_with("suite:") => format!(
                "{own}cases: [{{ name: one, inputs: {{ name: Ada, language: French }} }}]\n"
            ),
            checks if checks.starts_with("checks:") => format!(
                "suite: own\nevaluates: {{ prompt: hi }}\n{checks}cases: [{{ name: one }}]\n"
            ),
            cases => format!("suite: own\nevaluates: {{ prompt: hi }}\ncases:\n{cases}"),
        };
        server.write("own.yaml", &suite);
        well(server, &["eval", "save", "own.yaml"]);
    }
}
