// The servers that share the database: what they do, how busy they are, whether they still answer.
import { useQuery } from "@tanstack/react-query";
import { nodesQuery } from "../../api/queries";
import { Loading, ProblemCard } from "../../components/feedback";
import { Panel } from "../../components/page";
import { Ago } from "../../components/time";
import type { Schemas } from "../../api/client";
import { cx } from "../../lib/classes";
import { count } from "../../lib/count";

export function Servers() {
  const nodes = useQuery({ ...nodesQuery, refetchInterval: 5000 });
  const lease = nodes.data?.lease_seconds;
  return (
    <Panel title="Servers">
      {nodes.isPending && <Loading what="Asking which servers are there …" />}
      {nodes.isError && <ProblemCard error={nodes.error} retry={() => void nodes.refetch()} />}
      {nodes.data && (
        <>
          <ul aria-label="Servers" className="divide-y divide-line rounded-lg border border-line">
            {nodes.data.items.map((node) => (
              <Server key={node.id} node={node} />
            ))}
          </ul>
          <p className="mt-3 max-w-[66ch] text-[0.87rem] text-faint">
            {nodes.data.items.length === 1 ? "Several servers can share a PostgreSQL database. " : ""}A server that does not renew its lease for{" "}
            {lease} seconds is taken off this list, and the others go on with its runs.
          </p>
        </>
      )}
    </Panel>
  );
}

function Server({ node }: { node: Schemas["Node"] }) {
  const good = node.lease === "good";
  return (
    <li className="grid gap-1 px-3 py-2.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <p className="min-w-0 wrap-anywhere">
          <span className="font-medium">{node.name || node.id}</span>
          {node.this && <span className="text-soft"> (answers this page)</span>}
        </p>
        <p className={cx("inline-flex items-baseline gap-1.5 text-[0.88rem]", good ? "text-good" : "text-warn")}>
          <span aria-hidden className={cx("size-2 self-center rounded-full", good ? "bg-good" : "bg-warn")} />
          {good ? "lease renewed" : "lease not renewed for"} {node.silent_seconds} s{good && " ago"}
        </p>
      </div>
      <p className="text-[0.88rem] text-soft">
        {count(node.active_runs)} {node.active_runs === 1 ? "run" : "runs"} in memory. Roles: {node.roles.join(", ")}.
        {node.leads && " It fires schedules and dispatches events."}
      </p>
      <p className="text-[0.84rem] text-faint">
        version {node.version}, started <Ago time={node.started_at} />
      </p>
    </li>
  );
}
