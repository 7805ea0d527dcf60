codes! {
    SYNTAX = "E-CODE-001", "The code cannot be read",
        "The code step has a syntax error. Line and column count from the first line of the step's code.";
    THREW = "E-CODE-002", "The code failed",
        "The code threw an error (JavaScript) or raised an exception (Python) and did not catch it. The message is the code's own; line and column count from the first line of the step's code. Values such as `inputs` and `steps` are read-only: copy before changing (`[...list]`, `list.toSorted()`, `{...object}`).";
    TIME = "E-CODE-003", "The code took too long",
        "The code was stopped because it passed its time limit (10 s unless the step's `timeout` says otherwise). Look for a loop that does not end or a regular expression that tries too much, do less per step, or raise `timeout`.";
    MEMORY = "E-CODE-004", "The code used too much memory",
        "The code was stopped because it passed its memory limit (128 MiB). Work on fewer items at once, for example with `for_each` around the step, and do not build very long texts.";
    OUTPUT = "E-CODE-005", "The code returned too much",
        "The returned value is larger than a step may give (4 MiB as JSON) or nested more than 100 levels deep. Return only what later steps need.";
    RESULT = "E-CODE-006", "The returned value is not data",
        "A code step returns what JSON can hold: texts, numbers, true and false, null, lists, and objects. A function, a Map, a Set, a big integer, a promise without `await` or an object that contains itself cannot be passed on. Convert first: `Object.fromEntries(map)`, `[...set]`, `String(big)`; in Python `list(…)`, `str(…)`.";
    CRASHED = "E-CODE-007", "The process that ran the code ended",
        "The interpreter itself ended while it ran the code, most often because of extreme nesting or a forbidden operation. It runs apart, so nothing else was touched, and the next code step gets a fresh process. Simplify the code; if it is ordinary code, please report it.";
    UNSUPPORTED = "E-CODE-008", "The code uses what a code step does not have",
        "TypeScript is run by leaving out its types, so what needs generated code is refused: `enum` (use `const Colour = { red: 'red' } as const`), `namespace`, parameter properties (`constructor(private x)`), decorators, `<T>value` (write `value as T`). There are no modules either: `import`, `export` and `require` do not exist. Python is a subset without most of the standard library.";
    NETWORK = "E-CODE-009", "The code may not reach that host",
        "A code step has no network unless it lists the hosts under `network:`, for example `network: [api.example.com]` or `[\"*.example.com\"]`. Then `fetch` reaches those hosts only. Better still, use an action such as `http.get`.";
    PENDING = "E-CODE-010", "The code waits for something that never comes",
        "The code awaits a promise that nothing can settle any more. There are no timers in a code step: use a `wait` step to wait. Look for a `new Promise` whose `resolve` is never called.";
    INPUT = "E-CODE-011", "The values for the code are too large",
        "What the step would see (`inputs`, `steps` and so on) is larger than 32 MiB as JSON, or its code is longer than 256 KiB. Keep large values out of the run, or put the step inside a `for_each`.";
    UNAVAILABLE = "E-CODE-012", "Code cannot be run on this server now",
        "The separate process for code steps did not start, could not restrict itself, or the server is shutting down. The server's log has the cause. On Linux it needs seccomp; in a container, allow it (the default profiles of Docker and Kubernetes do).";
}
