codes! {
    NO_BASE = "E-KNOW-001", "There is no knowledge base of that name",
        "A `search` step, `sources` of an `ask` step or a request names a knowledge base that the workspace does not have. `codex32 knowledge list` shows those that there are; `codex32 knowledge create NAME` makes one.";
    UNFIT = "E-KNOW-002", "A knowledge base or document cannot be as it was given",
        "The message names the field and what it may be.";
    KIND = "E-KNOW-003", "The document is of a kind that cannot be read",
        "Text, Markdown, HTML, PDF, DOCX and CSV can be read. What a document is, is taken from `kind`, else from how its name ends, from its `Content-Type` or its first bytes. Give `kind` if it is one of these, or convert it.";
    TOO_LARGE = "E-KNOW-004", "The document takes too much",
        "A document has at most 32 MiB, 5,000 pages and 16 MiB of text, unpacks to at most 64 MiB, and is read within a minute. Split it.";
    UNREADABLE = "E-KNOW-005", "The document cannot be read",
        "It is broken, encrypted, not of the kind that it says it is, or has no text: a PDF of scanned pages has pictures only. The message says more. Open it with the program that made it, save it anew, and add it again.";
    FETCH = "E-KNOW-006", "The document's address did not give it",
        "The address answered with an error, too much, or not at all; private addresses are reached only where the server allows them. It is tried again five times with growing pauses; then `codex32 knowledge reindex BASE` tries anew.";
    EMBED = "E-KNOW-007", "The model did not embed the document",
        "The knowledge base has its texts embedded by a model of the gateway, and that failed. The message has the reason. `codex32 models list` shows how its providers do; the model `built-in` needs nobody.";
}
