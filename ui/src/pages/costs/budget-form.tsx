// A budget is set or changed: whose, by day or month, how much, and from when on it warns.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { budgetsQuery, costsQuery } from "../../api/models";
import { botNamesQuery } from "../../api/queries";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { ProblemCard } from "../../components/feedback";
import { Field, Input, Select } from "../../components/field";
import { notify } from "../../lib/notices";
import { whose, type Budget } from "./budgets";

interface BudgetFormProps {
  /** The one that is changed; whose it is stays. */
  budget: Budget | undefined;
  known: Budget[];
  onClose: () => void;
}

export function BudgetForm({ budget, known, onClose }: BudgetFormProps) {
  const client = useQueryClient();
  const [scope, setScope] = useState(budget?.scope ?? "workspace");
  const [subject, setSubject] = useState(budget?.subject ?? "*");
  const [period, setPeriod] = useState(budget?.period ?? "month");
  const [limit, setLimit] = useState(budget ? String(budget.limit_usd) : "");
  const [warn, setWarn] = useState(String(budget?.warn_percent ?? 80));
  const who = scope === "workspace" ? "" : subject;
  const same = known.find((each) => each.scope === scope && each.subject === who && each.period === period);
  const save = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/budgets", { body: { scope, subject: who, period, limit_usd: Number(limit), warn_percent: Number(warn) } })),
    onSuccess: () => {
      notify(budget ? "The budget is changed." : "The budget is set.");
      onClose();
      return client.invalidateQueries({ queryKey: budgetsQuery.queryKey });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={budget ? "Change the budget" : "Set a budget"}
      about={budget ? `${whose(budget)}, by ${budget.period}` : "Calls that could go over it are refused before anything is sent."}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        {!budget && (
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="For">
              {(ids) => (
                <Select {...ids} value={scope} onChange={(event) => (setScope(event.target.value), setSubject("*"))}>
                  <option value="workspace">The workspace</option>
                  <option value="bot">A bot</option>
                  <option value="actor">An actor</option>
                </Select>
              )}
            </Field>
            <Field label="By">
              {(ids) => (
                <Select {...ids} value={period} onChange={(event) => setPeriod(event.target.value)}>
                  <option value="day">Day</option>
                  <option value="month">Month</option>
                </Select>
              )}
            </Field>
          </div>
        )}
        {!budget && scope !== "workspace" && <Subject key={scope} scope={scope} value={subject} onChange={setSubject} />}
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="At most" aside="US dollars">
            {(ids) => <Input {...ids} required type="number" inputMode="decimal" min={0} max={1e9} step="any" placeholder="50" value={limit} onChange={(event) => setLimit(event.target.value)} />}
          </Field>
          <Field label="Warn from" aside="percent">
            {(ids) => <Input {...ids} required type="number" min={1} max={100} value={warn} onChange={(event) => setWarn(event.target.value)} />}
          </Field>
        </div>
        {!budget && same && <p className="text-[0.9rem] text-warn">There is such a budget already; this one takes its place.</p>}
        {save.isError && <ProblemCard error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" look="primary" busy={save.isPending && "Saving …"}>
            {budget ? "Change it" : "Set it"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface SubjectProps {
  scope: string;
  value: string;
  onChange: (subject: string) => void;
}

/** Which bot or actor. Actors are known by what they spent. */
function Subject({ scope, value, onChange }: SubjectProps) {
  const bots = useQuery({ ...botNamesQuery, enabled: scope === "bot" });
  const actors = useQuery({ ...costsQuery("actor", {}), enabled: scope === "actor" });
  const found = scope === "bot" ? bots : actors;
  const names = scope === "bot" ? (bots.data ?? []) : (actors.data ?? []).flatMap((each) => each.of ?? []);
  return (
    <Field label="Which" hint={value === "*" ? `Each ${scope} that has no budget of its own may spend so much.` : undefined}>
      {(ids) => (
        <>
          <Select {...ids} value={value} onChange={(event) => onChange(event.target.value)}>
            <option value="*">Each {scope}</option>
            {names.map((name) => (
              <option key={name} value={name}>{name}</option>
            ))}
          </Select>
          {found.isError && <ProblemCard error={found.error} className="mt-2" />}
        </>
      )}
    </Field>
  );
}
