// Giving documents: files, with how much of each has left, and addresses.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState, type FormEvent } from "react";
import { api, asProblem, data } from "../../api/client";
import { basesQuery, documentsQuery, giveDocument } from "../../api/knowledge";
import { Button } from "../../components/button";
import { ProblemCard } from "../../components/feedback";
import { Field, Input } from "../../components/field";
import { Panel } from "../../components/page";
import { notify } from "../../lib/notices";

interface Given {
  name: string;
  part: number;
  done?: "new" | "unchanged";
  refused?: string;
}

export function Give({ base }: { base: string }) {
  const client = useQueryClient();
  const files = useId();
  const [given, setGiven] = useState<Given[]>([]);
  const [url, setUrl] = useState("");
  const [over, setOver] = useState(false);
  const seen = () =>
    Promise.all([client.invalidateQueries({ queryKey: documentsQuery(base).queryKey }), client.invalidateQueries({ queryKey: basesQuery.queryKey })]);
  const give = async (chosen: File[]) => {
    setGiven(chosen.map((file) => ({ name: file.name, part: 0 })));
    const change = (index: number, now: Partial<Given>) => setGiven((all) => all.map((each, at) => (at === index ? { ...each, ...now } : each)));
    // One after the other, so that a hundred files do not share one line.
    for (const [index, file] of chosen.entries()) {
      try {
        const added = await giveDocument(base, file, (part) => change(index, { part }));
        change(index, { part: 1, done: added.changed ? "new" : "unchanged" });
      } catch (error) {
        change(index, { refused: asProblem(error).detail });
      }
      await seen();
    }
  };
  const fetchIt = useMutation({
    mutationFn: () => data(api.POST("/api/v1/knowledge/{base}/addresses", { params: { path: { base } }, body: { url } })),
    onSuccess: () => {
      notify("The address is fetched.");
      setUrl("");
      return seen();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    fetchIt.mutate();
  };
  return (
    <Panel title="Add documents">
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void give([...event.dataTransfer.files]);
        }}
        className={`rounded-lg border border-dashed p-4 ${over ? "border-accent bg-accent-soft" : "border-edge/60"}`}
      >
        <label htmlFor={files} className="block font-medium">Files</label>
        <p id={`${files}-hint`} className="mb-2 text-[0.87rem] text-soft">Text, Markdown, HTML, PDF, DOCX or CSV, at most 32 MB each. Choose them, or drop them here.</p>
        <input
          id={files}
          type="file"
          multiple
          aria-describedby={`${files}-hint`}
          className="block w-full text-[0.9rem] file:mr-3 file:rounded-lg file:border file:border-line file:bg-panel file:px-3 file:py-1.5 file:text-ink"
          onChange={(event) => {
            void give([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
        />
      </div>
      {given.length > 0 && (
        <ul aria-label="Given now" className="mt-3 grid gap-2 text-[0.9rem]">
          {given.map((each, index) => (
            <li key={index} className="min-w-0">
              <span className="flex justify-between gap-3">
                <span className="truncate">{each.name}</span>
                <span className="shrink-0 text-soft">
                  {each.refused ? "refused" : each.done === "unchanged" ? "as it was" : each.done ? "given" : `${Math.round(each.part * 100)} %`}
                </span>
              </span>
              {each.refused ? <p className="text-bad wrap-anywhere">{each.refused}</p> : !each.done && <progress aria-label={`How much of ${each.name} has left`} value={each.part} className="h-1.5 w-full" />}
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={submit} className="mt-4 flex flex-wrap items-end gap-2">
        <Field label="Or a page's address" className="min-w-48 flex-1">
          {(ids) => <Input {...ids} type="url" required placeholder="https://" value={url} onChange={(event) => setUrl(event.target.value)} />}
        </Field>
        <Button type="submit" busy={fetchIt.isPending && "Adding …"}>Fetch it</Button>
      </form>
      {fetchIt.isError && <ProblemCard className="mt-3" error={fetchIt.error} />}
    </Panel>
  );
}
