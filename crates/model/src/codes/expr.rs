codes! {
    SYNTAX = "E-EXPR-001", "The expression cannot be read",
        "`{{ … }}` holds one JavaScript expression. The column shows where reading stopped.";
    UNCLOSED = "E-EXPR-002", "A template never closes",
        "The text has `{{` but no matching `}}`. Close it, or write literal braces as `{{ '{{' }}`.";
    NOT_WHOLE = "E-EXPR-003", "One whole expression is needed here",
        "`if`, `when`, `switch`, `for_each`, `match` and `dedupe` take exactly one `{{ … }}` and nothing around it: `if: \"{{ inputs.total > 1000 }}\"`.";
    UNSUPPORTED = "E-EXPR-004", "Expressions do not have this part of JavaScript",
        "Expressions have values, paths, operators, conditionals, template strings and arrow functions. Statements, assignments, classes, `this` and bit operators belong in a `code` step.";
    TOO_LARGE = "E-EXPR-005", "The expression is too long or too deeply nested",
        "An expression has at most 16,384 characters and 64 levels of brackets and calls. Split it over several `set` steps, or use a `code` step.";
    UNKNOWN_NAME = "E-EXPR-006", "Unknown name",
        "Names are `inputs`, `steps`, `errors`, `trigger`, `event`, `env`, `run`, `error`, `loop`, `now`, loop variables, and parameters of an arrow function. Inputs and steps are reached as `inputs.name` and `steps.id`.";
    UNKNOWN_FUNCTION = "E-EXPR-007", "Unknown function",
        "The functions are listed in the language reference: JavaScript's own (`Math.round`, `Object.keys`, …) and a small library (`daysSince`, `groupBy`, …). Anything else belongs in a `code` step.";
    UNKNOWN_METHOD = "E-EXPR-008", "Unknown method",
        "Values have JavaScript's common methods of strings, lists, numbers and dates, as listed in the language reference. Methods that change a list in place (`push`, `splice`) do not exist: build a new list.";
    UNKNOWN_FIELD = "E-EXPR-009", "The value has no such field",
        "The schema of the value (an action's output, a bot's input, what a step sets) has no field of that name. Use the suggested name, or declare the field.";
    TYPE = "E-EXPR-010", "The value has the wrong type for this",
        "The type is known before the bot runs and does not fit the method, operator or function. Convert it (`Number(x)`, `String(x)`, `parseJson(x)`) or use another field.";
    PATTERN = "E-EXPR-011", "The regular expression cannot be used",
        "Patterns run in linear time, so back-references (`\\1`) and look-around (`(?=…)`, `(?<=…)`) do not exist. Rewrite the pattern, or match in a `code` step.";
    NULL = "E-EXPR-020", "A value is null where one is needed",
        "A field or method of `null` was asked for, or `null` was used as a number. Use `?.` to let the result be null too, or `??` to give a value instead: `(order.total ?? 0) * 2`.";
    WRONG_TYPE = "E-EXPR-021", "A value has another type than needed",
        "At run time a value had a type that the method, operator or function cannot take. The message names the value, its type and what was expected.";
    FUEL = "E-EXPR-022", "The expression took too many steps",
        "Every evaluation has a fixed amount of work, so that no expression can hold up the server. Work on fewer items, or use a `code` step, which has limits of its own.";
    MEMORY = "E-EXPR-023", "The expression built too large a value",
        "The texts and lists that one evaluation builds are bounded. Keep only the fields you need, or use a `code` step.";
    DATE = "E-EXPR-024", "Not a date",
        "Dates are texts such as `2027-03-01`, `2027-03-01T10:00` or `2027-03-01T10:00:00+02:00`, or milliseconds since 1970. Other spellings: `parseDate(text, format)`.";
    BAD_ARGUMENT = "E-EXPR-025", "An argument is outside what the function takes",
        "Such as text that is not JSON, a negative length, an unknown time zone, or digits outside 0 to 100. The message names it.";
    TOO_DEEP = "E-EXPR-026", "The value is too deeply nested",
        "A value that an expression gives has at most 100 levels of lists and objects.";
    ALWAYS_NULL = "E-EXPR-030", "The value is always null",
        "By what is known before the run this value can only be null here, so the expression cannot mean what it says.";
    ODD_COMPARISON = "E-EXPR-031", "The two sides can never be equal",
        "The types of the two sides have no value in common, such as a number and a list, so the answer is always the same. Convert one side.";
}
