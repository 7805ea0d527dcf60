// The fields that an approval asks for, read from its JSON Schema.
import type { InputField } from "../flow/inputs";

interface Shape {
  type?: unknown;
  enum?: unknown[];
  anyOf?: Shape[];
  default?: unknown;
  description?: unknown;
  examples?: unknown[];
}

export function formFields(schema: unknown): InputField[] {
  const { properties, required } = (schema ?? {}) as { properties?: Record<string, Shape>; required?: string[] };
  return Object.entries(properties ?? {}).map(([name, spec]) => {
    // `T | null`: it may be left empty.
    const others = spec.anyOf?.filter((each) => each.type !== "null");
    const shape = others?.length === 1 && others[0] ? { ...spec, ...others[0] } : spec;
    return {
      name,
      type: typeof shape.type === "string" ? shape.type : shape.enum?.every((value) => typeof value === "string") ? "string" : "any",
      required: required?.includes(name) ?? false,
      default: spec.default,
      choices: shape.enum,
      description: typeof spec.description === "string" ? spec.description : "",
      examples: Array.isArray(spec.examples) ? spec.examples : [],
    };
  });
}
