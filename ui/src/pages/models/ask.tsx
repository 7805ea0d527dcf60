// A question to a named model, to see who answers, how fast, and at what cost.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, problemOf, type Problem } from "../../api/client";
import { Button } from "../../components/button";
import { answer } from "../../components/call-log";
import { Dialog } from "../../components/dialog";
import { ProblemCard } from "../../components/feedback";
import { Field, Textarea } from "../../components/field";
import { usd } from "../../lib/money";
import { lasted } from "../../lib/time";

interface Answered {
  text: string;
  model: string;
  cost: number;
  kept: boolean;
  ms: number;
}

export function AskDialog({ model, onClose }: { model: string; onClose: () => void }) {
  const client = useQueryClient();
  const [prompt, setPrompt] = useState("Say hello in five words.");
  const ask = useMutation({
    mutationFn: () => question(model, prompt),
    onSettled: () => Promise.all([["models"], ["costs"], ["model-calls"], ["budgets"], ["model-cache"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  return (
    <Dialog open onClose={onClose} title={`Ask ${model}`} about="The question goes to the provider as one of a program would, and costs the same.">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <Field label="Question">{(ids) => <Textarea {...ids} required rows={3} value={prompt} onChange={(event) => setPrompt(event.target.value)} />}</Field>
        {ask.isError && <ProblemCard error={ask.error} />}
        {ask.data && (
          <div role="status">
            <p className="max-h-60 overflow-auto rounded-lg border border-line bg-sunken px-3 py-2 wrap-anywhere whitespace-pre-wrap">{ask.data.text}</p>
            <p className="mt-1.5 text-[0.87rem] text-soft tabular-nums">
              {ask.data.model}, {lasted(ask.data.ms)}, {ask.data.kept ? "out of the cache" : usd(ask.data.cost)}
            </p>
          </div>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="primary" busy={ask.isPending && "Waiting for the answer …"}>
            Ask
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

async function question(model: string, content: string): Promise<Answered> {
  const began = performance.now();
  const sent = api.POST("/v1/chat/completions", { body: { model, messages: [{ role: "user", content }] } });
  const reply = (await data(sent.then((got) => (got.response.ok ? got : { ...got, error: refusal(got.error, got.response) })))) as { model?: string };
  const { headers } = (await sent).response;
  return {
    text: answer(reply) ?? JSON.stringify(reply, null, 2),
    model: reply.model ?? model,
    cost: Number(headers.get("x-codex32-cost-usd") ?? 0),
    kept: headers.get("x-codex32-answered-by") === "cache",
    ms: performance.now() - began,
  };
}

/** This one address refuses in OpenAI's form. */
function refusal(body: unknown, response: Response): Problem {
  const error = (body as { error?: { message?: string; code?: string } } | undefined)?.error;
  if (!error?.message) return problemOf(body, response);
  return {
    type: "about:blank",
    title: "The model did not answer",
    status: response.status,
    code: error.code ?? "",
    detail: error.message,
    help: error.code ? `What it means, and what to do: [${error.code}](${location.origin}/docs/errors/${error.code}).` : "",
    trace_id: response.headers.get("x-request-id") ?? "",
  };
}
