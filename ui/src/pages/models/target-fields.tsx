// One provider in the form of a named model: over which connections, which of its models, and what is special.
import { ArrowDown, ArrowUp, X } from "lucide-react";
import { useId, useState } from "react";
import type { Schemas } from "../../api/client";
import { IconButton } from "../../components/button";
import { Field, Input, Select, Textarea } from "../../components/field";
import { isOptions } from "./options";
import type { Price } from "./prices";
import { PROVIDERS } from "./targets";

/** A provider as it is typed. */
export interface Draft {
  key: number;
  connections: string[];
  model: string;
  api: string;
  pricedAs: string;
  options: string;
}

interface TargetFieldsProps {
  number: number;
  of: number;
  target: Draft;
  connections: Schemas["ConnectionBody"][];
  prices: Price[];
  onChange: (next: Partial<Draft>) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
}

export function TargetFields({ number, of, target, connections, prices, onChange, onMove, onRemove }: TargetFieldsProps) {
  const list = useId();
  const [first = "", ...others] = target.connections;
  const connector = connections.find(({ name }) => name === first)?.connector ?? "";
  // What a key shares its load with is of the same system, and each is named once.
  const spare = connections.filter((each) => each.connector === connector && !target.connections.includes(each.name));
  const known = [...new Set(prices.filter((price) => price.provider === connector && price.model !== "*").map((price) => price.model))];
  const [special] = useState(Boolean(target.api || target.pricedAs || target.options));
  return (
    <li className="grid gap-3 rounded-xl border border-line p-3 sm:p-4">
      <div className="flex items-center justify-between gap-2">
        <h3>{number === 1 ? "Asked first" : `Fallback ${number - 1}`}</h3>
        {of > 1 && (
          <span className="flex">
            <IconButton label={`Ask number ${number} earlier`} disabled={number === 1} onClick={() => onMove(-1)}><ArrowUp aria-hidden size={16} /></IconButton>
            <IconButton label={`Ask number ${number} later`} disabled={number === of} onClick={() => onMove(1)}><ArrowDown aria-hidden size={16} /></IconButton>
            <IconButton label={`Take out number ${number}`} onClick={onRemove}><X aria-hidden size={16} /></IconButton>
          </span>
        )}
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <div className="grid gap-2">
          <Field label="Connection" aside={PROVIDERS[connector]?.title}>
            {(ids) => (
              <Select {...ids} className="h-10" value={first} onChange={(event) => onChange({ connections: [event.target.value] })}>
                {!connections.some(({ name }) => name === first) && <option value={first}>{first} (not there)</option>}
                {connections.map(({ name }) => (
                  <option key={name} value={name}>{name}</option>
                ))}
              </Select>
            )}
          </Field>
          {others.map((name) => (
            <p key={name} className="flex items-center justify-between gap-2 rounded-lg bg-sunken py-0.5 pr-1 pl-3 text-[0.9rem]">
              <span className="min-w-0 truncate">shares the load with <span className="font-medium">{name}</span></span>
              <IconButton label={`Take ${name} out`} onClick={() => onChange({ connections: target.connections.filter((each) => each !== name) })}>
                <X aria-hidden size={15} />
              </IconButton>
            </p>
          ))}
          {spare.length > 0 && (
            <Select
              aria-label={`Share the load of number ${number} with another connection`}
              className="py-1 text-[0.87rem] text-soft"
              value=""
              onChange={(event) => onChange({ connections: [...target.connections, event.target.value] })}
            >
              <option value="">Share the load with another key …</option>
              {spare.map(({ name }) => (
                <option key={name} value={name}>{name}</option>
              ))}
            </Select>
          )}
        </div>
        <Field label="Its model">
          {(ids) => (
            <>
              <Input {...ids} className="h-10" required maxLength={200} autoComplete="off" spellCheck={false} list={list} placeholder={PROVIDERS[connector]?.example} value={target.model} onChange={(event) => onChange({ model: event.target.value })} />
              <datalist id={list}>{known.map((name) => <option key={name} value={name}>{name}</option>)}</datalist>
            </>
          )}
        </Field>
      </div>
      <details open={special}>
        <summary className="text-[0.9rem] text-soft">Interface, price and fields of its own</summary>
        <div className="mt-3 grid items-start gap-3 sm:grid-cols-2">
          <Field label="Interface">
            {(ids) => (
              <Select {...ids} value={target.api} onChange={(event) => onChange({ api: event.target.value })}>
                <option value="">As usual</option>
                <option value="chat">OpenAI&apos;s chat completions</option>
                <option value="responses">OpenAI&apos;s responses</option>
              </Select>
            )}
          </Field>
          <Field label="Costs as much as" hint="Where its name does not tell, such as a deployment of Azure.">
            {(ids) => <Input {...ids} spellCheck={false} placeholder="the model itself" value={target.pricedAs} onChange={(event) => onChange({ pricedAs: event.target.value })} />}
          </Field>
          <Field label="Fields for every request" className="sm:col-span-2" error={!isOptions(target.options) && "This is no JSON object."}>
            {(ids) => <Textarea {...ids} rows={2} spellCheck={false} className="font-mono text-[0.86rem]" placeholder='{ "reasoning_effort": "low" }' value={target.options} onChange={(event) => onChange({ options: event.target.value })} />}
          </Field>
        </div>
      </details>
    </li>
  );
}
