use super::*;

const SUITE: &str = "\
suite: labels
evaluates: { bot: label, step: label }
models: [fast, smart]
checks:
  - { at: label, matches: '^(bug|feature)$' }
cases:
  - name: crash
    inputs: { title: Crash at start }
    checks:
      - { at: label, exact: bug }
      - { exact: null }
";

#[test]
fn a_suite_is_the_same_in_both_spellings() {
    let suite = Suite::read(SUITE).unwrap();
    assert_eq!(suite.cases[0].checks[1].exact, Some(Value::Null));
    assert_eq!(Suite::read(&suite.to_json()).unwrap(), suite);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let faults = [
        ("suite: labels", "suite: La bels", "suite: a name begins"),
        ("step: label }", "step: label, prompt: x }", "evaluates: it is `bot` and `step`"),
        ("exact: bug }", "exact: bug, contains: x }", "cases[0].checks[0]: a check is exactly one"),
        ("'^(bug|feature)$'", "'('", "checks[0].matches: regex"),
        ("exact: null", "expression: 'answer =='", "cases[0].checks[1].expression: "),
        ("exact: null", "contains: ''", "cases[0].checks[1].contains: it is a text"),
        ("exact: null", "schema: { type: 3 }", "cases[0].checks[1].schema: "),
        ("exact: null", "judge: { rubric: '{{ 1 +' }", "cases[0].checks[1].judge: "),
        ("exact: null", "exakt: 1", "the suite: unknown field `exakt`"),
        ("models: [fast, smart]", "repeat: 0", "repeat: it is 1 to 100"),
        ("models: [fast, smart]", "fail_under: 2", "fail_under: it is 0 to 1"),
        ("at: label, exact", "at: 'label)', exact", "cases[0].checks[0].at: "),
    ];
    for (right, wrong, said) in faults {
        assert!(SUITE.contains(right), "{right}");
        let fault = Suite::read(&SUITE.replacen(right, wrong, 1)).unwrap_err().to_string();
        assert!(fault.starts_with(said), "{wrong}: {fault}");
    }
    let twice = format!("{SUITE}  - {{ name: crash }}\n");
    let fault = Suite::read(&twice).unwrap_err().to_string();
    assert!(fault.starts_with("cases[1].name: there are two cases"), "{fault}");
}
