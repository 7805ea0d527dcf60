// The conversation about a draft: changes in words, as differences that are taken in pieces; questions, undo.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../../api/client";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { ProblemCard } from "../../components/feedback";
import { Field, Textarea } from "../../components/field";
import { Lines } from "../../components/lines";
import { Inline } from "../../components/markdown";
import { Panel } from "../../components/page";
import { cx } from "../../lib/classes";

type Session = Schemas["SessionBody"];
type Piece = Schemas["HunkBody"];

interface TalkProps {
  /** What the draft was made of. */
  sentence: string | undefined;
  /** The definition as it is on the page. */
  text: string;
  /** A conversation that goes on. */
  session?: string | undefined;
  /** The definition that was accepted, or gone back to. */
  onChange: (text: string) => void;
  onBegun: (id: string) => void;
}

const path = (id: string) => ({ params: { path: { id } } });

export function Talk({ sentence, text, session, onChange, onBegun }: TalkProps) {
  const client = useQueryClient();
  const [words, setWords] = useState("");
  const key = ["builder", session ?? "new"];
  const talk = useQuery({
    queryKey: key,
    queryFn: () => data(api.GET("/api/v1/builder/sessions/{id}", path(session ?? ""))),
    enabled: session !== undefined,
    staleTime: Infinity,
  });
  const keep = (next: Session, taken: boolean) => {
    client.setQueryData(["builder", next.id], next);
    if (taken && next.text) onChange(next.text);
    if (next.id !== session) onBegun(next.id);
  };
  const say = useMutation({
    mutationFn: async (said: string) => {
      const begun = talk.data ?? (await data(api.POST("/api/v1/builder/sessions", { body: sentence === undefined ? {} : { sentence } })));
      // What was typed into the definition meanwhile is what the words are about.
      const changed = text !== (begun.text ?? "");
      const body = { text: said, ...(changed && { definition: text }) };
      return data(api.POST("/api/v1/builder/sessions/{id}/messages", { ...path(begun.id), body }));
    },
    onSuccess: (next) => {
      setWords("");
      keep(next, next.proposal === null && next.text !== text && next.text !== null);
    },
  });
  const accept = useMutation({
    mutationFn: ({ id, pieces }: { id: string; pieces: number[] }) =>
      data(api.POST("/api/v1/builder/sessions/{id}/accept", { ...path(id), body: { pieces } })),
    onSuccess: (next) => keep(next, true),
  });
  const undo = useMutation({
    mutationFn: (id: string) => data(api.POST("/api/v1/builder/sessions/{id}/undo", path(id))),
    onSuccess: (next) => keep(next, true),
  });
  const busy = say.isPending || accept.isPending || undo.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (words.trim() && !busy) say.mutate(words.trim());
  };
  const error = say.error ?? accept.error ?? undo.error ?? talk.error;
  return (
    <Panel
      title="Change it in words"
      aside={
        talk.data?.can_undo && (
          <Button small onClick={() => undo.mutate(talk.data.id)} disabled={busy}>
            {talk.data.proposal ? "Drop the proposal" : "Undo"}
          </Button>
        )
      }
    >
      {talk.data && <Messages items={sinceDraft(talk.data.messages, sentence)} onChoose={(choice) => say.mutate(choice)} busy={busy} />}
      {talk.data?.proposal && (
        <Proposal
          key={talk.data.revision}
          pieces={talk.data.proposal.pieces}
          by={talk.data.proposal.by}
          busy={busy}
          onAccept={(pieces) => accept.mutate({ id: talk.data.id, pieces })}
        />
      )}
      {error !== null && <ProblemCard error={error} className="mb-3" />}
      <form onSubmit={submit} className="grid gap-2">
        <Field label="What should be different?" hint="Such as “make it hourly”, “also email ops@example.com”, “remove step 2”, “why is step 1 needed?”.">
          {(ids) => (
            <Textarea
              {...ids}
              rows={2}
              value={words}
              onChange={(event) => setWords(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === "Enter" && !event.shiftKey) submit(event);
              }}
            />
          )}
        </Field>
        <div>
          <Button type="submit" disabled={!words.trim()} busy={busy && "Thinking …"}>
            Say it
          </Button>
        </div>
      </form>
      {talk.data?.needs && <Needs needs={talk.data.needs} cost={talk.data.cost_usd} />}
    </Panel>
  );
}

/** Without the sentence and what the builder made of it, where the page shows both. */
function sinceDraft(messages: Schemas["MessageBody"][], sentence: string | undefined): Schemas["MessageBody"][] {
  const [first, second] = messages;
  const shown = first?.from === "person" && first.text === sentence && second?.from !== "person";
  return shown && messages.length > 2 ? messages.slice(2) : messages;
}

interface MessagesProps {
  items: Schemas["MessageBody"][];
  onChoose: (choice: string) => void;
  busy: boolean;
}

function Messages({ items, onChoose, busy }: MessagesProps) {
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // Newer browsers give a promise here, which an effect must not.
    void end.current?.scrollIntoView({ block: "nearest" });
  }, [items.length]);
  return (
    <ol aria-label="The conversation" aria-live="polite" tabIndex={0} className="mb-3 grid max-h-96 gap-2.5 overflow-y-auto">
      {items.map((said, index) => {
        const last = index === items.length - 1;
        const mine = said.from === "person";
        return (
          <li key={index} ref={last ? end : null} className={cx("max-w-[92%] rounded-xl px-3 py-2", mine ? "justify-self-end bg-accent-soft" : "bg-sunken")}>
            <span className="sr-only">{mine ? "You: " : "Builder: "}</span>
            <Lines text={said.text} />
            {said.by === "model" && <Badge tone="accent">by a language model</Badge>}
            {last && said.choices.length > 0 && (
              <div className="mt-2 flex flex-wrap gap-2">
                {said.choices.map((choice) => (
                  <Button key={choice} small disabled={busy} onClick={() => onChoose(choice)}>
                    {choice}
                  </Button>
                ))}
              </div>
            )}
          </li>
        );
      })}
    </ol>
  );
}

interface ProposalProps {
  pieces: Piece[];
  by: string;
  busy: boolean;
  onAccept: (pieces: number[]) => void;
}

const CHANGES: Record<string, string> = { added: "New", removed: "Gone", changed: "Changed", moved: "Moved" };

function Proposal({ pieces, by, busy, onAccept }: ProposalProps) {
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set());
  const taken = pieces.map((piece) => piece.number).filter((number) => !left.has(number));
  const toggle = (number: number) => {
    const next = new Set(left);
    if (!next.delete(number)) next.add(number);
    setLeft(next);
  };
  return (
    <section aria-label="Proposed change" className="mb-3 rounded-lg border border-accent/50 p-3">
      <h3 className="mb-2">{by === "model" ? "Proposed by a language model, and checked" : "This would change"}</h3>
      <ul className="grid gap-3">
        {pieces.map((piece) => (
          <li key={piece.number} className="min-w-0">
            <label className="flex items-baseline gap-2">
              <input type="checkbox" checked={!left.has(piece.number)} onChange={() => toggle(piece.number)} />
              <span className="min-w-0 wrap-anywhere">
                {CHANGES[piece.change] ?? piece.change}: <Inline text={piece.title} />
              </span>
            </label>
            {piece.change !== "moved" && (
              <pre tabIndex={0} aria-label={`What changes: ${piece.title}`} className="mt-1 overflow-x-auto rounded-lg bg-sunken p-2 text-[0.84rem]">
                {piece.before.split("\n").filter(Boolean).map((line, at) => (
                  <del key={`-${at}`} className="block text-bad no-underline">{`- ${line}`}</del>
                ))}
                {piece.after.split("\n").filter(Boolean).map((line, at) => (
                  <ins key={`+${at}`} className="block text-good no-underline">{`+ ${line}`}</ins>
                ))}
              </pre>
            )}
          </li>
        ))}
      </ul>
      <div className="mt-3">
        <Button look="primary" disabled={taken.length === 0} busy={busy && "Working …"} onClick={() => onAccept(taken.length === pieces.length ? [] : taken)}>
          {taken.length === pieces.length ? "Accept" : `Accept ${taken.length} of ${pieces.length}`}
        </Button>
      </div>
    </section>
  );
}

function Needs({ needs, cost }: { needs: Schemas["NeedsBody"]; cost: number }) {
  const calls = needs.models.length;
  return (
    <details className="mt-4">
      <summary className="cursor-pointer text-soft">What it will need and may do</summary>
      <ul className="mt-2 grid list-disc gap-1 pl-5 text-soft">
        {needs.permissions.map((says) => (
          <li key={says}>It {says}.</li>
        ))}
        {needs.connections.map(({ name, connector, bound }) => (
          <li key={name}>
            It uses the connection <code>{name}</code> ({connector}){bound ? "" : ", which does not exist yet"}.
          </li>
        ))}
        {needs.runs_a_month !== null && needs.runs_a_month !== undefined && <li>It starts about {needs.runs_a_month} times a month.</li>}
        {calls > 0 && (
          <li>
            A run asks a language model {calls === 1 ? "once" : `${calls} times`}
            {needs.models.some((model) => model.for_each) && ", or once for each item of a loop"}; about{" "}
            {needs.models.reduce((sum, model) => sum + model.input_tokens + model.output_tokens, 0)} tokens.
          </li>
        )}
        {cost > 0 && <li>This conversation took {cost.toFixed(4)} US dollars of language models.</li>}
      </ul>
    </details>
  );
}
