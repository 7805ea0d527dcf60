// A definition as the interface reads it: steps with their blocks, addresses and a line about each.
// It never refuses: whatever does not fit is left to the server's check, and drawn as far as it goes.

export type Key = string | number;
export type Path = readonly Key[];
export type Fields = Record<string, unknown>;

export const VERBS = [
  "do",
  "code",
  "set",
  "if",
  "switch",
  "for_each",
  "parallel",
  "try",
  "wait",
  "approve",
  "ask",
  "agent",
  "search",
  "call",
  "emit",
  "respond",
  "return",
] as const;
export type Verb = (typeof VERBS)[number];

export interface Block {
  /** The branch's name in addresses; empty for a loop's body. */
  name: string;
  title: string;
  path: Path;
  steps: FlowStep[];
}

export interface FlowStep {
  path: Path;
  /** As in runs, but with `[]` for the item of a loop: see {@link addressKey}. */
  address: string;
  verb: Verb | null;
  id: string | undefined;
  title: string;
  detail: string;
  raw: Fields;
  blocks: Block[];
  /** Steps in its blocks, at any depth. */
  inside: number;
}

export interface FlowTrigger {
  name: string;
  kind: string;
  path: Path;
  detail: string;
  raw: Fields;
}

export interface Flow {
  bot: string;
  description: string;
  triggers: FlowTrigger[];
  steps: FlowStep[];
  onError: FlowStep[];
  /** All steps, at any depth. */
  count: number;
  raw: Fields;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An address of a run, such as `lines[3]/line`, as the flow knows it: `lines[]/line`. */
export function addressKey(address: string): string {
  return address.replace(/\[\d+\]/g, "[]");
}

/** `steps[2].then[0]`, as in diagnostics. */
export function pathText(path: Path): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");
}

export function readFlow(definition: unknown): Flow {
  const raw = isFields(definition) ? definition : {};
  const steps = readSteps(raw.steps, ["steps"], "");
  const onError = readSteps(raw.on_error, ["on_error"], "on_error/");
  const triggers = Object.entries(isFields(raw.triggers) ? raw.triggers : {}).map(([name, value]) =>
    readTrigger(name, isFields(value) ? value : {}),
  );
  const count = [...steps, ...onError].reduce((sum, step) => sum + 1 + step.inside, 0);
  return { bot: text(raw.bot), description: text(raw.description), triggers, steps, onError, count, raw };
}

function readSteps(list: unknown, path: Path, before: string): FlowStep[] {
  if (!Array.isArray(list)) return [];
  const counts = new Map<string, number>();
  return list.map((value: unknown, index) => {
    const raw = isFields(value) ? value : {};
    const verb = verbOf(raw);
    const name = verb ?? "step";
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const id = typeof raw.id === "string" ? raw.id : undefined;
    const address = `${before}${id ?? `${name}#${counts.get(name)}`}`;
    const here = [...path, index];
    const blocks = verb ? readBlocks(raw, verb, here, address) : [];
    const inside = blocks.reduce((sum, block) => sum + block.steps.reduce((all, step) => all + 1 + step.inside, 0), 0);
    return { path: here, address, verb, id, ...describe(raw, verb), raw, blocks, inside };
  });
}

export function verbOf(step: Fields): Verb | null {
  return VERBS.find((verb) => verb in step) ?? null;
}

function readBlocks(raw: Fields, verb: Verb, path: Path, address: string): Block[] {
  const block = (keys: Key[], name: string, title: string, list: unknown): Block => ({
    name,
    title,
    path: [...path, ...keys],
    steps: readSteps(list, [...path, ...keys], name === "" ? `${address}[]/` : `${address}.${name}/`),
  });
  switch (verb) {
    case "if":
      return [block(["then"], "then", "Yes", raw.then), block(["else"], "else", "No", raw.else)];
    case "switch": {
      const cases = Object.entries(isFields(raw.cases) ? raw.cases : {});
      return [
        ...cases.map(([name, list]) => block(["cases", name], name, name, list)),
        block(["default"], "default", "Otherwise", raw.default),
      ];
    }
    case "for_each":
      return [block(["steps"], "", "Each", raw.steps)];
    case "parallel":
      return Object.entries(isFields(raw.parallel) ? raw.parallel : {}).map(([name, list]) =>
        block(["parallel", name], name, name, list),
      );
    case "try": {
      const blocks = [block(["try"], "try", "Try", raw.try)];
      if (raw.catch) blocks.push(block(["catch"], "catch", "If that fails", raw.catch));
      if (raw.finally) blocks.push(block(["finally"], "finally", "In any case", raw.finally));
      return blocks;
    }
    default:
      return [];
  }
}

function readTrigger(name: string, raw: Fields): FlowTrigger {
  const kind = Object.keys(raw).find((key) => TRIGGER_KINDS.has(key)) ?? "unknown";
  return { name, kind, path: ["triggers", name], detail: triggerDetail(kind, raw), raw };
}

export const TRIGGER_TITLES: Record<string, string> = {
  webhook: "Webhook",
  schedule: "Schedule",
  every: "At intervals",
  once: "Once",
  event: "Event",
  manual: "By hand",
  app: "App event",
  form: "Form",
  email: "Mail arrives",
  chat: "Chat",
  unknown: "Trigger",
};
const TRIGGER_KINDS = new Set(Object.keys(TRIGGER_TITLES));

function triggerDetail(kind: string, raw: Fields): string {
  const value = raw[kind];
  const zone = typeof raw.timezone === "string" ? ` ${raw.timezone}` : "";
  if (kind === "webhook" || kind === "form" || kind === "chat") {
    const { method, path } = isFields(value) ? value : {};
    return `${kind === "webhook" ? `${text(method) || "POST"} ` : ""}/hooks/${text(path)}`;
  }
  return isFields(value) ? "" : `${short(value)}${zone}`;
}

/** What a step is called and what it is about. */
function describe(raw: Fields, verb: Verb | null): { title: string; detail: string } {
  const [title, detail] = verb ? about(raw, verb) : ["A step without a verb", ""];
  return { title: text(raw.name) || title, detail };
}

function about(raw: Fields, verb: Verb): [string, string] {
  const value = raw[verb];
  switch (verb) {
    case "do":
      return [actionTitle(text(value)), mainParameter(raw.with)];
    case "code":
      return [raw.language === "python" ? "Python code" : "Code", text(value).trim().split("\n")[0] ?? ""];
    case "set":
      return [raw.id ? `Set ${text(raw.id)}` : "Set a value", short(value)];
    case "if":
      return ["If", bare(value)];
    case "switch":
      return ["Depending on", bare(value)];
    case "for_each":
      return [`For each ${text(raw.as) || "item"}`, `of ${bare(value)}${raw.concurrency ? `, ${short(raw.concurrency)} at once` : ""}`];
    case "parallel":
      return ["At the same time", ""];
    case "try":
      return ["Try", ""];
    case "wait":
      return ["Wait", waitDetail(value)];
    case "approve":
      return ["Ask for approval", short(value)];
    case "ask":
      return ["Ask a model", short(value)];
    case "agent":
      return ["Agent", short(value)];
    case "search":
      return ["Search", `${short(value)}: ${short(raw.query)}`];
    case "call":
      return ["Call a bot", short(value)];
    case "emit":
      return ["Emit an event", short(value)];
    case "respond": {
      const { status, body } = isFields(value) ? value : {};
      return ["Answer the caller", [status && short(status), body !== undefined && short(body)].filter(Boolean).join(" · ")];
    }
    case "return":
      return ["Return", short(value)];
  }
}

function waitDetail(value: unknown): string {
  if (!isFields(value)) return short(value);
  if ("event" in value) return `for ${short(value.event)}`;
  return "until" in value ? `until ${short(value.until)}` : "";
}

/** `slack.post_message` becomes "Slack: post message". */
export function actionTitle(action: string): string {
  const [connector = "", name = ""] = action.split(".");
  const spelled = NAMES[connector] ?? connector.split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
  return name ? `${spelled}: ${name.replace(/_/g, " ")}` : spelled || "Do";
}

const NAMES: Record<string, string> = {
  http: "HTTP", email: "Mail", github: "GitHub", gitlab: "GitLab", openai: "OpenAI", openweather: "OpenWeather", hubspot: "HubSpot", pagerduty: "PagerDuty",
  rss: "RSS", sendgrid: "SendGrid", sql: "SQL", x: "X",
};

const MAIN = ["url", "to", "channel", "key", "path", "query", "title", "name", "text", "message"];

function mainParameter(parameters: unknown): string {
  if (!isFields(parameters)) return "";
  const key = MAIN.find((name) => name in parameters) ?? Object.keys(parameters)[0];
  return key === undefined ? "" : short(parameters[key]);
}

/** An expression without its braces. */
function bare(value: unknown): string {
  const whole = /^\s*\{\{([\s\S]*)\}\}\s*$/.exec(text(value));
  return whole ? (whole[1] ?? "").trim() : short(value);
}

function short(value: unknown): string {
  const whole = typeof value === "string" ? value : value === undefined ? "" : (JSON.stringify(value) ?? "");
  const line = whole.replace(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/** Every step, from top to bottom. */
export function* allSteps(steps: FlowStep[]): Generator<FlowStep> {
  for (const step of steps) {
    yield step;
    for (const block of step.blocks) yield* allSteps(block.steps);
  }
}

/** The step at `path`, or the one that a longer path leads into. */
export function stepAt(flow: Flow, path: string): FlowStep | undefined {
  let best: FlowStep | undefined;
  for (const step of allSteps([...flow.steps, ...flow.onError])) {
    const own = pathText(step.path);
    if ((path === own || path.startsWith(`${own}.`) || path.startsWith(`${own}[`)) && own.length > (best ? pathText(best.path).length : 0)) {
      best = step;
    }
  }
  return best;
}
