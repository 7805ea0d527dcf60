// The fields that a kind of connection asks for.
import type { Schemas } from "../../api/client";
import { Inline } from "../../components/markdown";
import { Field, Input, Select, Textarea } from "../../components/field";
import { Switch } from "../../components/switch";

type KindField = Schemas["KindField"];
export type Values = Record<string, string | boolean>;

interface FieldsProps {
  fields: KindField[];
  values: Values;
  onChange: (values: Values) => void;
  /** Editing: a secret that is left empty stays. */
  stays?: boolean;
  problems?: Record<string, string>;
}

export function ConnectionFields({ fields, values, onChange, stays, problems = {} }: FieldsProps) {
  return fields.map((field) => {
    const schema = field.schema as { type?: string; enum?: unknown[]; default?: unknown; format?: string; examples?: unknown[] };
    const value = values[field.name];
    const set = (next: string | boolean) => onChange({ ...values, [field.name]: next });
    const label = field.title || field.name.replace(/_/g, " ").replace(/^./, (first) => first.toUpperCase());
    const aside = [field.required ? "" : "optional", field.secret ? "secret" : ""].filter(Boolean).join(", ");
    if (schema.type === "boolean") {
      return (
        <div key={field.name} className="flex items-start justify-between gap-4">
          <div>
            <span className="text-[0.9rem] font-medium">{label}</span>
            {field.description && <p className="text-[0.84rem] text-faint">{field.description}</p>}
          </div>
          <Switch label={label} checked={value === true} onChange={set} />
        </div>
      );
    }
    const text = typeof value === "string" ? value : "";
    const hint = stays && field.secret ? `${field.description ?? ""} Leave it empty to keep what is stored.`.trim() : field.description;
    return (
      <Field key={field.name} label={label} aside={aside} hint={hint && <Inline text={hint} />} error={problems[field.name]}>
        {(ids) =>
          schema.enum ? (
            <Select {...ids} value={text} onChange={(event) => set(event.target.value)}>
              {!field.required && <option value="">Unless set: {String(schema.default ?? "nothing")}</option>}
              {field.required && text === "" && <option value="">Choose …</option>}
              {schema.enum.map((choice) => (
                <option key={String(choice)} value={String(choice)}>
                  {String(choice)}
                </option>
              ))}
            </Select>
          ) : field.secret && /key|pem|json/i.test(field.name) && /private|account|pem/i.test(`${field.name} ${field.description ?? ""}`) ? (
            <Textarea {...ids} rows={3} autoComplete="off" spellCheck={false} value={text} onChange={(event) => set(event.target.value)} />
          ) : (
            <Input
              {...ids}
              type={field.secret ? "password" : schema.type === "integer" || schema.type === "number" ? "number" : "text"}
              autoComplete={field.secret ? "new-password" : "off"}
              spellCheck={false}
              required={field.required && !(stays && field.secret)}
              placeholder={schema.default !== undefined ? String(schema.default) : schema.examples?.length ? String(schema.examples[0]) : undefined}
              value={text}
              onChange={(event) => set(event.target.value)}
            />
          )
        }
      </Field>
    );
  });
}

/** What goes to the server: only what was filled in, numbers as numbers. */
export function filledIn(fields: KindField[], values: Values): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  for (const { name, schema } of fields) {
    const value = values[name];
    if (value === undefined || value === "") continue;
    const type = (schema as { type?: string }).type;
    filled[name] = typeof value === "string" && (type === "integer" || type === "number") ? Number(value) : value;
  }
  return filled;
}

/** Refused fields by name, from the places of a problem (`fields.token`). */
export function fieldProblems(problem: Schemas["Problem"] | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const fault of problem?.errors ?? []) {
    const name = /^fields\.([^.[]+)/.exec(fault.path)?.[1];
    if (name) found[name] = fault.detail;
  }
  return found;
}
