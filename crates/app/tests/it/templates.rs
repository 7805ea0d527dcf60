//! The template bots of the repository's folder `bots/`.

use std::path::Path;

use crate::command::{codex32, with_stdin};

#[test]
fn every_file_of_the_folder_is_a_template() {
    let folder = tempfile::tempdir().unwrap();
    let bots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bots");
    let mut files: Vec<String> = std::fs::read_dir(bots)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    let listed = codex32(folder.path(), &["templates", "--json"]).json();
    let items = listed["items"].as_array().unwrap();
    let mut names: Vec<_> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, files);
    assert!(items.iter().all(|item| item["description"].as_str().is_some_and(|d| d.len() > 20)));
}

#[test]
fn new_can_name_the_bot() {
    let folder = tempfile::tempdir().unwrap();
    let ran = codex32(folder.path(), &["new", "uptime-check", "--name", "shop-is-up"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("bot: shop-is-up\n"), "{}", ran.out);
    assert_eq!(codex32(folder.path(), &["new", "uptime-check", "--name", "Shop!"]).code, 2);
}

/// How a template is rehearsed so that its main path is taken.
struct Main {
    template: &'static str,
    input: &'static str,
    /// What steps give, by id.
    samples: &'static [(&'static str, &'static str)],
    /// The writes that would be done: the step's address (or a part of it), and what is sent there.
    done: &'static [(&'static str, &'static str)],
}

const MAIN: &[Main] = &[
    Main {
        template: "webhook-to-slack",
        input: r#"{"title": "Deployed"}"#,
        samples: &[],
        done: &[("post", "*Deployed*")],
    },
    Main {
        template: "feed-digest",
        input: "{}",
        samples: &[(
            "posts",
            r#"[{"id": "1", "title": "Spring", "link": "https://blog.example.com/spring"}]"#,
        )],
        done: &[("do#", "https://blog.example.com/spring")],
    },
    Main {
        template: "uptime-check",
        input: r#"{"tries": 1}"#,
        samples: &[("page", r#"{"status": 503, "headers": {}, "body": ""}"#)],
        done: &[("do#", "https://example.com/")],
    },
    Main {
        template: "form-to-sheet",
        input: r#"{"name": "Ada", "email": "ada@example.com"}"#,
        samples: &[],
        done: &[("row", "ada@example.com"), ("do#", "Hello Ada")],
    },
    Main {
        template: "invoice-reminder",
        input: "{}",
        samples: &[(
            "invoices",
            r#"{"status": 200, "headers": {}, "body": [{"number": 1, "due": "2020-01-01", "total": 7, "email": "a@example.com"}]}"#,
        )],
        done: &[("mails[0]", "Invoice 1 is overdue"), ("do#", "1 reminders sent")],
    },
    Main {
        template: "support-triage",
        input: r#"{"from": "ada@example.com", "subject": "Refund", "text": "Please refund my last invoice."}"#,
        samples: &[],
        done: &[("billing", "billing@example.com"), ("do#", "(billing)")],
    },
    Main {
        template: "lead-routing",
        input: r#"{"email": "ada@example.com", "company": "Analytical", "budget": 20000}"#,
        samples: &[],
        done: &[
            ("enterprise/do#", "Analytical: 20000"),
            ("enterprise/do#", "Call Analytical today"),
        ],
    },
    Main {
        template: "lead-scoring",
        input: r#"{"email": "ada@analytical.example", "company": "Analytical", "employees": 300, "message": "A demo, please"}"#,
        samples: &[],
        done: &[("do#", "\"points\":85"), ("then/do#", "85 points")],
    },
    Main {
        template: "github-issue-alert",
        input: r#"{"action": "opened", "issue": {"number": 7, "title": "It burns", "html_url": "https://github.com/acme/shop/issues/7", "labels": [{"name": "urgent"}]}, "repository": {"full_name": "acme/shop"}}"#,
        samples: &[],
        done: &[("do#", "acme/shop#7> It burns")],
    },
    Main {
        template: "order-fulfilment",
        input: r#"{"id": 1001, "email": "ada@example.com", "line_items": [{"sku": "A-1", "quantity": 2, "price": "9.00"}], "shipping_address": {"city": "London"}}"#,
        samples: &[],
        done: &[("shipment", r#"[{"sku":"A-1","quantity":2}]"#), ("do#", "Order 1001")],
    },
    Main {
        template: "payment-failed",
        input: r#"{"id": "evt_1", "type": "invoice.payment_failed", "data": {"object": {"id": "in_1", "amount_due": 4900, "currency": "eur", "customer_email": "ada@example.com", "hosted_invoice_url": "https://pay.example.com/in_1"}}}"#,
        samples: &[],
        done: &[("do#", "49 EUR"), ("then/do#", "Reminder: 49 EUR"), ("then/do#", "owes 49 EUR")],
    },
    Main {
        template: "refund-approval",
        input: r#"{"payment": "pi_1", "amount": 9900, "email": "ada@example.com"}"#,
        samples: &[("ok", r#"{"approved": true, "form": {"note": "Sorry!"}}"#)],
        done: &[("refund", r#""amount":9900"#), ("do#", "We have paid 99 back. Sorry!")],
    },
    Main {
        template: "weekly-report",
        input: "{}",
        samples: &[
            ("sales", r#"[{"product": "Tea", "total": 150}, {"product": "Cup", "total": 400}]"#),
            ("earlier", r#"[{"product": "Tea", "total": 100}]"#),
        ],
        done: &[("do#", "Cup: 400 (new)\\nTea: 150 (+50 %)")],
    },
    Main {
        template: "nightly-export",
        input: "{}",
        samples: &[(
            "orders",
            r#"[{"id": 1, "customer": "A \"B\"", "total": 9.5, "created_at": "2026-11-21"}]"#,
        )],
        done: &[("file", r#"\"1\",\"A \"\"B\"\"\",\"9.5\""#), ("do#", "1 orders on")],
    },
    Main {
        template: "contract-reminder",
        input: r#"{"days": 40000}"#,
        samples: &[
            (
                "contracts",
                r#"[{"id": 1, "name": "Office", "owner_email": "ada@example.com", "notice_until": "2099-03-31"}]"#,
            ),
            ("people", "[]"),
        ],
        done: &[("do#", "Office: decide until 31.03.2099")],
    },
    Main {
        template: "meeting-reminder",
        input: r#"{"title": "Stand-up", "at": "2020-01-01T10:00:00Z"}"#,
        samples: &[],
        done: &[("do#", "In 10 minutes: *Stand-up*")],
    },
    Main {
        template: "price-watch",
        input: "{}",
        samples: &[
            ("product", r#"{"status": 200, "headers": {}, "body": {"price": 80}}"#),
            ("known", "100"),
        ],
        done: &[("do#", "Price down by -20 %")],
    },
    Main {
        template: "page-watch",
        input: "{}",
        samples: &[
            (
                "page",
                r#"{"status": 200, "headers": {}, "body": "<body><script>1</script><p>New   terms</p></body>"}"#,
            ),
            ("known", "\"another\""),
        ],
        done: &[("do#", "It begins now: New terms")],
    },
    Main {
        template: "backup-check",
        input: "{}",
        samples: &[(
            "files",
            r#"[{"path": "backups/1.gz", "size": 90000000, "modified": "2020-01-01T02:00:00Z"}]"#,
        )],
        done: &[("do#", "backups/1.gz, is older than a day")],
    },
];

#[test]
fn every_template_goes_its_main_way() {
    let folder = tempfile::tempdir().unwrap();
    let listed = codex32(folder.path(), &["templates", "--json"]).json();
    let mut names: Vec<_> = MAIN.iter().map(|main| main.template.to_owned()).collect();
    let listed = listed["items"].as_array().unwrap();
    let mut wanted: Vec<_> =
        listed.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    wanted.sort();
    assert_eq!(names, wanted, "each template has its rehearsal here");
    for main in MAIN {
        let name = main.template;
        let text = codex32(folder.path(), &["new", name]).out;
        let checked = with_stdin(folder.path(), &["check", "-", "--json"], text.as_bytes()).json();
        assert_eq!(checked["diagnostics"], serde_json::json!([]), "{name}");
        let samples: Vec<_> =
            main.samples.iter().map(|(step, value)| format!("--sample={step}={value}")).collect();
        let mut args = vec!["try", "-", "--json", "--input", main.input];
        args.extend(samples.iter().map(String::as_str));
        let ran = with_stdin(folder.path(), &args, text.as_bytes());
        assert_eq!(ran.code, 0, "{name}: {} {}", ran.out, ran.err);
        let report = ran.json();
        let steps = report["steps"].as_array().unwrap();
        let mut shown = steps.iter().filter(|step| step["answered_by"] == "shown");
        for (step, sent) in main.done {
            let found = shown.by_ref().find(|s| s["address"].as_str().unwrap().contains(step));
            let found = found.unwrap_or_else(|| panic!("{name}: no {step} in {report:#}"));
            let input = found["input"].to_string();
            assert!(input.contains(sent), "{name}: {step} sends {input}");
        }
        assert!(shown.next().is_none(), "{name}: more is done: {report:#}");
    }
}
