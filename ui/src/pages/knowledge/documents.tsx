// The documents of a base: what state each is in, how far, and why it failed.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data, type Schemas } from "../../api/client";
import { basesQuery, documentsQuery } from "../../api/knowledge";
import { rows } from "../../api/queries";
import { Badge, type Tone } from "../../components/badge";
import { Button } from "../../components/button";
import { Loading, ProblemCard } from "../../components/feedback";
import { Panel } from "../../components/page";
import { Ago } from "../../components/time";
import { count } from "../../lib/count";
import { notify } from "../../lib/notices";

type Document = Schemas["KnowledgeDocument"];

const STATES: Record<string, [string, Tone]> = {
  queued: ["Queued", "plain"],
  indexing: ["Indexing", "accent"],
  ready: ["Ready", "good"],
  failed: ["Failed", "bad"],
  cancelled: ["Cancelled", "plain"],
};

const busy = (document: Document) => document.state === "queued" || document.state === "indexing";

export function Documents({ base }: { base: string }) {
  const documents = useInfiniteQuery({
    ...documentsQuery(base),
    refetchInterval: (asked) => (rows(asked.state.data).some(busy) ? 1000 : 10_000),
  });
  const found = rows(documents.data);
  return (
    <Panel title="Documents">
      {documents.isPending && <Loading what="Reading the documents …" />}
      {documents.isError && <ProblemCard error={documents.error} retry={() => void documents.refetch()} />}
      {documents.isSuccess && found.length === 0 && <p className="text-soft">Nothing is in it yet: add the first document above.</p>}
      {found.length > 0 && (
        <ul aria-label="Documents" className="divide-y divide-line">
          {found.map((document) => <Row key={document.id} document={document} />)}
        </ul>
      )}
      {documents.hasNextPage && (
        <div className="mt-3 text-center">
          <Button busy={documents.isFetchingNextPage && "Reading more …"} onClick={() => void documents.fetchNextPage()}>Show more</Button>
        </div>
      )}
    </Panel>
  );
}

function Row({ document }: { document: Document }) {
  const client = useQueryClient();
  const [title, tone] = STATES[document.state] ?? [document.state, "plain" as const];
  const params = { path: { document: document.id } };
  const done = () => Promise.all([client.invalidateQueries({ queryKey: ["knowledge", "documents"] }), client.invalidateQueries({ queryKey: basesQuery.queryKey })]);
  const failed = (error: Error) => notify(error.message, "bad");
  const again = useMutation({ mutationFn: () => data(api.POST("/api/v1/documents/{document}/reindex", { params })), onSuccess: done, onError: failed });
  const stop = useMutation({ mutationFn: () => data(api.POST("/api/v1/documents/{document}/cancel", { params })), onSuccess: done, onError: failed });
  const remove = useMutation({ mutationFn: () => data(api.DELETE("/api/v1/documents/{document}", { params })), onSuccess: done, onError: failed });
  return (
    <li className="py-3 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="font-medium wrap-anywhere">{document.title || document.name}</p>
          <p className="text-[0.86rem] text-soft wrap-anywhere">
            {document.title && document.title !== document.name ? `${document.name} · ` : ""}
            {document.kind || "not fetched yet"}
            {document.indexed_at && <> · indexed <Ago time={document.indexed_at} /></>}
            {document.restricted && " · for its readers only"}
          </p>
        </div>
        <Badge tone={tone}>{title}</Badge>
      </div>
      {document.state === "indexing" && document.total > 0 && (
        <progress aria-label={`How much of ${document.name} is indexed`} value={document.done} max={document.total} className="mt-2 h-1.5 w-full" />
      )}
      {document.message && <p className="mt-1.5 text-[0.9rem] text-bad wrap-anywhere">{document.message} <code className="text-soft">{document.code}</code></p>}
      <div className="mt-1.5 flex flex-wrap items-center gap-2">
        <span className="mr-auto text-[0.86rem] text-soft tabular-nums">{document.total > 0 && `${count(document.done)} of ${count(document.total)} passages`}</span>
        {busy(document) ? (
          <Button small look="quiet" aria-label={`Stop ${document.name}`} onClick={() => stop.mutate()}>Stop</Button>
        ) : (
          <Button small look="quiet" aria-label={`Look at ${document.name} anew`} onClick={() => again.mutate()}>Look anew</Button>
        )}
        <Button small look="quiet" aria-label={`Remove ${document.name}`} busy={remove.isPending && "Removing …"} onClick={() => remove.mutate()}>Remove</Button>
      </div>
    </li>
  );
}
