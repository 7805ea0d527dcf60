codes! {
    SYNTAX = "E-CODE-001", "The code cannot be read",
        "The code step has a syntax error. Line and column count from the first line of the step's code.";
}
