//! Whatever is said: no panic, the same answer twice, and nothing that the checker refuses.

use codex32_flow::check;
use codex32_model::Timestamp;
use proptest::prelude::*;

use crate::drafted;

/// Words that sentences are made of, so that arbitrary text reaches all stages.
const WORDS: &[&str] = &[
    "when",
    "if",
    "the",
    "webhook",
    "order",
    "arrives",
    "and",
    "its",
    "total",
    "is",
    "over",
    "1000",
    "post",
    "it",
    "to",
    "https://a.example/{id}",
    "#ops",
    "email",
    "a@example.com",
    "otherwise",
    "answer",
    "thanks",
    "every",
    "day",
    "at",
    "9",
    "hour",
    "event",
    "order.paid",
    "for",
    "each",
    "in",
    "parallel",
    "retry",
    "3",
    "times",
    "wait",
    "10 minutes",
    "do",
    "not",
    ",",
    ".",
    ";",
    ":",
    "\"hi {name}\"",
    "unless",
    "fails",
    "new",
    "ones",
    "wenn",
    "sonst",
    "jeden",
    "Tag",
    "um",
    "sende",
    "an",
    "bei",
    "mehr",
    "als",
    "5",
    "run",
    "bot",
    "x-y",
    "summarise",
    "with",
    "AI",
    "approval",
    "Slack",
    "return",
    "sum",
    "of",
    "their",
    "fields",
    "within",
    "log",
    "remember",
    "as",
    "count",
    "empty",
    "or",
    "between",
    "'s",
    "status",
    "400",
    "{{",
    "}}",
    "größer",
    "ä",
    "🙂",
    "Trello",
    "while",
    "then",
    "once",
    "31 February",
    "customer",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_is_survived(text in ".{0,200}") {
        drafted(&text);
    }

    #[test]
    fn arbitrary_sentences_give_checked_drafts_and_the_same_twice(picks in prop::collection::vec(0..WORDS.len(), 0..40)) {
        let words: Vec<&str> = picks.iter().map(|at| WORDS[*at]).collect();
        let sentence = words.join(" ");
        let first = drafted(&sentence);
        let second = drafted(&sentence);
        prop_assert_eq!(&first.definition, &second.definition);
        prop_assert_eq!(&first.questions, &second.questions);
        prop_assert_eq!(&first.explanation, &second.explanation);
        if let Some(bot) = &first.definition {
            let catalogue = codex32_connectors::builtin();
            let context = check::Context { catalogue, zone: "Europe/Berlin", now: Timestamp::EPOCH };
            let found = check::text(&codex32_flow::print::to_yaml(bot), &context);
            prop_assert!(found.is_ok(), "{}: {:?}", sentence, found.diagnostics);
        }
    }
}
