// Running it again: as a retry that takes over what was done, or anew with the same input.
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { queryClient } from "../../api/queries";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { ProblemCard } from "../../components/feedback";
import { Field, Textarea } from "../../components/field";
import { notify } from "../../lib/notices";
import { retryRun, startRun } from "./use-run";

type Run = Schemas["Run"];

/** Writes that had begun in this run at or after the step: those that a retry from there does again. */
export function writesAgain(run: Run, from: string | null): string[] {
  const at = from === null ? 0 : run.steps.findIndex((step) => step.address === from);
  const began = run.steps[at]?.started_at ?? run.created_at;
  return run.steps.filter((step) => step.key && step.started_at && step.started_at >= began).map((step) => step.address);
}

export function RetryDialog({ run, from, onClose }: { run: Run; from: string | null; onClose: () => void }) {
  const navigate = useNavigate();
  const writes = writesAgain(run, from);
  const retry = useMutation({
    mutationFn: () => retryRun(run.id, from),
    onSuccess: (answer) => {
      notify(answer.again.length > 0 ? `A new run goes on; it writes again: ${answer.again.join(", ")}.` : "A new run goes on.");
      void queryClient.invalidateQueries({ queryKey: ["runs"] });
      onClose();
      void navigate({ to: "/runs/$id", params: { id: answer.id } });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={from ? `Retry from ${from}?` : "Retry from the beginning?"}
      about={
        from
          ? "A new run takes over the results of the steps before, and goes on with this one. This run stays as it is."
          : "A new run does every step again, with the same input. This run stays as it is."
      }
    >
      {writes.length > 0 && (
        <div className="rounded-lg bg-warn-soft p-3 text-[0.92rem]">
          <p className="font-medium text-warn">{writes.length === 1 ? "This may happen again" : "These may happen again"}</p>
          <ul className="mt-1 max-h-40 list-disc overflow-auto pl-5">
            {writes.slice(0, 50).map((address) => (
              <li key={address} className="wrap-anywhere"><code>{address}</code></li>
            ))}
          </ul>
          {writes.length > 50 && <p>and {writes.length - 50} more</p>}
        </div>
      )}
      {retry.error && <ProblemCard error={retry.error} className="mt-3" />}
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Not now</Button>
        <Button look="primary" busy={retry.isPending && "Starting …"} onClick={() => retry.mutate()}>
          Retry
        </Button>
      </div>
    </Dialog>
  );
}

export function AgainDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState(() => JSON.stringify(run.input ?? {}, null, 2));
  const [wrong, setWrong] = useState<string | null>(null);
  const start = useMutation({
    mutationFn: (input: unknown) => startRun(run.bot, input),
    onSuccess: (started) => {
      notify("A new run has begun.");
      void queryClient.invalidateQueries({ queryKey: ["runs"] });
      onClose();
      void navigate({ to: "/runs/$id", params: { id: started.id } });
    },
  });
  const submit = () => {
    let input: unknown;
    try {
      input = JSON.parse(text);
    } catch (error) {
      setWrong(`This is not JSON: ${error instanceof Error ? error.message : "it cannot be read"}.`);
      return;
    }
    if (input === null || typeof input !== "object" || Array.isArray(input)) {
      setWrong("The input is an object: { \"name\": value }.");
      return;
    }
    setWrong(null);
    start.mutate(input);
  };
  return (
    <Dialog open onClose={onClose} wide title={`Run ${run.bot} again`} about="A new run of the newest version, with this input. Change it as you like.">
      <Field label="Input" error={wrong}>
        {(ids) => (
          <Textarea {...ids} rows={8} spellCheck={false} className="max-h-[50dvh] font-mono text-[0.87rem]" value={text} onChange={(event) => setText(event.target.value)} />
        )}
      </Field>
      {start.error && <ProblemCard error={start.error} className="mt-3" />}
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Not now</Button>
        <Button look="primary" busy={start.isPending && "Starting …"} onClick={submit}>
          Run it
        </Button>
      </div>
    </Dialog>
  );
}
