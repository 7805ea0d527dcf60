// Answering what a bot asks: the form, a comment, yes or no, or somebody else.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useState } from "react";
import { api, ApiError, data, type Schemas } from "../api/client";
import { Button } from "../components/button";
import { ProblemCard } from "../components/feedback";
import { Field, Input, Textarea } from "../components/field";
import { InputsForm, inputOf, type Typed } from "../editor/inputs-form";
import { notify } from "../lib/notices";
import { formFields } from "./form";

type Approval = Schemas["ApprovalBody"];

export function Decide({ approval }: { approval: Approval }) {
  const client = useQueryClient();
  const fields = formFields(approval.form);
  const [typed, setTyped] = useState<Typed>({});
  const [comment, setComment] = useState("");
  const changed = () => Promise.all([["approvals"], ["runs"]].map((queryKey) => client.invalidateQueries({ queryKey })));
  const decide = useMutation({
    mutationFn: (decision: "approve" | "reject") =>
      data(
        api.POST("/api/v1/approvals/{id}/decide", {
          params: { path: { id: approval.id } },
          body: { decision, comment: comment || null, form: fields.length > 0 ? (inputOf(fields, typed) as Record<string, never>) : null },
        }),
      ),
    onSuccess: (answer) => {
      notify(answer.state === "open" ? "Your answer is recorded; the run takes it as soon as it can." : `${answer.state === "approved" ? "Approved" : "Rejected"}.`);
      return changed();
    },
    // Somebody may have been faster.
    onError: (error) => (error instanceof ApiError && error.status === 409 ? changed() : undefined),
  });
  const faults = decide.error instanceof ApiError ? (decide.error.problem.errors ?? []) : [];
  const problems: Record<string, string> = {};
  for (const fault of faults) {
    const [, name] = /^form\.([^.[]+)/.exec(fault.path) ?? [];
    if (name) problems[name] ??= fault.detail;
  }
  const busy = decide.isPending;
  return (
    <div className="grid gap-3">
      {fields.length > 0 && <InputsForm fields={fields} typed={typed} onChange={setTyped} problems={problems} />}
      <Field label="Comment" aside="optional" error={faults.find((fault) => fault.path === "comment")?.detail}>
        {(ids) => <Textarea {...ids} rows={2} maxLength={2000} value={comment} onChange={(event) => setComment(event.target.value)} />}
      </Field>
      {decide.error && Object.keys(problems).length === 0 && <ProblemCard error={decide.error} />}
      <div className="flex flex-wrap items-center gap-2">
        <Button look="primary" busy={busy && decide.variables === "approve" && "Approving …"} disabled={busy} onClick={() => decide.mutate("approve")}>
          <Check aria-hidden size={16} /> Approve
        </Button>
        <Button look="danger" busy={busy && decide.variables === "reject" && "Rejecting …"} disabled={busy} onClick={() => decide.mutate("reject")}>
          <X aria-hidden size={16} /> Reject
        </Button>
      </div>
      <HandOn id={approval.id} onDone={changed} />
    </div>
  );
}

function HandOn({ id, onDone }: { id: string; onDone: () => Promise<unknown> }) {
  const [to, setTo] = useState("");
  const hand = useMutation({
    mutationFn: () => data(api.POST("/api/v1/approvals/{id}/delegate", { params: { path: { id } }, body: { to } })),
    onSuccess: () => {
      notify(`${to} is asked, too.`);
      setTo("");
      return onDone();
    },
  });
  return (
    <details>
      <summary className="w-fit py-1 text-[0.9rem] text-soft hover:text-ink">Somebody else should decide</summary>
      <form
        className="mt-2 grid gap-3 sm:max-w-md"
        onSubmit={(event) => {
          event.preventDefault();
          hand.mutate();
        }}
      >
        <Field label="Their email address" hint="They get a link of their own. It is recorded that you named them.">
          {(ids) => <Input {...ids} type="email" autoComplete="off" required value={to} onChange={(event) => setTo(event.target.value)} />}
        </Field>
        {hand.error && <ProblemCard error={hand.error} />}
        <div>
          <Button type="submit" busy={hand.isPending && "Handing on …"}>Hand it on</Button>
        </div>
      </form>
    </details>
  );
}
