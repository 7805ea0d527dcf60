// Of which days, bot and run.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { botNamesQuery } from "../../api/queries";
import { Button } from "../../components/button";
import { Field, Input, Select } from "../../components/field";
import { isDay, SPANS, spanOf, type CostsSearch, type SpanName } from "../../lib/days";

interface FilterProps {
  search: CostsSearch;
  set: (change: Partial<CostsSearch>) => void;
  withRun: boolean;
}

export function Filter({ search, set, withRun }: FilterProps) {
  const { span = "30d", bot, run } = search;
  const bots = useQuery(botNamesQuery);
  const filtered = Boolean(search.span || bot || (withRun && run));
  const choose = (next: SpanName) => {
    if (next !== "days") return set({ span: next === "30d" ? undefined : next, from: undefined, to: undefined });
    // Begins with what is shown already.
    const { days } = spanOf(search, Date.now());
    set({ span: "days", from: days[0], to: days.at(-1) });
  };
  return (
    <form role="search" aria-label="Which costs" className="mb-5 flex flex-wrap items-end gap-3" onSubmit={(event) => event.preventDefault()}>
      <Field label="Days" className="min-w-44 flex-1 sm:max-w-52">
        {(ids) => (
          <Select {...ids} className="h-10" value={span} onChange={(event) => choose(event.target.value as SpanName)}>
            {SPANS.map(([value, title]) => (
              <option key={value} value={value}>{title}</option>
            ))}
          </Select>
        )}
      </Field>
      {span === "days" && (
        <>
          <Day label="From" value={search.from} onChange={(from) => set({ from })} />
          <Day label="Until" value={search.to} onChange={(to) => set({ to })} />
        </>
      )}
      <Field label="Bot" className="min-w-44 flex-1 sm:max-w-64">
        {(ids) => (
          <Select {...ids} className="h-10" value={bot ?? ""} onChange={(event) => set({ bot: event.target.value || undefined })}>
            <option value="">All bots, and programs</option>
            {[...new Set([...(bots.data ?? []), ...(bot ? [bot] : [])])].map((name) => (
              <option key={name} value={name}>{name}</option>
            ))}
          </Select>
        )}
      </Field>
      {withRun && <Run key={run ?? ""} run={run} onChange={(next) => set({ run: next })} />}
      {filtered && (
        <Button look="quiet" onClick={() => set({ span: undefined, from: undefined, to: undefined, bot: undefined, run: undefined })}>
          Clear the filter
        </Button>
      )}
    </form>
  );
}

function Day({ label, value, onChange }: { label: string; value: string | undefined; onChange: (day: string) => void }) {
  return (
    <Field label={label} className="min-w-36 flex-1 sm:max-w-44">
      {(ids) => <Input {...ids} type="date" className="h-10" value={value ?? ""} onChange={(event) => isDay(event.target.value) && onChange(event.target.value)} />}
    </Field>
  );
}

const RUN = /^run_[0-9a-f]{32}$/;

function Run({ run, onChange }: { run: string | undefined; onChange: (run: string | undefined) => void }) {
  const [typed, setTyped] = useState(run ?? "");
  const wrong = typed.trim() !== "" && !RUN.test(typed.trim());
  const done = () => {
    const next = typed.trim() || undefined;
    if (!wrong && next !== run) onChange(next);
  };
  return (
    <Field label="Run" className="min-w-60 flex-1 sm:max-w-84" aside={wrong && "begins with run_"}>
      {(ids) => (
        <Input
          {...ids}
          className="h-10 font-mono text-[0.85rem]"
          spellCheck={false}
          placeholder="Any run"
          value={typed}
          {...(wrong && { "aria-invalid": true })}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={done}
          onKeyDown={(event) => event.key === "Enter" && done()}
        />
      )}
    </Field>
  );
}
