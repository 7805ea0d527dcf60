// What checks and values are in words, and how a check is written in a form.
import type { Check } from "../../api/evaluations";

export const KINDS = ["exact", "contains", "not_contains", "matches", "expression", "code", "judge", "schema"] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_NAMES: Record<Kind, string> = {
  exact: "is",
  contains: "contains",
  not_contains: "does not contain",
  matches: "matches the pattern",
  expression: "makes this true",
  code: "passes this TypeScript",
  judge: "keeps the rubric of a judge",
  schema: "keeps the JSON Schema",
};

/** A check as fields of a form. */
export interface Draft {
  kind: Kind;
  at: string;
  /** JSON for `exact` and `schema`, else a text. */
  text: string;
  /** Of a judge. */
  model: string;
}

export function kindOf(check: Check): Kind {
  return KINDS.find((kind) => check[kind] !== undefined) ?? "exact";
}

/** A value as somebody would write it: texts without quotes where that says the same. */
export function written(value: unknown): string {
  if (typeof value === "string" && readValue(value) === value) return value;
  return JSON.stringify(value) ?? "null";
}

/** JSON, or else the text itself. */
export function readValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

export function toDraft(check: Check): Draft {
  const kind = kindOf(check);
  const value = check[kind];
  const judge = check.judge;
  const text = kind === "judge" ? (judge?.rubric ?? "") : kind === "exact" || kind === "schema" ? written(value) : Array.isArray(value) ? value.join("\n") : String(value ?? "");
  return { kind, at: check.at ?? "", text, model: judge?.model ?? "" };
}

export function fromDraft({ kind, at, text, model }: Draft): Check {
  const lines = text.split("\n").filter((line) => line !== "");
  const value = {
    exact: () => readValue(text),
    schema: () => readValue(text),
    contains: () => (lines.length > 1 ? lines : text),
    not_contains: () => (lines.length > 1 ? lines : text),
    matches: () => text,
    expression: () => text,
    code: () => text,
    judge: () => ({ rubric: text, ...(model && { model }) }),
  }[kind]();
  return { ...(at && { at }), [kind]: value } as Check;
}

/** Such as `label is bug`. */
export function told(check: Check): string {
  const { kind, at, text, model } = toDraft(check);
  const words = `${at || "it"} ${KIND_NAMES[kind]}`;
  const said = kind === "schema" ? "" : ` ${text.replace(/\s+/g, " ")}`;
  return `${words}${kind === "judge" && model ? ` (${model})` : ""}${kind === "judge" ? ":" : ""}${said}`;
}

/** A share as people read it. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
