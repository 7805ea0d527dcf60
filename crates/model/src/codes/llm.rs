codes! {
    NO_MODEL = "E-LLM-001", "There is no model of that name",
        "An `ask` step or a program asks for a model that the workspace does not have. `codex32 models list` shows those that there are; `codex32 models set NAME --use CONNECTION/MODEL` adds one, and `codex32 connections add` the connection that it needs. A step without `model` takes the one named `default`, else `smart`, `fast` or `local`, else the only one that there is. `CONNECTION/MODEL` asks one provider directly.";
    BUDGET = "E-LLM-002", "The budget has not enough left",
        "The call could cost more than a budget of the workspace, the actor or the bot has left for its day or month (UTC), so nothing was sent. What open calls have reserved counts, too. Wait for the next period, ask for a shorter answer (`max_tokens`), or raise the budget: `codex32 models budget set`.";
    ALL_FAILED = "E-LLM-003", "No provider answered",
        "Every provider of the model was tried, with pauses, and none gave an answer. The message names each with its reason. Add a fallback to the model, or look at the providers' status pages.";
    REFUSED = "E-LLM-004", "A guardrail refused the prompt",
        "The prompt holds what looks like a secret or personal data, and the workspace's settings say that such prompts do not leave. The message names the kinds, not the values. Take them out, or let them be masked: `codex32 models settings --personal-data mask`.";
    OUTPUT = "E-LLM-005", "The model's answer does not fit the schema",
        "The answer was checked against the step's `output` (or the request's `response_format`) and asked for again with the faults named, twice. It still did not fit. Simplify the schema, say in the prompt what is meant, or take a stronger model.";
    LIMIT = "E-LLM-006", "The call would cost more than its limit",
        "`limits.cost_usd` of the step or of the bot leaves not enough for this prompt and a short answer. Nothing was sent. Raise the limit, shorten the prompt, or take a cheaper model.";
    NO_PRICE = "E-LLM-007", "The model has no price",
        "A budget or limit applies, and nothing is known of what this model costs, so nobody could keep it. Set a price: `codex32 models price set PROVIDER MODEL --input USD --output USD` (for a million tokens; 0 for a server of your own).";
    NOT_ALLOWED = "E-LLM-008", "The workspace does not allow this model",
        "The workspace has a list of models that prompts may go to, and this one is not on it. `codex32 models settings` shows the list.";
    BAD_REQUEST = "E-LLM-009", "The request to the model cannot be read",
        "The body is not a request of OpenAI's form, or its parts do not fit each other. The message names the place.";
    DEFINITION = "E-LLM-010", "The model's definition does not fit",
        "A model names whom to ask, in order: connections of the connectors openai, openai_compatible, anthropic, gemini, mistral, azure_openai, bedrock or replay, each with the provider's name of a model. The detail names the place.";
    KEY_REUSED = "E-LLM-011", "The key was used for another request",
        "An idempotency key stands for one request. The same key came with another one; choose a new key.";
    REPLAY = "E-LLM-012", "No answer is recorded for this request",
        "The connection `replay` answers from files, one for each request, and there is none for this one. Record it: give the connection a `record` connection to ask, or write the file that the message names.";
}
