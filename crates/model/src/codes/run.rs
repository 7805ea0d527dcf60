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
        "No bot of that name is deployed in this workspace: a `call`, a command or an API request names it. `codex32 bots` lists those that are there.";
    LIMIT = "E-RUN-011", "A limit of the run was passed",
        "The bot's memory (`state.*`) does not take a key or a value of that size: a key has at most 512 bytes, a value 1 MiB.";
    PANIC = "E-RUN-012", "The engine failed inside this run",
        "This is a mistake in Codex-32. The run was ended and other runs are not touched. Please report it with the run's id.";
    REJECTED = "E-RUN-013", "The request was rejected",
        "Somebody answered the approval with no, or nobody answered in time and its `default` is `reject`. With `on_reject: stop` (the default) the run ends here, cancelled; with `on_reject: continue` it goes on and the step gives `approved: false`. `codex32 run retry ID` asks again.";
    OUTPUT = "E-RUN-014", "The step's result does not fit its declared output",
        "The step says what it gives under `output`, and the value it gave has another shape.";
    WAIT_TIME = "E-RUN-015", "The time to wait for cannot be read",
        "`wait` got a text that is neither a duration (15m, 2d) nor a time (2027-03-01T10:00).";
    LATER = "E-RUN-016", "This server cannot run that yet",
        "The definition is right, but it uses a trigger (`email`, `form` or `chat`) that this version of Codex-32 can read and check but not run. Leave it out, or wait for the version that runs it.";
    NO_RUN = "E-RUN-017", "There is no such run",
        "The id names no run of this workspace. `codex32 runs` lists them.";
    PAUSED = "E-RUN-018", "The bot is paused or withdrawn",
        "Nothing starts a bot that is paused or withdrawn. `codex32 bot resume NAME` switches a paused bot on; a withdrawn one comes back when it is deployed again.";
    QUEUE_FULL = "E-RUN-019", "Too many runs are waiting",
        "The workspace has as many queued runs as it may have. Nothing was accepted: try again after the time that `Retry-After` gives, or raise the bot's `limits.concurrency`.";
    ENDED = "E-RUN-020", "The run has ended",
        "A finished run never changes: it cannot be cancelled. Retrying it starts a new run.";
    NO_STEP = "E-RUN-021", "The run never came to that step",
        "`--from` takes the address of a step that the run began, as `codex32 run show` prints it.";
    SHUTTING_DOWN = "E-RUN-022", "The server is stopping",
        "The server takes no new work because it is being stopped. Nothing was accepted; try again in a moment.";
    NO_LOOK = "E-RUN-023", "There is nothing to look at",
        "Only an app trigger of an active bot can be made to look now. `codex32 bot show NAME` lists the bot's triggers; a paused bot looks again when it is resumed.";
    HOPS = "E-RUN-024", "Events went in a circle",
        "More than 32 events caused each other: bots seem to start each other without end. The event was kept as a dead letter and starts nothing. Give one of the triggers a `when` that ends the circle, deploy it, then replay the dead letter; a replay counts anew.";
    DEAF = "E-RUN-025", "The bot does not listen to this event",
        "A replay brings an event to active bots that have a trigger for it. The bot is paused or withdrawn, its live version has no such trigger any more, or no bot listens to an event of this name. `codex32 bot show NAME` lists the triggers of a bot.";
    REPLAYS = "E-RUN-026", "Too many replays go on",
        "A workspace has at most 8 replays at a time. Wait until one is done, or cancel one: `codex32 events replays` lists them.";
    FORGOTTEN = "E-RUN-027", "Whether these events started a run is forgotten",
        "Which events have started which bots is remembered for 29 days. A replay from an earlier time could start a bot twice by one event. Say a later time, or say that bots are to be started again (`--again`).";
    NO_HOOK = "E-RUN-030", "No bot listens at this address",
        "No webhook with this path is deployed. `codex32 bot show NAME` prints the addresses of a bot; a paused bot keeps its address but answers 503.";
    METHOD = "E-RUN-031", "The webhook takes another method",
        "A bot listens at this address, but not for this HTTP method. The `Allow` header says which.";
    BODY_TOO_LARGE = "E-RUN-032", "The body is too large",
        "The body has more bytes than the webhook's `max_body` (1 MB unless set, at most 32 MB).";
    BODY = "E-RUN-033", "The body cannot be read",
        "The body is not what its `Content-Type` says: JSON that does not parse, text that is not UTF-8, or a form that is not URL-encoded.";
    SIGNATURE = "E-RUN-034", "The signature does not verify",
        "The webhook asks for a signature (`verify`), and the request has none, a wrong one, or one that is too old. Check the secret in the connection, the clock of the sender, and that nothing between changes the body.";
    OUTPUT_SIZE = "E-RUN-040", "A value is too large",
        "A step gave, was given or computed one value with more bytes than `--max-value` allows (16 MiB unless set). Fetch less at once (pages, fields), or keep what is large in files or storage and pass on its name.";
    HISTORY = "E-RUN-041", "The run's history is too long",
        "All that is recorded of one run came to more than `--max-history` (1 GiB unless set) or `--max-facts` (1,000,000) allows. Split the work: a `call` for each part has a history of its own.";
    INPUT_SIZE = "E-RUN-042", "The run would be started with too much",
        "The inputs of the start have more bytes than `--max-input` allows (64 MiB unless set). Nothing was accepted; an event that would have started the run is kept as a dead letter.";
    WIDTH = "E-RUN-043", "The loop is too wide",
        "`for_each` got a list with more items than `--max-items` allows (100,000 unless set). Go through it in parts: a `call` for each, or pages.";
    DEPTH = "E-RUN-044", "Calls are nested too deeply",
        "A run called a run that called a run, and so on, deeper than `--max-depth` allows (16 unless set). Mostly a bot calls itself without an end.";
    MEMORY = "E-RUN-045", "The run holds too much at once",
        "The values that the run still needs came to more bytes than `--max-memory` allows (256 MiB unless set). A loop keeps what its steps with an `id` gave: leave the `id` out where nobody refers to it, or do large things in a bot of its own (`call`) that returns only what is needed.";
    QUESTION = "E-RUN-050", "The approval cannot be asked for",
        "The question of an `approve` step came out empty or longer than 10,000 characters, or `to` gave something that is no text, or more than 50 people. Look at the expressions in the step.";
    NO_APPROVAL = "E-RUN-051", "There is no such approval",
        "The id names no approval of this workspace. `codex32 approvals` lists them; those of deleted runs are gone.";
    DECIDED = "E-RUN-052", "This was decided already",
        "The first decision counts, and so does the end of its time or of its run. The detail says what was decided, by whom and when.";
    FORM = "E-RUN-053", "The answer does not fit the form",
        "An approval may ask for fields (`form`). The detail lists those that are missing or do not fit. Nothing was decided.";
    DELEGATE = "E-RUN-054", "It cannot be handed on to that address",
        "An approval can be handed on to an email address that was not asked yet, while it is open; one approval has at most 50 people.";
    AGENT_LIMIT = "E-RUN-060", "An agent reached one of its limits",
        "An `agent` step has `limits`: how often it may ask its model (`turns`, 20 unless set), what that may cost (`cost_usd`), how long it may take (`timeout`, 30m unless set, without the time that people take to approve its tools), and how much one turn may read and write (`tokens`). The message says what was done before. `codex32 run show ID --step ADDRESS` shows the whole conversation; look there for turns that go in a circle before you raise a limit. `codex32 run retry ID --from ADDRESS` goes on from one of its turns without paying for those before it.";
    AGENT_ASTRAY = "E-RUN-061", "The model of an agent did not find back",
        "Four turns in a row of the model came to nothing: it asked for tools that do not exist, gave them arguments that do not fit, or answered in another form than `output` says, and what it was told about that did not help. Take a larger model, fewer tools, or say more in the task.";
    TOOL_CALL = "E-RUN-062", "An agent's model asked for a tool in a way that cannot be meant",
        "There is no such tool, or its arguments do not fit its parameters. The model is told so and may ask again; people see it in the transcript only.";
    TOOLS = "E-RUN-063", "The tools of an agent cannot be had",
        "An agent is told what its tools are before its first turn. A tool that `allow` names is not on its MCP server, or there are more than 128 of them. `codex32 run show ID` shows the step that lists them.";
    HOOK_FAILED = "E-RUN-035", "The run failed before it answered",
        "The webhook waits for the run's answer (`respond: run`), and the run failed first. The answer names the run; `codex32 run show ID` tells why.";
}
