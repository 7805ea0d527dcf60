// A price of the workspace's own.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { pricesQuery } from "../../api/models";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { ProblemCard } from "../../components/feedback";
import { Field, Input, Select } from "../../components/field";
import { notify } from "../../lib/notices";
import { PROVIDERS } from "./targets";

const AMOUNTS = [
  { key: "input_usd", label: "Input", placeholder: "0.25" },
  { key: "output_usd", label: "Output", placeholder: "2" },
  { key: "cached_usd", label: "Input out of the provider's cache", placeholder: "as input" },
  { key: "cache_write_usd", label: "Input that goes into its cache", placeholder: "as input" },
] as const;

export function PriceForm({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [provider, setProvider] = useState("openai_compatible");
  const [model, setModel] = useState("");
  const [since, setSince] = useState("");
  const [amounts, setAmounts] = useState<Record<string, string>>({});
  const save = useMutation({
    mutationFn: () => {
      const given = Object.fromEntries(AMOUNTS.filter(({ key }) => amounts[key]).map(({ key }) => [key, Number(amounts[key])]));
      const body = { input_usd: 0, ...given, provider, model: model.trim(), ...(since && { since: `${since}T00:00:00Z` }) };
      return data(api.PUT("/api/v1/model-prices", { body }));
    },
    onSuccess: () => {
      notify("The price is set.");
      onClose();
      return client.invalidateQueries({ queryKey: pricesQuery.queryKey });
    },
  });
  return (
    <Dialog open onClose={onClose} title="Set a price" about="It holds for calls from its day on; what was asked before keeps the price that it had.">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Provider">
            {(ids) => (
              <Select {...ids} value={provider} onChange={(event) => setProvider(event.target.value)}>
                {Object.entries(PROVIDERS).filter(([name]) => name !== "replay").map(([name, { title }]) => (
                  <option key={name} value={name}>{title}</option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Model" aside="* for all">
            {(ids) => <Input {...ids} required maxLength={200} spellCheck={false} placeholder={PROVIDERS[provider]?.example} value={model} onChange={(event) => setModel(event.target.value)} />}
          </Field>
        </div>
        <fieldset className="grid gap-4 sm:grid-cols-2">
          <legend className="mb-1 text-[0.87rem] text-soft">US dollars for a million tokens; 0 for a server of your own</legend>
          {AMOUNTS.map(({ key, label, placeholder }) => (
            <Field key={key} label={label}>
              {(ids) => (
                <Input
                  {...ids}
                  type="number"
                  inputMode="decimal"
                  min={0}
                  max={1e6}
                  step="any"
                  required={key === "input_usd" || key === "output_usd"}
                  placeholder={placeholder}
                  value={amounts[key] ?? ""}
                  onChange={(event) => setAmounts({ ...amounts, [key]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </fieldset>
        <Field label="From" aside="now, if empty" className="sm:max-w-60">
          {(ids) => <Input {...ids} type="date" value={since} onChange={(event) => setSince(event.target.value)} />}
        </Field>
        {save.isError && <ProblemCard error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" look="primary" busy={save.isPending && "Saving …"}>Set it</Button>
        </div>
      </form>
    </Dialog>
  );
}
