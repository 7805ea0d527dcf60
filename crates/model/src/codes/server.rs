codes! {
    NOT_FOUND = "E-API-404", "There is no such thing",
        "The address names something that does not exist in this workspace, or that was deleted.";
    CLI_UNREACHED = "E-CLI-001", "The server was not reached",
        "The command needs a running server and none answered at its address. Start one with `codex32 serve`, or say where it is with `--url` or `CODEX32_URL`. `draft`, `check`, `try`, `schedule`, `schema`, `connectors` and `templates` need no server.";
    CLI_NO_TOKEN = "E-CLI-002", "The server wants a token",
        "The server writes the owner's token to the file `owner-token` in its data folder, and commands on the same machine read it there: say which folder with `--data` or `CODEX32_DATA`. From elsewhere, give the token with `CODEX32_TOKEN` or `--token`. The file is not read for a server on another machine, so that the token is not sent to strangers.";
    CLI_FILE = "E-CLI-003", "The file cannot be read",
        "The file does not exist, or may not be read, or is larger than a definition can be (1 MiB). `-` reads from standard input.";
    CLI_JSON = "E-CLI-004", "The value is not JSON",
        "The option takes JSON, such as `--input '{\"days\": 30}'`; in a shell, put single quotes around it. `@file.json` reads a file, `-` standard input.";
    CLI_SAMPLE = "E-CLI-005", "A rehearsal needs a sample",
        "`try` does not touch the outside, and for this step that reads there is no recorded answer. Give one with `--sample STEP=@file.json`, take the answers of a run with `--from-run RUN`, or let it read with `--live=reads`.";
}
