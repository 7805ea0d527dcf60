codes! {
    SYNTAX = "E-EXPR-001", "The expression cannot be read",
        "`{{ … }}` holds one JavaScript expression. The column shows where reading stopped.";
}
