// What the cache of answers holds, and what it saved.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { api, data, type Schemas } from "../../api/client";
import { cacheQuery } from "../../api/models";
import { Button } from "../../components/button";
import { Confirm } from "../../components/dialog";
import { Loading, ProblemCard } from "../../components/feedback";
import { Panel } from "../../components/page";
import { Ago } from "../../components/time";
import { count } from "../../lib/count";
import { usd } from "../../lib/money";
import { notify } from "../../lib/notices";
import { lasted } from "../../lib/time";

export function Cache() {
  const client = useQueryClient();
  const cache = useQuery(cacheQuery);
  const [sure, setSure] = useState(false);
  const clear = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/model-cache")),
    onSuccess: () => {
      notify("The cached answers are forgotten.");
      setSure(false);
      return client.invalidateQueries({ queryKey: cacheQuery.queryKey });
    },
  });
  return (
    <Panel title="Cache" aside={<span className="text-[0.86rem] text-soft">of the calls that are kept</span>}>
      {cache.isPending && <Loading what="Asking the cache …" />}
      {cache.isError && <ProblemCard error={cache.error} retry={() => void cache.refetch()} />}
      {cache.data && (
        <>
          <dl className="grid gap-x-6 gap-y-1.5 sm:grid-cols-2 lg:grid-cols-4 2xl:grid-cols-1">
            <Figure name="Answers given again" value={count(cache.data.hits)} />
            <Figure name="Saved" value={usd(cache.data.saved_usd)} />
            <Figure name="Answers kept" value={`${count(cache.data.answers)}${cache.data.answers > 0 ? `, ${size(cache.data.bytes)}` : ""}`} />
            {cache.data.oldest && <Figure name="The oldest is from" value={<Ago time={cache.data.oldest} />} />}
          </dl>
          {cache.data.hits > 0 && <Kinds cache={cache.data} />}
          {cache.data.answers > 0 ? (
            <Button small className="mt-4" onClick={() => setSure(true)}>Forget the answers …</Button>
          ) : (
            <p className="mt-3 text-[0.87rem] text-faint">
              A model keeps its answers when its definition has a time for the cache. Answers to steps that were repeated after a crash count
              as given again, too.
            </p>
          )}
        </>
      )}
      <Confirm
        open={sure}
        title="Forget the cached answers?"
        about="The next such questions are asked and paid again. What was saved so far stays in the sums."
        action="Forget them"
        busy={clear.isPending && "Forgetting …"}
        onClose={() => setSure(false)}
        onConfirm={() => clear.mutate()}
      >
        {clear.isError && <ProblemCard error={clear.error} />}
      </Confirm>
    </Panel>
  );
}

/** For what answers were given again, and how old they were then. */
function Kinds({ cache }: { cache: Schemas["CacheBody"] }) {
  const kinds = [
    { name: "The same request", again: cache.exact },
    { name: "What means the same", again: cache.semantic },
    { name: "Paid under a key", again: cache.key },
  ];
  return (
    <table className="mt-4 w-full text-[0.87rem]">
      <thead className="text-left text-soft">
        <tr>
          {["Given again for", "Hits", "Saved", "Age", "Oldest"].map((head) => (
            <th key={head} scope="col" className="py-1 pr-3 font-normal">{head}</th>
          ))}
        </tr>
      </thead>
      <tbody className="tabular-nums">
        {kinds.map(({ name, again }) => (
          <tr key={name} className="border-t border-line">
            <th scope="row" className="py-1 pr-3 text-left font-normal">{name}</th>
            <td className="pr-3">{count(again.hits)}</td>
            <td className="pr-3">{usd(again.saved_usd)}</td>
            <td className="pr-3">{again.hits > 0 ? lasted(again.age_s * 1_000) : "–"}</td>
            <td>{again.hits > 0 ? lasted(again.oldest_s * 1_000) : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Figure({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div className="flex justify-between gap-4 sm:block 2xl:flex">
      <dt className="text-soft">{name}</dt>
      <dd className="tabular-nums">{value}</dd>
    </div>
  );
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${count(Math.round(bytes / 1_000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
