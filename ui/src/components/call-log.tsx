// Prompt and answer of a call to a model, where they were kept.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../api/client";
import { callLogQuery } from "../api/models";
import { Button } from "./button";
import { Json } from "./code";
import { Loading, ProblemCard } from "./feedback";

interface Message {
  role: string;
  content: string;
}

/** Asked for only when somebody wants to see it: prompts may be private. */
export function CallLog({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Button small aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Hide prompt and answer" : "Show prompt and answer"}
      </Button>
      {open && <Kept id={id} />}
    </div>
  );
}

function Kept({ id }: { id: string }) {
  const log = useQuery(callLogQuery(id));
  if (log.isPending) return <Loading what="Opening what was kept …" className="py-2" />;
  if (log.error instanceof ApiError && log.error.status === 404) {
    return (
      <p className="mt-2 max-w-[66ch] text-[0.9rem] text-soft">
        They were not kept. The settings of the models say whether prompts and answers are kept from now on.
      </p>
    );
  }
  if (log.isError) return <ProblemCard error={log.error} retry={() => void log.refetch()} className="mt-2" />;
  const { request, reply } = log.data as { request: unknown; reply: unknown };
  const asked = messages(request);
  const said = answer(reply);
  return (
    <div className="mt-3 grid gap-3">
      {asked ? (
        asked.map((message, index) => <Said key={index} title={message.role} text={message.content} />)
      ) : (
        <Json value={request} label="What was asked" />
      )}
      {said !== null ? (
        <Said title="Answer" text={said} />
      ) : reply === null ? (
        <p className="text-[0.9rem] text-soft">Nobody answered.</p>
      ) : (
        <Json value={reply} label="What was answered" />
      )}
      {(asked || said !== null) && (
        <details>
          <summary className="text-[0.87rem] text-soft">As it was sent and received</summary>
          <div className="mt-2">
            <Json value={{ request, reply }} label="Request and reply" />
          </div>
        </details>
      )}
    </div>
  );
}

function Said({ title, text }: { title: string; text: string }) {
  return (
    <section className="min-w-0">
      <h4 className="mb-1 text-[0.84rem] font-medium text-soft first-letter:uppercase">{title}</h4>
      <p tabIndex={0} role="region" aria-label={title} className="max-h-80 overflow-auto rounded-lg border border-line bg-sunken px-3 py-2 text-[0.9rem] wrap-anywhere whitespace-pre-wrap">
        {text}
      </p>
    </section>
  );
}

/** The messages of a request of OpenAI's form, when all of them are texts. */
function messages(request: unknown): Message[] | null {
  if (!isObject(request) || !Array.isArray(request.messages)) return null;
  const found = request.messages.flatMap((each: unknown) =>
    isObject(each) && typeof each.role === "string" && typeof each.content === "string" ? [{ role: each.role, content: each.content }] : [],
  );
  return found.length > 0 && found.length === request.messages.length ? found : null;
}

/** The text of an answer of OpenAI's form. */
export function answer(reply: unknown): string | null {
  if (!isObject(reply) || !Array.isArray(reply.choices)) return null;
  const first: unknown = reply.choices[0];
  if (!isObject(first) || !isObject(first.message)) return null;
  return typeof first.message.content === "string" && first.message.content !== "" ? first.message.content : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
