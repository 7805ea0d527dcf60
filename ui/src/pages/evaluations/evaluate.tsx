// Which models and prompts a suite is asked with.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, data } from "../../api/client";
import type { Suite } from "../../api/evaluations";
import { modelsQuery } from "../../api/models";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Loading, ProblemCard } from "../../components/feedback";
import { Field, Input, Textarea } from "../../components/field";
import { count } from "../../lib/count";

export function Evaluate({ suite, onClose }: { suite: Suite; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const models = useQuery(modelsQuery);
  const own = suite.definition;
  const [chosen, setChosen] = useState<string[]>(own.models ?? []);
  const [repeat, setRepeat] = useState(String(own.repeat ?? 1));
  const [prompt, setPrompt] = useState("");
  const names = [...new Set([...(own.models ?? []), ...(models.data ?? []).map((model) => model.name)])];
  const prompts = prompt.trim() ? 2 : 1 + Object.keys(own.prompts ?? {}).length;
  const questions = suite.cases * Math.max(1, chosen.length) * prompts * (Number(repeat) || 1);
  const begin = useMutation({
    mutationFn: () => {
      const body = { suite: suite.name, version: suite.version, models: chosen, repeat: Number(repeat), prompts: prompt.trim() ? { other: prompt } : {} };
      return data(api.POST("/api/v1/evaluations/runs", { body }));
    },
    onSuccess: async (begun) => {
      await client.invalidateQueries({ queryKey: ["evaluations", "runs"] });
      onClose();
      await navigate({ to: "/evaluations", search: { run: begun.id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  return (
    <Dialog open title={`Evaluate ${suite.name}`} about="Every case is asked with each model and prompt, never out of the cache. It goes on by itself." onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {models.isPending && <Loading what="Reading the models …" />}
        <fieldset>
          <legend className="mb-1 text-[0.9rem] font-medium">Models</legend>
          <div className="grid gap-1.5">
            {names.map((name) => (
              <label key={name} className="flex items-center gap-2 wrap-anywhere">
                <input
                  type="checkbox"
                  className="size-4 accent-accent"
                  checked={chosen.includes(name)}
                  onChange={(event) => setChosen(event.target.checked ? [...chosen, name] : chosen.filter((each) => each !== name))}
                />
                {name}
              </label>
            ))}
          </div>
          <p className="mt-1 text-[0.84rem] text-faint">Without a choice it is the step&apos;s own.</p>
        </fieldset>
        <Field label="Ask each so often" hint="Several times, to see how often all answers are right.">
          {(ids) => <Input {...ids} type="number" min={1} max={100} required value={repeat} onChange={(event) => setRepeat(event.target.value)} />}
        </Field>
        <Field label="Compare with this prompt" hint="In place of the step's own, with the same expressions; empty: no other.">
          {(ids) => <Textarea {...ids} rows={3} value={prompt} onChange={(event) => setPrompt(event.target.value)} />}
        </Field>
        {begin.isError && <ProblemCard error={begin.error} />}
        <div className="flex flex-wrap items-center justify-end gap-2">
          <span className="mr-auto text-[0.9rem] text-soft">{count(questions)} {questions === 1 ? "question" : "questions"}</span>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" type="submit" busy={begin.isPending && "Beginning …"}>Begin</Button>
        </div>
      </form>
    </Dialog>
  );
}
