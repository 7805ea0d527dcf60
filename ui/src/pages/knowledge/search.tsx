// Trying what a base answers, before a bot does: passages with the words marked and where they stand.
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, data } from "../../api/client";
import { Button } from "../../components/button";
import { ProblemCard } from "../../components/feedback";
import { Field, Input } from "../../components/field";
import { Panel } from "../../components/page";
import { marked } from "./words";

export function TestSearch({ base }: { base: string }) {
  const [query, setQuery] = useState("");
  const search = useMutation({
    mutationFn: (asked: string) => data(api.POST("/api/v1/knowledge/{base}/search", { params: { path: { base } }, body: { query: asked, top: 8 } })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    search.mutate(query);
  };
  return (
    <Panel title="Try a search">
      <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
        <Field label="What is asked" className="min-w-48 flex-1">
          {(ids) => <Input {...ids} required value={query} onChange={(event) => setQuery(event.target.value)} />}
        </Field>
        <Button look="primary" type="submit" busy={search.isPending && "Searching …"}>Search</Button>
      </form>
      {search.isError && <ProblemCard className="mt-4" error={search.error} />}
      {search.data?.length === 0 && <p role="status" className="mt-4 text-soft">Nothing was found. Are the documents ready?</p>}
      {search.data && search.data.length > 0 && (
        <ol aria-label="Passages" className="mt-4 grid gap-4">
          {search.data.map((hit, index) => (
            <li key={`${hit.document}-${hit.position}`} className="min-w-0 border-t border-line pt-3">
              <p className="flex items-baseline justify-between gap-3">
                <span className="font-medium wrap-anywhere">[{index + 1}] {hit.title}</span>
                <span className="shrink-0 text-[0.84rem] text-soft tabular-nums">{hit.score.toFixed(3)}</span>
              </p>
              <p className="text-[0.86rem] text-soft wrap-anywhere">{hit.source}, passage {hit.position + 1}</p>
              <blockquote className="mt-1.5 max-w-[90ch] border-l-2 border-line pl-3 text-[0.93rem] whitespace-pre-wrap wrap-anywhere">
                {marked(hit.text, search.variables).map((each, at) =>
                  each.marked ? <mark key={at} className="rounded bg-accent-soft text-accent-strong">{each.text}</mark> : each.text,
                )}
              </blockquote>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
