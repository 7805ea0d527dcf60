// Makes a case of a suite out of what a step of a run saw and answered.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../api/client";
import { suitesQuery } from "../api/evaluations";
import { Button } from "../components/button";
import { Dialog } from "../components/dialog";
import { Loading, ProblemCard } from "../components/feedback";
import { Field, Input, Select } from "../components/field";
import { notify } from "../lib/notices";

interface MakeCaseProps {
  run: Schemas["Run"];
  step: Schemas["Step"];
  onClose: () => void;
}

/** The id of the step at an address: `issues[2]/label` is `label`. */
const idOf = (address: string) => address.split("/").at(-1)?.split("[")[0] ?? address;

export function MakeCase({ run, step, onClose }: MakeCaseProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const suites = useQuery(suitesQuery);
  const own = (suites.data ?? []).filter((each) => each.bot === run.bot && each.step === idOf(step.address));
  const fresh = `${run.bot}-${idOf(step.address)}`.toLowerCase().replace(/[^a-z0-9-]/g, "-");
  const [chosen, setChosen] = useState<string>();
  const [typed, setTyped] = useState(fresh);
  const [expect, setExpect] = useState<Schemas["ExpectedAnswer"]>(step.state === "succeeded" ? "exact" : "open");
  const suite = chosen ?? own[0]?.name ?? "";
  const make = useMutation({
    mutationFn: () => {
      const name = suite || typed;
      return data(api.POST("/api/v1/evaluations/suites/{name}/cases", { params: { path: { name } }, body: { run: run.id, step: step.address, expect } }));
    },
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: ["evaluations"] });
      notify(`“${made.case}” is a case of ${made.suite.name}.`);
      onClose();
      await navigate({ to: "/evaluations", search: { suite: made.suite.name } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Dialog open title="Make a case of this" about="What the step saw, as far as its prompt uses it, becomes a case of a suite. It is asked again whenever the suite is evaluated." onClose={onClose}>
      {suites.isPending ? (
        <Loading what="Reading the suites …" />
      ) : (
        <form onSubmit={submit} className="grid gap-4">
          {own.length > 0 && (
            <Field label="Suite">
              {(ids) => (
                <Select {...ids} value={suite} onChange={(event) => setChosen(event.target.value)}>
                  {own.map((each) => <option key={each.name}>{each.name}</option>)}
                  <option value="">A new suite</option>
                </Select>
              )}
            </Field>
          )}
          {suite === "" && (
            <Field label="Name of the new suite" hint="Letters a to z, digits and hyphens.">
              {(ids) => <Input {...ids} required pattern="[a-z][a-z0-9\-]*" maxLength={60} value={typed} onChange={(event) => setTyped(event.target.value)} />}
            </Field>
          )}
          <Field label="Expects">
            {(ids) => (
              <Select {...ids} value={expect} onChange={(event) => setExpect(event.target.value as Schemas["ExpectedAnswer"])}>
                <option value="exact" disabled={step.state !== "succeeded"}>exactly this answer</option>
                <option value="open">nothing yet: I write the checks</option>
              </Select>
            )}
          </Field>
          {make.isError && <ProblemCard error={make.error} />}
          <div className="flex flex-wrap justify-end gap-2">
            <Button onClick={onClose}>Leave it</Button>
            <Button look="primary" type="submit" busy={make.isPending && "Making it …"}>Make it</Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
