// A bot's inputs as fields of a form, and samples of them.
import { isFields, type Flow } from "./model";

export interface InputField {
  name: string;
  type: string;
  required: boolean;
  default: unknown;
  choices: unknown[] | undefined;
  description: string;
  examples: unknown[];
}

export function inputFields(flow: Flow): InputField[] {
  if (!isFields(flow.raw.inputs)) return [];
  return Object.entries(flow.raw.inputs).map(([name, spec]) => {
    const long = isFields(spec) ? spec : {};
    const type = typeof spec === "string" ? spec : typeof long.type === "string" ? long.type : "any";
    const hasDefault = "default" in long;
    return {
      name,
      type,
      required: long.required === true || (long.required !== false && !hasDefault),
      default: long.default,
      choices: Array.isArray(long.enum) ? long.enum : undefined,
      description: typeof long.description === "string" ? long.description : "",
      examples: Array.isArray(long.examples) ? long.examples : [],
    };
  });
}

/** What somebody typed as a value of the type; text that does not fit goes as it is, for the server to refuse. */
export function typedValue(type: string, typed: string): unknown {
  if (type === "string") return typed;
  if (typed.trim() === "") return undefined;
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    return typed;
  }
}

/** A value that fits, for curl lines and first tries. */
export function sampleOf(field: InputField): unknown {
  if (field.examples.length > 0) return field.examples[0];
  if (field.default !== undefined) return field.default;
  if (field.choices?.length) return field.choices[0];
  const samples: Record<string, unknown> = { number: 1200, integer: 12, boolean: true, array: [], object: {}, null: null };
  if (field.type in samples) return samples[field.type];
  if (/mail/i.test(field.name)) return "ada@example.com";
  return /url|link/i.test(field.name) ? "https://example.com" : "text";
}

export function sampleInput(flow: Flow): Record<string, unknown> {
  return Object.fromEntries(inputFields(flow).map((field) => [field.name, sampleOf(field)]));
}

/** A line for a shell that calls a webhook. */
export function curl(url: string, method: string | null | undefined, body: Record<string, unknown>): string {
  const verb = !method || method === "ANY" ? "POST" : method;
  if (verb === "GET" || verb === "HEAD" || verb === "DELETE") {
    const query = new URLSearchParams(Object.entries(body).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]));
    const address = query.size > 0 ? `${url}?${query.toString()}` : url;
    return `curl${verb === "GET" ? "" : verb === "HEAD" ? " --head" : ` -X ${verb}`} ${quote(address)}`;
  }
  return `curl -X ${verb} ${quote(url)} \\\n  -H 'content-type: application/json' \\\n  -d ${quote(JSON.stringify(body))}`;
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}
