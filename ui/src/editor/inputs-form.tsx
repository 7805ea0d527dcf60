// A form made from a bot's inputs.
import { Field, Input, Select, Textarea } from "../components/field";
import { typedValue, type InputField } from "../flow/inputs";

export type Typed = Record<string, string>;

export function InputsForm({ fields, typed, onChange, problems = {} }: { fields: InputField[]; typed: Typed; onChange: (typed: Typed) => void; problems?: Record<string, string> }) {
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      {fields.map((field) => {
        const value = typed[field.name] ?? "";
        const set = (next: string) => onChange({ ...typed, [field.name]: next });
        const fallback = field.default === undefined ? undefined : show(field.default);
        return (
          <Field
            key={field.name}
            label={field.name}
            aside={`${field.type}${field.required ? "" : ", optional"}`}
            hint={field.description || undefined}
            error={problems[field.name]}
            className={field.type === "object" || field.type === "array" || field.type === "any" ? "sm:col-span-2" : ""}
          >
            {(ids) =>
              field.choices || field.type === "boolean" ? (
                <Select {...ids} value={value} onChange={(event) => set(event.target.value)}>
                  <option value="">{fallback === undefined ? "Choose …" : `Unless set: ${fallback}`}</option>
                  {(field.choices ?? [true, false]).map((choice) => (
                    <option key={show(choice)} value={show(choice)}>
                      {show(choice)}
                    </option>
                  ))}
                </Select>
              ) : field.type === "object" || field.type === "array" || field.type === "any" ? (
                <Textarea {...ids} rows={3} spellCheck={false} className="font-mono text-[0.87rem]" value={value} placeholder={fallback ?? "as JSON"} onChange={(event) => set(event.target.value)} />
              ) : (
                <Input
                  {...ids}
                  inputMode={field.type === "number" ? "decimal" : field.type === "integer" ? "numeric" : undefined}
                  autoComplete="off"
                  value={value}
                  placeholder={fallback}
                  onChange={(event) => set(event.target.value)}
                />
              )
            }
          </Field>
        );
      })}
    </div>
  );
}

export function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The typed fields with the types of the inputs; what was left empty stays out. */
export function inputOf(fields: InputField[], typed: Typed): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of fields) {
    const text = typed[field.name] ?? "";
    if (text === "") continue;
    const value = typedValue(field.type, text);
    if (value !== undefined) input[field.name] = value;
  }
  return input;
}
