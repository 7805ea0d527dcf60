use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::from_jiff(text.parse().unwrap())
}

#[test]
fn the_table_can_be_read_and_every_price_says_where_it_is_from() {
    let table = read(TABLE).unwrap();
    assert!(table.len() > 30);
    for entry in &table {
        assert!(entry.source.as_ref().unwrap().starts_with("https://"), "{entry:?}");
        assert!(entry.price.input > 0, "{entry:?}");
    }
}

#[test]
fn a_dated_version_costs_what_its_model_does_and_the_longest_name_counts() {
    let prices = Prices::default();
    let now = at("2026-01-01T00:00:00Z");
    let find = |provider, model| prices.find(provider, model, now).map(|price| price.input);
    assert_eq!(find("openai", "gpt-5-mini-2025-08-07"), find("openai", "gpt-5-mini"));
    assert_ne!(find("openai", "gpt-5-mini"), find("openai", "gpt-5"));
    assert_eq!(find("openai", "gpt-5-other"), None);
    assert_eq!(find("anthropic", "claude-sonnet-4-6"), None, "another model");
    assert_eq!(find("bedrock", "us.amazon.nova-pro-v1:0"), find("bedrock", "amazon.nova-pro"));
    assert!(find("mistral", "mistral-small-latest").is_some());
    assert_eq!(
        find("bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        find("bedrock", "anthropic.claude-sonnet-4-5")
    );
    assert!(find("bedrock", "anthropic.claude-sonnet-4-5").is_some());
    assert_eq!(prices.find("openai", "gpt-5", at("2020-01-01T00:00:00Z")), None);
}

#[test]
fn a_workspaces_own_price_goes_before_from_its_day_on() {
    let entry = |since, input| Entry {
        provider: "openai".into(),
        model: "gpt-5".into(),
        since: at(since),
        price: Price { input, ..Price::default() },
        source: None,
    };
    let own = Prices::new(vec![entry("2026-02-01T00:00:00Z", 7), entry("2026-03-01T00:00:00Z", 8)]);
    let find = |time| own.find("openai", "gpt-5", at(time)).unwrap().input;
    assert_eq!(find("2026-01-31T23:59:59Z"), 1_250_000);
    assert_eq!(find("2026-02-01T00:00:00Z"), 7);
    assert_eq!(find("2026-03-02T00:00:00Z"), 8);
}

#[test]
fn cost_counts_each_kind_of_token_and_rounds_once() {
    let price = Price {
        input: 3_000_000,
        output: 15_000_000,
        cached: Some(300_000),
        cache_write: Some(3_750_000),
        max_output: None,
    };
    let usage = Usage { input: 1_000, output: 100, cached: 400, cache_write: 100 };
    // 500 × 3 + 400 × 0.3 + 100 × 3.75 + 100 × 15
    assert_eq!(price.cost(usage), 1_500 + 120 + 375 + 1_500);
    let tiny = Price { input: 50_000, output: 400_000, ..Price::default() };
    assert_eq!(tiny.cost(Usage { input: 10, ..Usage::default() }), 1);
    assert_eq!(tiny.cost(Usage { input: 9, ..Usage::default() }), 0);
}

#[test]
fn what_money_buys_never_costs_more() {
    let price = Price { input: 250_000, output: 2_000_000, ..Price::default() };
    for money in [1, 2, 30, 999, 20_000] {
        for input in [0, 1, 13, 400] {
            if let Some(output) = price.affords(money, input) {
                let usage = Usage { input, output, ..Usage::default() };
                assert!(price.cost(usage) <= money, "{money} {input} {output}");
            }
        }
    }
    assert_eq!(price.affords(10, 1_000_000), None);
}
