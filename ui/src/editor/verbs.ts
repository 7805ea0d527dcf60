// What a form offers for each verb and trigger, and what a new one begins with.
import type { Key, Verb } from "../flow/model";
import type { Kind } from "./value-field";

export interface Spec {
  path: Key[];
  label: string;
  kind: Kind;
  hint?: string;
  choices?: readonly string[];
  placeholder?: string;
}

const spec = (path: string, label: string, kind: Kind, more: Partial<Spec> = {}): Spec => ({ path: path.split("."), label, kind, ...more });

export const VERB_FIELDS: Record<Verb, Spec[]> = {
  do: [],
  code: [
    spec("code", "Code", "code", { hint: "The body of a function; what it returns is the output." }),
    spec("language", "Language", "choice", { choices: ["typescript", "javascript", "python"], placeholder: "typescript" }),
    spec("network", "Hosts it may reach", "value", { hint: "A list such as [api.example.com]; none unless set." }),
  ],
  set: [spec("set", "Value", "value", { hint: "Text, a number, a list, or an expression in {{ }}." })],
  if: [spec("if", "Condition", "expression")],
  switch: [spec("switch", "Value", "expression", { hint: "Compared as text with the name of each case." })],
  for_each: [
    spec("for_each", "List", "expression"),
    spec("as", "Name of the item", "text", { placeholder: "item" }),
    spec("concurrency", "How many at once", "number", { placeholder: "1" }),
  ],
  parallel: [],
  try: [],
  wait: [spec("wait", "How long, or for what", "value", { hint: "15m, 2d; or { until: 2027-03-01T10:00, timezone: Asia/Tokyo }; or { event: invoice.paid, timeout: 2d }." })],
  approve: [
    spec("approve", "Question", "text"),
    spec("to", "Whom to ask", "value", { hint: "A list of mail addresses." }),
    spec("form", "What the answer must bring", "value"),
    spec("expires", "Expires after", "text", { placeholder: "24h" }),
    spec("default", "If nobody answers", "choice", { choices: ["approve", "reject"] }),
    spec("on_reject", "If it is rejected", "choice", { choices: ["stop", "continue"], placeholder: "stop" }),
  ],
  ask: [
    spec("ask", "Question", "text"),
    spec("model", "Model", "text", { placeholder: "fast" }),
    spec("sources", "Sources", "value"),
    spec("output", "Shape of the answer", "value"),
  ],
  agent: [
    spec("agent", "Task", "text"),
    spec("model", "Model", "text", { placeholder: "smart" }),
    spec("tools", "Tools", "value"),
    spec("output", "Shape of the result", "value"),
  ],
  search: [spec("search", "Knowledge base", "text"), spec("query", "What to search for", "text"), spec("top", "How many results", "number", { placeholder: "5" })],
  call: [
    spec("call", "Bot", "text"),
    spec("with", "Its inputs", "value"),
    spec("detach", "Do not wait for it", "choice", { choices: ["true", "false"] }),
  ],
  emit: [
    spec("emit", "Name of the event", "text", { placeholder: "invoice.paid" }),
    spec("data", "What it carries", "value"),
    spec("key", "Key", "text", { hint: "Events with the same key start runs in order." }),
  ],
  respond: [
    spec("respond.status", "Status", "value", { placeholder: "200" }),
    spec("respond.body", "Body", "value", { hint: "An object goes as JSON, text as text." }),
    spec("respond.headers", "Headers", "value"),
  ],
  return: [spec("return", "Value", "value")],
};

export const COMMON: Spec[] = [
  spec("id", "Id", "text", { hint: "Later steps read its output as steps.<id>." }),
  spec("name", "Name", "text", { hint: "For people." }),
  spec("when", "Only when", "expression", { hint: "Otherwise the step is skipped." }),
  spec("retry.attempts", "Tries in all", "number", { placeholder: "1" }),
  spec("timeout", "Longest time of one try", "text", { placeholder: "30s" }),
  spec("on_error", "If it fails", "choice", { choices: ["fail", "continue"], placeholder: "fail" }),
  spec("note", "Note", "text", { hint: "For people." }),
];

export const TRIGGER_FIELDS: Record<string, Spec[]> = {
  webhook: [
    spec("webhook.path", "Path", "text", { hint: "After /hooks/" }),
    spec("webhook.method", "Method", "choice", { choices: ["GET", "POST", "PUT", "PATCH", "DELETE", "ANY"], placeholder: "POST" }),
    spec("webhook.respond", "The caller is answered", "choice", { choices: ["now", "run"], placeholder: "now: at once, with the run's id", hint: "run: with what the run answers." }),
    spec("webhook.timeout", "Longest the caller waits", "text", { placeholder: "30s" }),
    spec("webhook.dedupe", "Calls with the same key start one run", "expression", { placeholder: "trigger.headers['x-event-id']" }),
    spec("webhook.verify", "Signature", "value", { hint: "Such as { scheme: github, connection: hook }." }),
  ],
  schedule: [
    spec("schedule", "When", "text", { hint: "Cron with 5 fields, or a rule that begins with FREQ=.", placeholder: "0 9 * * 1-5" }),
    spec("timezone", "Time zone", "text", { placeholder: "the workspace's" }),
    spec("missed", "Missed while the server was off", "choice", { choices: ["skip", "last", "all"], placeholder: "last" }),
    spec("overlap", "While the last run goes on", "choice", { choices: ["queue", "skip", "cancel"], placeholder: "queue" }),
  ],
  every: [spec("every", "How often", "text", { placeholder: "15m" })],
  once: [spec("once", "When", "text", { placeholder: "2027-03-01T10:00" }), spec("timezone", "Time zone", "text", { placeholder: "the workspace's" })],
  event: [spec("event", "Name of the event", "text", { placeholder: "invoice.paid" })],
  manual: [],
};

export const TRIGGER_COMMON: Spec[] = [
  spec("when", "Only when", "expression", { hint: "Otherwise no run starts." }),
  spec("inputs", "Inputs", "value", { hint: "Fields of the same name are filled by themselves; others here." }),
];

/** A new trigger of a kind; `bot` makes its path unique. */
export function newTrigger(kind: string, bot: string): Record<string, unknown> {
  const fresh: Record<string, Record<string, unknown>> = {
    webhook: { webhook: { path: bot || "path", respond: "now" } },
    schedule: { schedule: "0 9 * * 1-5" },
    every: { every: "15m" },
    once: { once: "2027-01-01T09:00" },
    event: { event: "order.paid" },
    manual: { manual: {} },
  };
  return fresh[kind] ?? { manual: {} };
}

/** Verbs that a person can add, with what they begin with. */
export const NEW_STEPS: { verb: Verb; title: string; about: string; step: Record<string, unknown> }[] = [
  { verb: "if", title: "If", about: "Chooses by a condition", step: { if: "{{ true }}", then: [{ set: "yes" }] } },
  { verb: "switch", title: "Switch", about: "Chooses by a value", step: { switch: "{{ 'a' }}", cases: { a: [{ set: "a" }] }, default: [{ set: "other" }] } },
  { verb: "for_each", title: "For each", about: "Does steps for each item of a list: loop", step: { for_each: "{{ [1, 2, 3] }}", as: "item", steps: [{ set: "{{ item }}" }] } },
  { verb: "parallel", title: "At the same time", about: "Does branches in parallel, then joins", step: { parallel: { a: [{ set: 1 }], b: [{ set: 2 }] } } },
  { verb: "try", title: "Try", about: "Catches failures", step: { try: [{ set: 1 }], catch: [{ set: "{{ error.message }}" }] } },
  { verb: "set", title: "Set a value", about: "Computes with an expression: edit fields", step: { set: "{{ now }}" } },
  { verb: "code", title: "Code", about: "TypeScript or Python, in a sandbox", step: { code: "return inputs;\n" } },
  { verb: "wait", title: "Wait", about: "For a time, or for an event", step: { wait: "15m" } },
  { verb: "call", title: "Call a bot", about: "Runs another bot: sub-workflow", step: { call: "other-bot" } },
  { verb: "emit", title: "Emit an event", about: "May start other bots", step: { emit: "something.happened", data: {} } },
  { verb: "respond", title: "Answer the caller", about: "Responds to the webhook; the run goes on", step: { respond: { status: 200, body: "thanks" } } },
  { verb: "return", title: "Return", about: "Ends the run with a value", step: { return: "done" } },
];
