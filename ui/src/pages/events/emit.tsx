// A person emits an event.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { ProblemCard } from "../../components/feedback";
import { Field, Input, Textarea } from "../../components/field";
import { notify } from "../../lib/notices";

export function Emit({ open, onClose }: { open: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const [typed, setTyped] = useState("{}");
  const [wrong, setWrong] = useState("");
  const emit = useMutation({
    mutationFn: (value: unknown) => data(api.POST("/api/v1/events", { body: { name, data: value, ...(key && { key }) } })),
    onSuccess: () => {
      notify(`${name} is emitted.`);
      void client.invalidateQueries({ queryKey: ["events"] });
      onClose();
    },
  });
  return (
    <Dialog title="Emit an event" about="Every bot that starts on it starts." open={open} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          try {
            emit.mutate(JSON.parse(typed || "null") as unknown);
          } catch (cause) {
            setWrong(`This is not JSON: ${cause instanceof Error ? cause.message : ""}`);
          }
        }}
      >
        <Field label="Name">
          {(ids) => <Input {...ids} required spellCheck={false} placeholder="invoice.paid" value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Data" hint="JSON; bots read it as event.data." error={wrong}>
          {(ids) => (
            <Textarea {...ids} rows={5} spellCheck={false} className="font-mono text-[0.87rem]" value={typed} onChange={(event) => (setTyped(event.target.value), setWrong(""))} />
          )}
        </Field>
        <Field label="Key" aside="optional" hint="Events of one key start runs in order.">
          {(ids) => <Input {...ids} spellCheck={false} value={key} onChange={(event) => setKey(event.target.value)} />}
        </Field>
        {emit.isError && <ProblemCard error={emit.error} />}
        <div className="flex justify-end">
          <Button type="submit" look="primary" busy={emit.isPending && "Emitting …"}>
            Emit
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
