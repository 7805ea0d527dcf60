codes! {
    MALFORMED = "E-BOT-001", "The text is not YAML or JSON",
        "The file could not be read as YAML 1.2 or JSON. The place shows where reading stopped; the cause is often one line above: an unclosed quote or bracket, or indentation with tabs.";
    TOO_LARGE = "E-BOT-002", "The definition is too large",
        "A definition has at most 1 MiB of text, 64 levels of nesting, 200,000 values and 5,000 steps. Move data out of the definition (into an input, a table, a file behind a URL) or split the bot and `call` the parts.";
    ALIAS = "E-BOT-003", "YAML anchors, aliases, tags and merge keys are refused",
        "A definition is plain data that reads the same in JSON, so `&anchor`, `*alias`, `!tag` and `<<` are not part of it. Write the value out. A text that begins with one of these characters needs quotes.";
    DUPLICATE_KEY = "E-BOT-004", "A key stands twice in one object",
        "Only one of the two could count, and readers would disagree which. Remove or rename one.";
    UNQUOTED_TEMPLATE = "E-BOT-005", "A template without quotes",
        "YAML reads a value that begins with `{` as an object. Put quotes around the whole value: `text: \"{{ inputs.name }}\"`. If the expression has double quotes in it, use single quotes outside.";
    NOT_TEXT = "E-BOT-006", "The file is not UTF-8 text",
        "A definition is UTF-8 text without control characters. Save the file as UTF-8.";
    NUMBER = "E-BOT-007", "A number that JSON does not know",
        "Infinity and NaN cannot be written in JSON, so no definition holds them. Use a finite number, or quotes if a text was meant.";
    COMMENT_VALUE = "E-BOT-008", "A value became a comment",
        "In YAML a `#` after a space begins a comment, so `channel: #finance` has no value. Put quotes around it: `channel: \"#finance\"`.";
    LEADING_ZERO = "E-BOT-009", "A number with a leading zero",
        "YAML reads `0123` as the number 123. Postcodes, phone numbers and the like need quotes: `\"0123\"`.";
    UNKNOWN_KEY = "E-BOT-010", "An unknown key",
        "The key does not exist at this place. The suggestion names the nearest one that does; `codex32 schema` prints them all.";
    MISSING_KEY = "E-BOT-011", "A key is missing",
        "This key must be there for the definition to mean something. The message says what it holds.";
    WRONG_TYPE = "E-BOT-012", "A value of the wrong type",
        "The value is a list where a text is expected, a number where an object is expected, and so on. The message says what was expected.";
    NO_VERB = "E-BOT-013", "A step or trigger does not say what it is",
        "A step has exactly one verb (`do`, `code`, `set`, `if`, `switch`, `for_each`, `parallel`, `try`, `wait`, `approve`, `ask`, `agent`, `search`, `call`, `emit`, `respond`, `return`), a trigger exactly one kind (`schedule`, `every`, `once`, `webhook`, `event`, `app`, `form`, `email`, `chat`, `manual`).";
    TWO_VERBS = "E-BOT-014", "A step or trigger says two things at once",
        "A step has exactly one verb, a trigger exactly one kind. Make two of it.";
    FOREIGN_KEY = "E-BOT-015", "A key that belongs to another verb",
        "The key exists, but not beside this verb or on this kind of trigger. The message says where it belongs.";
    DURATION = "E-BOT-016", "A duration that cannot be read",
        "Durations are written `30s`, `15m`, `1h30m`, `2d`, `1w`, `250ms`: whole numbers with units, each unit once. A day is 24 hours. ISO 8601 (`PT15M`) is not used.";
    SIZE = "E-BOT-017", "A size that cannot be read",
        "Sizes are bytes as a number, or a number with `B`, `KB`, `MB`, `KiB` or `MiB`.";
    CHOICE = "E-BOT-018", "None of the allowed words",
        "The key takes one of a few words. The message lists them.";
    NAME = "E-BOT-019", "A name that is not allowed",
        "Bot names are `[a-z][a-z0-9-]*`; ids, trigger names and loop variables `[a-z][a-z0-9_]*`, at most 63 characters; inputs are JavaScript identifiers. Events are words joined by dots.";
    RANGE = "E-BOT-020", "A number out of its range",
        "The number is too small or too large for this key. The message gives the bounds.";
    TYPE = "E-BOT-021", "An unknown type",
        "Types are `any`, `null`, `boolean`, `integer`, `number`, `string`, `array`, `object`; a list of types means any one of them.";
    EMPTY = "E-BOT-022", "Something that must not be empty",
        "An empty list of steps, an empty text or an object without fields does nothing here. Fill it or remove it.";
    DEFAULT = "E-BOT-023", "A default, enum or example that does not fit its type",
        "The value must fit the type that stands beside it.";
    RESERVED = "E-BOT-030", "A reserved name",
        "`inputs steps errors trigger event env run error loop now` mean something in every expression, so no step, trigger or loop variable may have such a name.";
    DUPLICATE_ID = "E-BOT-031", "Two steps with one id",
        "Ids are unique in a bot, except that the branches of one `if` or `switch` may define the same id, because only one of them runs. `try` and `catch` are not exclusive.";
    UNKNOWN_STEP = "E-BOT-032", "A step that does not exist",
        "`steps.<id>` names no step of this bot. The suggestion is the nearest id.";
    STEP_LATER = "E-BOT-033", "A step that has not run yet",
        "Steps run from top to bottom, so a value can only be used below the step that makes it. Move the step up.";
    STEP_OUT_OF_SCOPE = "E-BOT-034", "A step in a branch that cannot be seen from here",
        "What a branch makes can be seen in that branch and after the whole block, not in the other branches.";
    PARALLEL_SIBLING = "E-BOT-035", "A step of a parallel sibling",
        "The branches of one `parallel` run at the same time and do not see each other. After the block all of them can be seen.";
    NOT_IN_SCOPE = "E-BOT-036", "A name that does not exist here",
        "`error` exists in `catch` and `on_error`, `loop` and the loop's variable inside the loop, `event` only in bots that an event starts (and in `match` of a wait).";
    UNKNOWN_ACTION = "E-BOT-037", "An unknown action",
        "No connector offers this action. `codex32 connectors search WORD` finds those that exist.";
    UNKNOWN_PARAM = "E-BOT-038", "An unknown parameter",
        "The action has no parameter of this name. `codex32 connectors show CONNECTOR` lists them.";
    MISSING_PARAM = "E-BOT-039", "A required parameter is missing",
        "The action cannot run without it.";
    PARAM_TYPE = "E-BOT-040", "A value that the place cannot take",
        "The value, or what its template gives, has another type than the parameter, input or output that takes it.";
    CONNECTION = "E-BOT-041", "A connection where none is used",
        "This action works without a connection. Remove the key.";
    UNKNOWN_BOT = "E-BOT-042", "A call to a bot that does not exist yet",
        "The bot is not deployed in this workspace, so its inputs and output cannot be checked. Deploy it before this one runs.";
    CALL_CYCLE = "E-BOT-043", "Bots that call each other in a circle",
        "The call leads back to this bot and would never end. Use `emit` if one bot is to start the other.";
    CALL_INPUT = "E-BOT-044", "The call does not fit the other bot's inputs",
        "An input is missing or unknown. The message names it.";
    UNSUPPLIED_INPUT = "E-BOT-045", "A required input that this trigger cannot supply",
        "A schedule brings no data, so every required input needs a value in the trigger's `inputs`, or a default.";
    TRIGGER_INPUT = "E-BOT-046", "A trigger sets an input that does not exist",
        "The key under the trigger's `inputs` must be one of the bot's inputs.";
    WEBHOOK_PATH = "E-BOT-047", "A path that cannot be used",
        "A path has no leading slash, at most 200 characters, and segments of letters, digits, `.`, `_`, `~`, `-`. Two triggers of one bot may not share path and method.";
    OWN_TIMEOUT = "E-BOT-051", "A timeout beside `wait` or `approve`",
        "Both have their own: `timeout` inside a `wait` for an event, `expires` of an `approve`.";
    RETRY = "E-BOT-052", "A retry that does nothing",
        "Only steps that reach outside can fail and then succeed: `do`, `code`, `ask`, `agent`, `search`, `call`. A pure step gives the same result every time; to repeat a block, put `retry` on the steps in it.";
    UNHEARD = "E-BOT-053", "An answer that nobody waits for",
        "`respond` answers the caller of a webhook, form or chat that waits for the run. This bot has no trigger with `respond: run`, so the step does nothing.";
    UNREACHABLE = "E-BOT-054", "A step that is never reached",
        "The step above always ends the run. Move or remove this one.";
    EXPRESSION = "E-BOT-055", "One whole expression is expected",
        "This key takes exactly one `{{ … }}` with nothing around it.";
    OUTPUT = "E-BOT-056", "The result does not fit the declared output",
        "The bot says under `output` what it gives, and this `return` gives something else.";
    NEEDS_LATER = "E-BOT-057", "This server cannot run this yet",
        "The trigger is part of the language and is checked, but this version of the server has no part that runs it. `deploy` refuses the bot until then; `check` and `draft` accept it.";
    TIME = "E-BOT-059", "A time that cannot be read",
        "Times are `2027-03-01T10:00` in the zone beside them, or RFC 3339 with an offset (`2027-03-01T10:00:00+01:00`); dates are `2027-03-01`.";
    NETWORK = "E-BOT-060", "A host that cannot be reached like this",
        "`network` lists host names (`api.example.com`, `*.example.com`), without scheme, path or port.";
    SHADOWED = "E-BOT-062", "A loop variable hides the one of the loop around it",
        "Inside the inner loop the name means the inner item, so the outer one cannot be reached. Give one of them another name with `as`.";
    SQL_TEMPLATE = "E-BOT-063", "Text is put into an SQL statement",
        "A statement with `{{ … }}` in it would let whoever supplies the value write SQL of their own. Name the value in the statement and give it apart: `sql: SELECT * FROM orders WHERE id = :id` with `values: { id: \"{{ inputs.id }}\" }`. Names of tables and columns cannot be values; `sql.insert_row` takes them safely.";
    POLL = "E-BOT-064", "An app is looked at too often",
        "`poll` of an app trigger is how often the app is asked for what is new: `30s` or longer, `5m` unless set. Most apps count how often they are asked; one that tells by itself is quicker with a webhook.";
    UNKNOWN_APP_TRIGGER = "E-BOT-065", "An unknown app trigger",
        "No connector knows of this. `codex32 connectors show CONNECTOR` lists what can start a bot.";
    VERIFY = "E-BOT-061", "A signature check that does not fit its scheme",
        "`header` is needed by `hmac-sha256` and by no other scheme.";
    ZONE = "E-BOT-081", "The time zone does not exist",
        "`timezone` takes an IANA name such as `Europe/Berlin`, `America/New_York` or `UTC`. Abbreviations (`PST`) and offsets (`+02:00`) are no zones: they do not know when the clocks change. Write the region and city whose clocks are meant.";
    CRON = "E-BOT-082", "The cron pattern cannot be read",
        "A pattern has 5 fields, minute hour day month weekday (`0 9 * * 1-5` is every weekday at 09:00), or 6 with seconds first. Each field takes `*`, numbers, names (`mon`, `jan`), lists `1,15`, ranges `1-5` and steps `*/10`; the day also `L` (last), `15W` (nearest workday), the weekday also `5L` (last Friday) and `5#2` (second Friday). `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly` stand for patterns. Spans that do not divide the hour or the day, such as 45 minutes, are written `every: 45m`.";
    RRULE = "E-BOT-083", "The recurrence rule cannot be read",
        "A rule follows RFC 5545: `FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=14;BYMINUTE=0` is every other Tuesday at 14:00. FREQ is needed. Intervals are counted from `start`, without it from Monday 1970-01-05.";
    NEVER = "E-BOT-084", "The schedule never fires",
        "No time fits: the day does not exist in the month (`0 0 30 2 *`), the end comes before the first time, or `except` takes every date away.";
    SKIPPED = "E-BOT-085", "The time does not exist on that day",
        "When daylight saving begins, the clocks jump over an hour; the time lies in it. Take a time before or after, or write an RFC 3339 time with its offset. Repeating schedules need no care: a skipped time fires at the next existing minute.";
    EVERY = "E-BOT-086", "The interval is too short",
        "`every` takes a duration from 1s up, such as `30s`, `45m` or `1h30m`. For something that happens more often, let one run loop or wait.";
    MOMENT = "E-BOT-087", "The date or time cannot be read",
        "`start` and `end` take a date (`2027-03-01`), a time in the trigger's zone (`2027-03-01T10:00`) or an RFC 3339 time (`2027-03-01T10:00:00+01:00`). `once` needs a time, `except` takes dates only. A date as `end` includes that whole day.";
    SCHEDULE = "E-BOT-088", "Parts of the schedule do not fit together",
        "For instance a `once` with an offset beside a `timezone`, a `count` of 0, or too many dates in `except`. The message says which.";
}
