codes! {
    HTTP_STATUS = "E-CONN-001", "The other side answered with an error",
        "The HTTP status was 400 or higher. Set `accept: any` in `with` to take such answers as a value.";
    PRIVATE_ADDRESS = "E-CONN-002", "The address lies in a private network",
        "The host resolves to a loopback, private, link-local or otherwise internal address. Bots must not be a way into the network, so this is refused. If the server stands at home or in a test, start it with `CODEX32_ALLOW_PRIVATE_NETWORKS=true`.";
    UNREACHABLE = "E-CONN-003", "The other side cannot be reached",
        "The name does not resolve, nothing listens at the address, or no secure connection could be made. Nothing was sent. Check the address, and whether the other side is up.";
    TIMEOUT = "E-CONN-004", "No answer in time",
        "The request began and no answer came within the step's timeout. If the step writes, the other side may have taken it: the next attempt carries the same idempotency key. Raise `timeout` if the other side is slow.";
    BROKEN = "E-CONN-005", "The connection broke before the answer was complete",
        "The request was sent, wholly or in part, and the connection ended before the answer did. If the step writes, the other side may have taken it: the next attempt carries the same idempotency key.";
    TOO_LARGE = "E-CONN-006", "The answer is larger than allowed",
        "Answers are read up to a limit (10 MiB unless `max_bytes` says otherwise). Ask for less, for instance with a filter or a page size.";
    REDIRECT = "E-CONN-007", "A redirect was not followed",
        "At most five redirects are followed, only to http and https addresses. Use the final address.";
    BAD_URL = "E-CONN-008", "The address cannot be used",
        "An address begins with http:// or https://, has a host, and holds no user name or password: put those into a connection.";
    INVALID_PARAMS = "E-CONN-009", "The step's parameters do not fit the action",
        "A value under `with` has another type than the action takes, is missing, too large, or holds a line break where none may be. `codex32 connectors show NAME` lists what it takes.";
    NO_CONNECTION = "E-CONN-010", "The action needs a connection",
        "Add one with `codex32 connections add`, name it in the step (`connection: NAME`), and bind it when deploying (`--bind NAME=CONNECTION`).";
    CONNECTION_FIELDS = "E-CONN-011", "The connection's fields are not right",
        "A field is missing, unknown, or has the wrong form for this kind of connection. `codex32 connectors show NAME` lists the kinds and their fields.";
    AUTH = "E-CONN-012", "The other side refused the credentials",
        "The token, key or password is wrong, has expired, or may not do this. Make a new one on the other side, update the connection, and test it.";
    NOT_FOUND = "E-CONN-013", "The other side does not know what was asked for",
        "The record, channel or page that the step names does not exist there, or the connection may not see it.";
    RATE_LIMITED = "E-CONN-014", "Too many requests to the other side",
        "It asked to wait. Give the step a `retry`; the pause that the other side asks for is kept.";
    REFUSED = "E-CONN-015", "The other side refused the request",
        "It understood the request and said no; its reason is in the message.";
    RESPONSE = "E-CONN-016", "The answer cannot be understood",
        "The other side answered in another form than the connector expects. Its service may have changed.";
    MAPPING = "E-CONN-017", "An expression of the connector's manifest failed",
        "An expression that builds the request or reads the answer failed. This is a mistake in the manifest; please report it with the message.";
    UNKNOWN_ACTION = "E-CONN-018", "There is no such action",
        "`codex32 connectors search WORDS` finds actions.";
    MANIFEST = "E-CONN-019", "The manifest is not right",
        "A connector's YAML manifest has a mistake at the place given. docs/connector-manifests.md describes the format.";
    MAIL_ADDRESS = "E-CONN-020", "That is not a mail address",
        "A mail address looks like `name@example.com` or `Name <name@example.com>`, on one line.";
    MAIL_REFUSED = "E-CONN-021", "The mail server refused the mail",
        "The mail server answered with an error; its reason is in the message. A 4xx reply is temporary and may be tried again, a 5xx reply is final.";
    OUTBOX = "E-CONN-022", "The mail could not be kept in the outbox",
        "The built-in outbox is a table in the database, and it could not be written.";
    CONNECTION_KIND = "E-CONN-023", "The action does not work with this kind of connection",
        "Some actions need more than the connection allows: an incoming webhook of Slack can only post. Bind a connection of another kind.";
    SERVER_ERROR = "E-CONN-024", "The other side failed",
        "It answered with a status of 500 or more. Give the step a `retry`. If the step writes, the next attempt carries the same idempotency key.";
    FILE_PATH = "E-CONN-025", "The path cannot be used",
        "Paths lie inside of the connection's folder, with `/` between their parts: no `..`, no `/` at the beginning, no symbolic links that lead outside. The server keeps files in the folder that `CODEX32_FILES` names (by default `files` in its data folder), one folder for each workspace; testing the connection tells where.";
    SIGN_IN_AGAIN = "E-CONN-026", "The connection has to be signed in",
        "The other side took no token of this connection: it was never signed in, or the leave was withdrawn or has ended. Sign in with `codex32 connections authorize NAME`, or with the button on the connection's page.";
    MCP_SERVER = "E-CONN-027", "The MCP server does not do its part",
        "It does not answer, ends in the middle, or does not speak the Model Context Protocol. Test the connection; of a program look whether it starts by hand. A server reached by HTTP needs an endpoint for streamable HTTP, which often ends with `/mcp`; one for the older SSE transport does not do.";
    MCP_TOOL = "E-CONN-028", "A tool of an MCP server failed",
        "The server says so; its words are in the message. An agent's model is told, too, and may try otherwise.";
    MCP_PROGRAM = "E-CONN-029", "The program is not allowed, or does not start",
        "Connections name programs, and never say what is run: whoever runs Codex-32 allows each by `codex32 serve --mcp-program NAME=COMMAND` or `CODEX32_MCP_PROGRAMS`. The command is found by its whole path, or in the usual folders; it sees nothing of the server's environment.";
    SIGNATURE_MISSING = "E-CONN-030", "The request is not signed",
        "The webhook checks signatures, and the request lacks the header that carries one, or the header cannot be read. Check that the sender signs, and that `verify.scheme` and `verify.header` are the sender's.";
    SIGNATURE_WRONG = "E-CONN-031", "The signature does not fit",
        "The request was signed with another secret, or changed on its way. Check the secret in the connection named by `verify.connection`. A proxy that rewrites bodies breaks signatures.";
    SIGNATURE_OLD = "E-CONN-032", "The signature's time is too far from now",
        "The signed timestamp is older, or further ahead, than `verify.tolerance` allows (5m unless set). Old ones may be replayed by somebody else; otherwise check the clocks on both sides.";
    SIGNATURE_SECRET = "E-CONN-033", "The signing secret cannot be used",
        "The secret in the connection is empty or not in the form of the scheme: Standard Webhooks secrets are base64, mostly after `whsec_`.";
    KEY_FILE_MODE = "E-CONN-040", "Others may read the key file",
        "The file with the key that seals the connections' credentials must be readable by its owner only. Run `chmod 600` on it; if somebody may have copied it, make new credentials.";
    KEY_FILE_CORRUPT = "E-CONN-041", "The key file cannot be used",
        "The file is not what Codex-32 wrote. Connections' credentials cannot be read without it. Put back a copy of the file from a backup. If there is none, move the broken file away: a new key is made at the next start, and every connection's credentials must be entered again. Bots, runs and everything else stay.";
    SEALED = "E-CONN-042", "Stored credentials cannot be opened",
        "They were sealed with another key file than the present one, or were changed. Put back the key file that belongs to this database, or enter the connection's credentials again.";
    KEY_FILE_IO = "E-CONN-043", "The key or token file cannot be read or written",
        "The operating system refused. Check that the data folder exists, belongs to the user who runs Codex-32, and has space.";
    TOKEN_FILE = "E-CONN-044", "The owner's token file cannot be used",
        "The file must be mode 0600 and hold one line that begins with `c32_`. Remove it and start again: a new token is made, and the old one stops working.";
}
