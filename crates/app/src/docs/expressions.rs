//! The page of the functions that expressions know.

use std::path::PathBuf;

use codex32_flow::expr::STDLIB;

use super::Page;

const HEAD: &str = "\
# Expressions

`{{ … }}` holds one JavaScript expression. A value that is one whole `{{ … }}` keeps its type; inside other
text it becomes text. Quote it in YAML: `text: \"{{ inputs.name }}\"`. Literal braces are `{{ '{{' }}`.

Names: `inputs`, `steps`, `errors`, `trigger`, `event`, `env`, `run`, `now`; in a loop `loop` and its variable;
in `catch` and `on_error` also `error`. What a step gives is `steps.ID`.

Operators, conditionals, template strings, optional chaining, arrow functions as arguments, and the common
methods of strings, lists, numbers and objects work as in JavaScript, with these differences: there is no
`undefined` (a missing field is `null`), no NaN and no infinity (they are `null`); lists and objects are equal
when their contents are; dates are RFC 3339 texts; `null` in arithmetic is an error.

An expression reaches nothing but these names, and has limits on work and memory. For more, use a `code` step.

## Functions

In the examples `now` is 2027-03-10T12:00:00Z.
";

pub fn page() -> Page {
    let mut text = HEAD.to_owned();
    for function in STDLIB {
        let (source, value) = function.example;
        text.push_str(&format!(
            "\n### `{}`\n\n{}\n\n```js\n{source} // {value}\n```\n",
            function.signature, function.about
        ));
    }
    (PathBuf::from("docs/expressions.md"), text)
}
