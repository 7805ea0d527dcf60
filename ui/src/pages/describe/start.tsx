import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import { useEffect, useState, type FormEvent } from "react";
import { api, data } from "../../api/client";
import { templatesQuery } from "../../api/queries";
import { Button } from "../../components/button";
import { Loading, ProblemCard } from "../../components/feedback";
import { Badge } from "../../components/badge";
import { actionTitle, TRIGGER_TITLES } from "../../flow/model";
import { tooLong } from "./length";

const EXAMPLES = [
  "When a webhook order arrives and its total is over 1000, post it to https://erp.example.com/big and email sales@example.com, otherwise answer with 'thanks'",
  "Every weekday at 9 Berlin time, fetch https://example.com/invoices and email it to finance@example.com",
  "Every 15 minutes get https://example.com/health and if it fails, email ops@example.com",
];

export function Start({ onStart }: { onStart: (search: { sentence?: string; template?: string }) => void }) {
  const [sentence, setSentence] = useState("");
  const long = tooLong(sentence);
  useEffect(() => {
    document.title = "New bot · Codex-32";
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (sentence.trim() && !long) onStart({ sentence: sentence.trim() });
  };
  return (
    <div className="mx-auto w-full max-w-[1500px] px-4 py-8 sm:px-8 lg:py-14">
      <form onSubmit={submit} className="mx-auto max-w-3xl">
        <h1 className="text-center !text-[clamp(1.7rem,4vw,2.4rem)]">
          <label htmlFor="sentence">What should happen?</label>
        </h1>
        <p className="mx-auto mt-2 mb-6 max-w-[52ch] text-center text-soft">
          Say when it starts and what it does, in a sentence. You see every step, and try it, before anything runs.
        </p>
        <div className="rounded-2xl border border-edge/60 bg-panel p-2 shadow-card focus-within:border-accent focus-within:outline-1 focus-within:outline-accent">
          <textarea
            id="sentence"
            rows={3}
            aria-describedby="sentence-about"
            aria-invalid={long ? true : undefined}
            value={sentence}
            placeholder="When … then …"
            onChange={(event) => setSentence(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) submit(event);
            }}
            className="field-sizing-content max-h-80 min-h-24 w-full resize-none bg-transparent px-3 py-2 text-[1.1rem] leading-relaxed outline-none placeholder:text-faint"
          />
          <div className="flex items-center justify-between gap-3 pl-3">
            <span id="sentence-about" role="status" className={long ? "text-[0.9rem] text-bad" : "text-[0.84rem] text-faint"}>
              {long ?? "English or German"}
            </span>
            <Button type="submit" look="primary" disabled={!sentence.trim() || long !== undefined}>
              Draft the bot <ArrowRight aria-hidden size={16} />
            </Button>
          </div>
        </div>
        <h2 className="mt-6 mb-2 text-[0.9rem]! font-medium! text-soft">For example</h2>
        <ul className="grid gap-1.5">
          {EXAMPLES.map((example) => (
            <li key={example}>
              <button
                type="button"
                onClick={() => {
                  setSentence(example);
                  document.getElementById("sentence")?.focus();
                }}
                className="w-full rounded-lg border border-line bg-panel px-3 py-2 text-left text-[0.92rem] text-soft hover:border-edge hover:text-ink"
              >
                {example}
              </button>
            </li>
          ))}
        </ul>
      </form>
      <Conversations />
      <Templates onStart={onStart} />
    </div>
  );
}

/** What was begun before, to go on with. */
function Conversations() {
  const talks = useQuery({
    queryKey: ["builder", "list"],
    queryFn: () => data(api.GET("/api/v1/builder/sessions", { params: { query: { limit: 5 } } })),
  });
  const items = talks.data?.items.filter((talk) => talk.title !== "") ?? [];
  if (items.length === 0) return null;
  return (
    <section aria-labelledby="talks" className="mx-auto mt-8 max-w-3xl">
      <h2 id="talks" className="mb-2 text-[0.9rem]! font-medium! text-soft">Go on where you were</h2>
      <ul className="grid gap-1.5">
        {items.map((talk) => (
          <li key={talk.id}>
            <Link to="/" search={{ talk: talk.id }} className="block truncate rounded-lg border border-line bg-panel px-3 py-2 text-[0.92rem] text-soft hover:border-edge hover:text-ink">
              {talk.title}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Templates({ onStart }: { onStart: (search: { template: string }) => void }) {
  const templates = useQuery(templatesQuery);
  return (
    <section aria-labelledby="templates" className="mt-12">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-2">
        <h2 id="templates">Or begin with a template</h2>
        <button type="button" className="text-accent underline underline-offset-2" onClick={() => onStart({ template: "blank" })}>
          Write the definition yourself
        </button>
      </div>
      {templates.isPending && <Loading what="Reading the templates …" />}
      {templates.isError && <ProblemCard error={templates.error} retry={() => void templates.refetch()} />}
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {templates.data?.map((template) => (
          <li key={template.name}>
            <button
              type="button"
              onClick={() => onStart({ template: template.name })}
              className="flex h-full w-full flex-col items-start gap-2 rounded-xl border border-line bg-panel p-4 text-left hover:border-edge"
            >
              <span className="font-semibold">{template.title}</span>
              <span className="text-[0.92rem] text-soft">{template.description}</span>
              <span className="mt-auto flex flex-wrap gap-1.5 pt-1">
                {template.triggers.map((kind) => (
                  <Badge key={kind} tone="accent">{TRIGGER_TITLES[kind] ?? kind}</Badge>
                ))}
                {template.connectors.map((name) => (
                  <Badge key={name}>{actionTitle(name)}</Badge>
                ))}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
