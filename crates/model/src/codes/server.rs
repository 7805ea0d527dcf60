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
    BAD_REQUEST = "E-API-400", "The request cannot be read",
        "The body is not the JSON that this address takes, or a parameter has the wrong form. `errors` lists the places; `/api/v1/docs` describes each address.";
    UNAUTHENTICATED = "E-API-401", "A token is needed",
        "Send `Authorization: Bearer TOKEN`. The server wrote the owner's token to the file `owner-token` in its data folder.";
    FORBIDDEN = "E-API-403", "This is not allowed",
        "The token, or the browser's session, may not do this. A change made with a browser's session has to come from a page of this server itself.";
    METHOD = "E-API-405", "The address does not take this method",
        "The header `Allow` of the answer lists the methods that it takes.";
    KEY_IN_USE = "E-API-409", "A request with this Idempotency-Key has begun and has no answer",
        "Either it is still being carried out: ask again in a moment. Or the server stopped in the middle of it: then look whether it took effect before you send it with a new key. It is not carried out twice.";
    EXPIRED_LINK = "E-API-410", "The sign-in link was used or is too old",
        "A link signs in once, within ten minutes. Make a new one with `codex32 sign-in-link`.";
    TOO_LARGE = "E-API-413", "The request is too large",
        "A request to the API has at most 1 MiB. A webhook takes 1 MiB unless its trigger says otherwise under `max_body`, and at most 32 MiB.";
    MEDIA_TYPE = "E-API-415", "The body has the wrong type",
        "The API takes JSON. Send the header `Content-Type: application/json`.";
    KEY_REUSED = "E-API-422", "The Idempotency-Key belongs to another request",
        "The key was used within the last 24 hours for another address or another body. Use a new key for a new request.";
    DEFINITION = "E-API-453", "The definition has errors",
        "The bot was not deployed. `diagnostics` lists each place with what was expected and what to write instead; `codex32 check FILE` shows the same.";
    OPEN = "E-API-454", "A value is still open",
        "A draft asks for what a sentence does not say, and until it is answered the definition takes the value from a workspace variable that does not exist. Answer the question, write the value into the definition, or set the variable: `codex32 env set NAME VALUE`. Then deploy again.";
    TOO_MANY = "E-API-429", "Too many of these at once",
        "The server bounds how many of them may be open. Wait as long as `Retry-After` says, or use one that is open.";
    INTERNAL = "E-API-500", "The server failed",
        "This is a mistake in Codex-32. What was answered as accepted is safe. Please report it with the trace id; the server's log has the details under it.";
    CLOSING = "E-API-503", "The server is stopping, or not ready yet",
        "Ask again in a moment. Nothing was accepted.";
    SLOW = "E-API-504", "The request took too long",
        "The body did not arrive, or no answer was ready, in time. Nothing that was not answered can be taken as done: read the state before you repeat it, or repeat it with the same `Idempotency-Key`.";
    ENV_NAME = "E-API-450", "That is not the name of a variable",
        "The name of a variable begins with a letter or an underscore, has only letters, digits and underscores, and at most 64 characters. Its value is text of at most 64 KiB.";
    CONNECTION_NAME = "E-API-451", "That is not the name of a connection",
        "The name of a connection begins with a letter and has only lower-case letters, digits, `-` and `_`, and at most 64 characters.";
    CONNECTION_TEST = "E-API-452", "The connection was not saved, because its test failed",
        "The other side did not take these credentials; its reason is in the detail. Correct them, or save the connection untested with `test: false` (`--no-test`).";
    LISTEN = "E-SERVE-001", "The server cannot listen at this address",
        "Another program uses the port, or the address is not one of this machine. Stop the other program (`codex32 doctor` may name it), or choose another address with `--listen` or `CODEX32_LISTEN`.";
    PUBLIC_URL = "E-SERVE-002", "The public address cannot be used",
        "`--public-url` (`CODEX32_PUBLIC_URL`) is where others reach this server, such as `https://bots.example.com`: `http://` or `https://`, a host, no query.";
}
