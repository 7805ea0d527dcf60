codes! {
    UNREADABLE = "E-BUILD-001", "The model's answer is no definition",
        "The language model answered with something that is no definition: prose, or a text that breaks off. It was asked again with the fault named. If it goes on so, its answers are too short (`max_tokens`) or the model too small: take a stronger one, or the offline draft.";
    MISSING = "E-BUILD-002", "Something that the sentence asks for is missing",
        "A proposal of the language model leaves out what the sentence asks for and the offline compiler is sure of: a step, an address, a time. It was asked again with what is missing named; a proposal that still leaves it out is not shown as ready.";
    INVENTED = "E-BUILD-003", "An address that nobody named",
        "A proposal of the language model holds an e-mail address, a channel, a web address or a value that neither the sentence nor an answer names. What is missing is asked, not made up.";
    UNASKED = "E-BUILD-004", "It does what nobody asked for",
        "A proposal of the language model writes somewhere, or starts by itself, although the sentence does not say so, or uses what the sentence rules out.";
    TRIED = "E-BUILD-005", "A code step failed with sample data",
        "The code of a step was run in the sandbox with the connectors' examples, and failed. The examples may not be what the bot will meet: try it with a sample of your own (`codex32 try`).";
    GAVE_UP = "E-BUILD-006", "No clean proposal came of the model's answers",
        "Every answer of the language model had faults, also after it was asked to repair them. What is shown is the offline draft, or nothing. Say it in other words, in smaller steps, or take a stronger model.";
    MOVED_ON = "E-BUILD-007", "The conversation has moved on",
        "Somebody, perhaps you in another window, said or accepted something in this conversation meanwhile. Read it again, then repeat what you wanted.";
    FULL = "E-BUILD-008", "The conversation is too long",
        "A conversation holds at most 200 messages. Begin a new one from the bot as it is now; nothing of it is lost.";
    NO_PROPOSAL = "E-BUILD-009", "There is nothing to accept",
        "The conversation has no open proposal, or not the part of it that was named. Say what should change first.";
    NO_MODEL = "E-BUILD-010", "It takes a language model",
        "What was asked is beyond what the offline compiler can do by itself, and no language model could be asked. `codex32 models set` adds one; or say the change in simpler words, or edit the definition.";
    UNCOVERED = "E-BUILD-011", "Words that ask for a deed are not accounted for",
        "A language model names for each deed the words of the sentence and the step that does it. Here words that ask for something are spoken of by no deed, a deed quotes words that were not said, or one that an earlier answer named is gone. It was asked again with what is missing named; a proposal that still leaves it out is not shown as ready.";
    UNDONE = "E-BUILD-012", "A deed is claimed and no step does it",
        "A language model named a deed and the action that does it, and its definition has no such step, or fewer of them than deeds. It was asked again with the deed named; a proposal that claims what it does not do is not shown as ready.";
}
