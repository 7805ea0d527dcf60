//! The same verb means different deeds with different objects: `run the bot`, `trigger the event`,
//! `ask … for approval`, `call https://…`.

use super::Intent;
use crate::lexicon::{Ai, Op};
use crate::text::{Kind, Lang, Token};

const METHODS: [(&str, &str); 6] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
    ("head", "HEAD"),
];

pub fn op(intent: &mut Intent<'_>, verb: Option<&Token>, rest: &mut Vec<Token>, lang: Lang) {
    let low = verb.map_or("", |verb| verb.low.as_str());
    let url = rest.iter().any(|token| token.kind == Kind::Url);
    let target = url || rest.iter().any(|token| matches!(token.kind, Kind::Email | Kind::Channel));
    method(intent, verb, rest);
    let held = rest.clone();
    let word = |words: &[&str]| held.iter().any(|token| token.any(words));
    // What someone is asked for.
    let approval = word(&[
        "approval",
        "sign-off",
        "permission",
        "approve",
        "confirmation",
        "freigabe",
        "genehmigung",
        "zustimmung",
        "bestaetigung",
        "go-ahead",
        "freizugeben",
        "erlaubnis",
    ]);
    let ok = word(&["ok", "okay", "blessing", "consent", "yes", "nod"])
        && held
            .iter()
            .any(|token| token.kind == Kind::Email || token.any(crate::lexicon::people::OUTSIDE))
        && matches!(intent.op, Op::Fetch | Op::Other | Op::Notify | Op::Wait)
        && !url;
    let approval = approval || ok;
    if approval
        && matches!(
            intent.op,
            Op::Other | Op::Fetch | Op::Notify | Op::Wait | Op::Approve | Op::Send
        )
        && intent.op != Op::Email
    {
        intent.op = Op::Approve;
        return;
    }
    if word(&["bot", "bots"])
        && matches!(
            intent.op,
            Op::Run | Op::Fetch | Op::Other | Op::Notify | Op::Emit | Op::Send | Op::Return
        )
        && !url
        && !held.iter().any(|token| matches!(token.kind, Kind::Email | Kind::Channel))
        || intent.op == Op::Run && !url
    {
        intent.op = Op::Run;
        return;
    }
    let of_event = held.windows(2).any(|pair| {
        pair[1].any(&["event", "ereignis"])
            && pair[0]
                .any(&["in", "of", "from", "by", "with", "im", "aus", "vom", "des", "dem", "event"])
    }) || held.windows(3).any(|three| {
        three[2].any(&["event", "ereignis"])
            && three[1].any(&["the", "dem", "this", "that", "des"])
            && three[0].any(&["in", "of", "from", "by", "with", "im", "aus", "von"])
    });
    if word(&["event", "ereignis"])
        && !word(&["calendar", "kalender"])
        && !of_event
        && matches!(intent.op, Op::Send | Op::Other | Op::Emit | Op::Run)
        && !target
    {
        intent.op = Op::Emit;
        return;
    }
    if intent.op == Op::Other && word(&["nothing", "nichts"]) {
        intent.op = Op::Stop;
        return;
    }
    // `get an email at …`, `get a message in #…`
    if intent.op == Op::Fetch && target && !url {
        let mail = held.iter().any(|token| token.kind == Kind::Email);
        intent.op = if mail { Op::Email } else { Op::Notify };
        rest.retain(|token| {
            !token.any(&["email", "mail", "e-mail", "notified", "informed", "told"])
        });
    }
    if matches!(intent.op, Op::Notify | Op::Send) && word(&["caller", "aufrufer"]) && !target {
        intent.op = Op::Respond;
        rest.retain(|token| !token.any(&["caller", "aufrufer", "the", "dem", "to"]));
        if rest.is_empty() {
            rest.extend(verb.cloned());
        }
        return;
    }
    // `call +1…`, `rufe +49… an`: somebody is called, nothing is read.
    let phone = held.iter().any(|token| token.kind == Kind::Phone);
    // `list the open issues in #ops`: told there.
    let told = held.iter().any(|token| matches!(token.kind, Kind::Email | Kind::Channel));
    if matches!(intent.op, Op::Other | Op::Fetch)
        && ["list", "show", "auflisten", "liste", "zeige", "zeigen", "anzeigen"].contains(&low)
        && told
        && !url
    {
        intent.op = Op::Send;
    }
    let number = word(&["number", "phone", "telefon", "nummer", "telefonnummer", "handy"])
        && ["call", "rufe", "ruf", "anrufen", "ruft"].contains(&low)
        && !word(&["bot", "bots", "api"]);
    if intent.op == Op::Fetch && (phone || number) && !url {
        intent.op = Op::Other;
    }
    // `keep an eye on https://…`
    if word(&["eye", "auge"]) && url {
        intent.op = Op::Fetch;
        rest.retain(|token| !token.any(&["eye", "an", "auge", "keep"]));
    }
    // Separable prefixes.
    if lang == Lang::De {
        let tail = |words: &[&str]| rest.iter().any(|token| token.any(words));
        intent.op = match intent.op {
            Op::Return if tail(&["bescheid"]) => Op::Notify,
            // `das Feld frei zurückgeben` names a field.
            Op::Return
                if tail(&["frei"])
                    && !held.windows(2).any(|pair| pair[0].is("feld") && pair[1].is("frei")) =>
            {
                Op::Approve
            }
            Op::Send if low.starts_with("stelle") && !target => Op::Other,
            Op::Notify if low.starts_with("frag") && tail(&["ab"]) => Op::Fetch,
            Op::Fetch if low.starts_with("ruf") && tail(&["bot"]) => Op::Run,
            op => op,
        };
        let field = held.windows(2).any(|pair| pair[0].is("feld") && pair[1].is("frei"));
        // `aus Jira` tells where something comes from; a part of the verb comes last.
        let last = rest.last().map(|last| last.at.clone());
        rest.retain(|token| {
            field && token.is("frei")
                || token.is("aus") && last.as_ref().is_some_and(|last| *last != token.at)
                || !token.any(&[
                    "ab", "weiter", "zurueck", "frei", "zusammen", "bescheid", "ein", "an", "auf",
                    "mit", "hin", "los", "aus", "hoch",
                ])
        });
    }
    // `sort … into a, b or c with AI`
    let sorts = held.iter().chain(verb).any(|token| {
        token.any(&[
            "sort",
            "sorts",
            "label",
            "labels",
            "rate",
            "rates",
            "tag",
            "tags",
            "mark",
            "group",
            "judge",
            "grade",
            "assign",
            "sortiere",
            "sortieren",
            "bewerte",
            "bewerten",
            "markiere",
            "einstufen",
            "stufe",
            "einsortieren",
            "einschaetzen",
            "einteilen",
        ])
    }) && held.iter().any(|token| token.any(&["or", "oder"]));
    if intent.ai && sorts && matches!(intent.op, Op::Other | Op::Fetch | Op::Notify) && !url {
        intent.op = Op::Ai(Ai::Classify);
    }
    if intent.ai && matches!(intent.op, Op::Other | Op::Notify | Op::Fetch | Op::Retry) && !target {
        intent.op = Op::Ai(Ai::Write);
    }
    if intent.op == Op::Log && url {
        intent.op = Op::Send;
    }
    // `write … to the log`
    if matches!(intent.op, Op::Send | Op::Other | Op::Notify)
        && word(&["log", "protokoll", "logbuch"])
        && !target
    {
        intent.op = Op::Log;
        if let Some(at) = rest.iter().position(|token| token.any(&["log", "protokoll", "logbuch"]))
        {
            super::cut(rest, at, 1);
        }
        return;
    }
    if intent.op == Op::Return && (word(&["back"]) || low == "give") {
        rest.retain(|token| !token.is("back"));
    }
    // `send back`, `send it back`
    if intent.op == Op::Send
        && let Some(at) = rest.iter().take(3).position(|token| token.is("back"))
        && (at == 0 || !target)
    {
        rest.remove(at);
        intent.op = if target { Op::Send } else { Op::Return };
    }
    if intent.op == Op::Notify {
        // `let me know`, `let #ops know`
        let filler = |token: &Token| token.is("know") || low == "let" && token.is("that");
        rest.retain(|token| !filler(token));
        if low == "text" || low == "page" || low == "message" {
            intent.op = Op::Notify;
        }
    }
    if low == "ping" && !url {
        let people = rest
            .iter()
            .any(|token| token.kind == Kind::Channel || token.any(crate::lexicon::people::OUTSIDE));
        if people {
            intent.op = Op::Notify;
        }
    }
    // `ask in #social who joins`
    if low == "ask" && !intent.ai {
        intent.op = Op::Notify;
    }
    if url && intent.op == Op::Remember {
        intent.op = Op::Fetch;
    }
    if url && matches!(intent.op, Op::Other | Op::Emit | Op::Run | Op::Notify | Op::Remember) {
        intent.op = match low {
            "delete" | "remove" => Op::Delete,
            "update" | "replace" | "aktualisiere" | "aktualisieren" => Op::Put,
            "search" | "find" | "list" | "parse" | "suche" | "finde" | "use" | "validate"
            | "verify" | "take" | "nimm" | "ask" | "frage" => Op::Fetch,
            _ => Op::Send,
        };
    }
    let kept = held
        .iter()
        .position(|token| token.any(&["under", "unter", "as", "als"]))
        .is_some_and(|at| {
            held.get(at + 1).is_some_and(|next| {
                next.text.contains('_') || next.kind == Kind::Quoted || held.len() <= at + 2
            })
        });
    if ["store", "save", "keep", "speichere", "speichern"].contains(&low)
        && kept
        && !target
        && !held.iter().any(|token| token.kind == Kind::Path)
        && held.len() <= 6
        && held.iter().all(|token| !token.is_capital() || lang == Lang::De)
    {
        intent.op = Op::Remember;
    }
    // `store it in the state key config`
    if ["store", "save", "keep", "put", "speichere", "speichern", "write"].contains(&low)
        && word(&["state", "memory", "zustand"])
        && word(&["key", "under", "as", "schluessel", "unter", "als"])
        && !target
    {
        intent.op = Op::Remember;
    }
    if intent.op == Op::Delete && !url {
        intent.op = Op::Other;
    }
    if intent.op == Op::Compute && low == "multiply" && rest.is_empty() {
        intent.op = Op::Other;
    }
}

/// `PUT …`, `make a GET request to …`.
fn method(intent: &mut Intent<'_>, verb: Option<&Token>, rest: &mut Vec<Token>) {
    let of = |low: &str| METHODS.iter().find(|(word, _)| *word == low).map(|(_, method)| *method);
    let request =
        rest.iter().position(|token| token.any(&["request", "requests", "anfrage", "call"]));
    let before = request
        .and_then(|at| at.checked_sub(1))
        .and_then(|at| of(&rest[at].low).map(|method| (at, method)));
    let said = rest.iter().position(|token| {
        token.is_word()
            && token.text.len() > 2
            && token.text == token.text.to_uppercase()
            && of(&token.low).is_some()
    });
    if let Some((at, method)) = before {
        intent.method = Some(method);
        super::cut(rest, at, 2);
    } else if let Some(at) = said {
        intent.method = of(&rest[at].low);
        super::cut(rest, at, 1);
    } else if let Some(verb) = verb {
        let upper = verb.text.len() > 2 && verb.text == verb.text.to_uppercase();
        if upper || verb.low == "patch" || verb.low == "put" {
            intent.method = of(&verb.low);
        }
    }
    let url = rest.iter().any(|token| token.kind == Kind::Url);
    intent.op = match intent.method {
        Some("GET" | "HEAD") if url => Op::Fetch,
        Some("POST") if url => Op::Send,
        Some("PUT") if url => Op::Put,
        Some("PATCH") if url => Op::Patch,
        Some("DELETE") if url => Op::Delete,
        Some("GET") if matches!(intent.op, Op::Other | Op::Send) => Op::Fetch,
        _ => intent.op,
    };
}
