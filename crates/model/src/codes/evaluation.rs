codes! {
    SUITE = "E-EVAL-001", "The suite cannot be used",
        "A suite of cases is written wrongly: a field that is unknown or missing, a check that is none or several at once, a pattern or an expression that cannot be read, two cases of one name. The message says where. `docs/evaluations.md` has an example.";
    SUBJECT = "E-EVAL-002", "There is nothing to evaluate",
        "The bot that the suite names is not deployed, it has no step of that id, or the step asks no language model. Name an `ask` or `agent` step by its id; `codex32 bot show BOT` lists them. `codex32 eval suite FILE --bot BOT.yaml` evaluates a step as a file has it.";
    VALUES = "E-EVAL-003", "A case does not give what the prompt uses",
        "The prompt has an expression such as `{{ steps.fetch.body }}` or `{{ item.title }}`, and the case does not say what it stands for. Write it below `values` of the case: `values: { steps: { fetch: { body: … } } }`. What the run was started with stands below `inputs`.";
    CASE = "E-EVAL-004", "No case can be made of this step",
        "Only a step that asks a language model makes a case, and only where the run came to it and its values are still there. For an answer that is to be the expectation the step must have succeeded.";
    SIZE = "E-EVAL-005", "That is more than one evaluation may ask",
        "Cases times variants (models times prompts) times repeats is more than 10,000 questions. Take fewer models, prompts or repeats, or split the suite.";
    CHANGED = "E-EVAL-006", "The suite was changed meanwhile",
        "Somebody stored a newer version of this suite after you read it. Read it again, then repeat your change.";
    STOPPED = "E-EVAL-007", "The evaluation was stopped",
        "It could not go on: a budget was reached, or what it evaluates cannot be read any more. What was answered until then is kept, and its results can be read.";
}
