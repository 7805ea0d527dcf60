// One value of the definition in a form: written into the text shortly after somebody stops typing.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Field, Input, Select, Textarea } from "../components/field";
import { Inline } from "../components/markdown";
import { parseValue, printValue } from "../flow/edit";

export type Kind = "text" | "expression" | "value" | "code" | "choice" | "number";

interface ValueFieldProps {
  label: string;
  kind: Kind;
  value: unknown;
  onChange: (value: unknown) => void;
  hint?: ReactNode;
  aside?: string;
  choices?: readonly string[];
  placeholder?: string;
  suggestions?: string[];
  error?: ReactNode;
}

const PAUSE = 500;

export function ValueField({ label, kind, value, onChange, hint, aside, choices, placeholder, suggestions, error }: ValueFieldProps) {
  // What is being typed; `null` while nobody types, so that the definition's value shows.
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const shown = typed ?? print(kind, value);
  const commit = (text: string) => {
    clearTimeout(timer.current);
    const read = parse(kind, text);
    if ("problem" in read) return setProblem(read.problem);
    setProblem("");
    if (print(kind, read.value) !== print(kind, value)) onChange(read.value);
  };
  const type = (text: string) => {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => commit(text), PAUSE);
  };
  // Whoever closes the form while a change waits keeps it.
  const pending = useRef<() => void>(undefined);
  useEffect(() => {
    pending.current = typed === null ? undefined : () => commit(typed);
  });
  useEffect(() => () => pending.current?.(), []);
  const leave = () => {
    if (typed === null) return;
    commit(typed);
    if (!("problem" in parse(kind, typed))) setTyped(null);
  };

  return (
    <Field label={label} hint={typeof hint === "string" ? <Inline text={hint} /> : hint} aside={aside} error={problem || error}>
      {(ids) => {
        const common = { ...ids, spellCheck: false, autoComplete: "off", placeholder, value: shown, onBlur: leave };
        if (kind === "choice") {
          return (
            <Select {...ids} value={typeof value === "string" ? value : value === undefined ? "" : String(value)} onChange={(event) => onChange(event.target.value || undefined)}>
              <option value="">{placeholder ?? "Unless set"}</option>
              {choices?.map((choice) => (
                <option key={choice} value={choice}>
                  {choice}
                </option>
              ))}
            </Select>
          );
        }
        if (kind === "expression") {
          return (
            <div className="flex items-stretch rounded-lg border border-edge/60 bg-panel font-mono text-[0.87rem] focus-within:border-accent hover:border-edge">
              <span aria-hidden className="py-1.75 pl-2.5 text-faint">{"{{"}</span>
              <Textarea {...common} rows={1} onChange={(event) => type(event.target.value)} className="border-0! bg-transparent! px-1.5!" />
              <span aria-hidden className="self-end py-1.75 pr-2.5 text-faint">{"}}"}</span>
            </div>
          );
        }
        if (kind === "code" || (kind === "value" && (shown.includes("\n") || shown.length > 60))) {
          return <Textarea {...common} rows={kind === "code" ? 8 : 3} onChange={(event) => type(event.target.value)} className="font-mono text-[0.87rem]" />;
        }
        const list = suggestions && suggestions.length > 0 ? `${ids.id}-list` : undefined;
        return (
          <>
            <Input {...common} list={list} inputMode={kind === "number" ? "numeric" : undefined} onChange={(event) => type(event.target.value)} />
            {list && (
              <datalist id={list}>
                {suggestions?.map((each) => <option key={each} value={each}>{each}</option>)}
              </datalist>
            )}
          </>
        );
      }}
    </Field>
  );
}

function print(kind: Kind, value: unknown): string {
  if (value === undefined || value === null) return kind === "value" && value === null ? "null" : "";
  if (kind === "value" || kind === "number") return printValue(value);
  const text = typeof value === "string" ? value : printValue(value);
  if (kind !== "expression") return text;
  const whole = /^\s*\{\{([\s\S]*)\}\}\s*$/.exec(text);
  return whole ? (whole[1] ?? "").trim() : text;
}

function parse(kind: Kind, typed: string): { value: unknown } | { problem: string } {
  if (kind === "value" || kind === "number") return parseValue(typed);
  if (typed.trim() === "") return { value: undefined };
  if (kind === "expression") return { value: `{{ ${typed.trim().replace(/^\{\{([\s\S]*)\}\}$/, "$1").trim()} }}` };
  return { value: typed };
}
