codes! {
    STEP_FAILED = "E-RUN-001", "A step failed",
        "A step failed after its last attempt, and neither `on_error: continue` nor a `try` around it caught that.";
    TIMED_OUT = "E-RUN-002", "The run took longer than its limit",
        "The run passed `limits.timeout` of its bot (30 days unless set). Waits count too. Raise the limit or split the bot.";
    STEP_TIMEOUT = "E-RUN-003", "An attempt took longer than the step's timeout",
        "The attempt was stopped. If the step writes, its outcome is unknown: the next attempt carries the same idempotency key.";
    CANCELLED = "E-RUN-004", "The run was cancelled",
        "Somebody, a newer run (`overlap: cancel`) or the parent run cancelled it.";
    INPUT = "E-RUN-005", "The input does not fit",
        "The values given do not fit the bot's `inputs`. The detail lists each place.";
    UNKNOWN_OUTCOME = "E-RUN-006", "It is not known whether the write took effect",
        "The server stopped between sending and journaling, and the action says `on_unknown: fail`, because repeating it could do it twice. Look at the other side, then retry the run from this step.";
    POISON = "E-RUN-007", "The run was stopped because the server died under it three times",
        "Each time this run went on, the server process ended before the run made progress. It was ended so that other runs can go on. Its journal is kept: look at the step that was running.";
    FUEL = "E-RUN-008", "The run's own computing passed its limit",
        "Too much work without a step that waits or reads: a loop over too many items, or too large values.";
    CHILD_FAILED = "E-RUN-009", "The called bot failed",
        "The run of the bot that `call` started did not succeed. Its id is in the message.";
    NO_BOT = "E-RUN-010", "The bot to call does not exist",
        "`call` names a bot that is not deployed in this workspace.";
    LIMIT = "E-RUN-011", "A limit of the run was passed",
        "A step output, a list to loop over, the depth of calls or the journal grew past what a run may hold.";
    PANIC = "E-RUN-012", "The engine failed inside this run",
        "This is a mistake in Codex-32. The run was ended and other runs are not touched. Please report it with the run's id.";
    REJECTED = "E-RUN-013", "The request was rejected",
        "Somebody answered the approval with no.";
    OUTPUT = "E-RUN-014", "The step's result does not fit its declared output",
        "The step says what it gives under `output`, and the value it gave has another shape.";
    WAIT_TIME = "E-RUN-015", "The time to wait for cannot be read",
        "`wait` got a text that is neither a duration (15m, 2d) nor a time (2027-03-01T10:00).";
}
