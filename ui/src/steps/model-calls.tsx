// The calls of a step to language models: who answered, the tokens, what it cost, and the prompt where it was kept.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { costsQuery } from "../api/models";
import { CallLog } from "../components/call-log";
import { CallState } from "../components/call-state";
import { ProblemCard } from "../components/feedback";
import { count } from "../lib/count";
import { tokens, usd } from "../lib/money";
import { lasted } from "../lib/time";

type Call = Schemas["CallBody"];
type Run = Schemas["Run"];

/** Most pages of a run's calls that are looked through for those of one step. */
const PAGES = 5;

const queryOf = (run: Run, at: string) =>
  queryOptions({
    queryKey: ["model-calls", "run", run.id, at],
    queryFn: async ({ signal }) => {
      const calls: Call[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < PAGES; page += 1) {
        const found = await data(api.GET("/api/v1/model-calls", { params: { query: { run: run.id, limit: 200, ...(cursor && { cursor }) } }, signal }));
        calls.push(...found.items);
        cursor = found.next ?? undefined;
        if (!cursor) break;
      }
      return { calls, more: cursor !== undefined };
    },
    staleTime: run.ended_at ? 60_000 : 2_000,
  });

/** Nothing, for a write that asked no model. */
export function ModelCalls({ run, step }: { run: Run; step: Schemas["Step"] }) {
  // Once it has ended, all steps of a run look into one answer; before, a step looks again when it has gone on.
  const at = run.ended_at ?? `${step.address} ${step.state} ${step.attempt}`;
  const found = useQuery(queryOf(run, at));
  const calls = (found.data?.calls ?? []).filter((call) => call.step === step.address);
  const costs = useQuery({ ...costsQuery("step", { run: run.id }), enabled: calls.length > 0 });
  if (found.isError) return <ProblemCard error={found.error} retry={() => void found.refetch()} />;
  if (calls.length === 0) return null;
  const sum = costs.data?.find((cost) => cost.of === step.address);
  return (
    <section className="min-w-0">
      <h3 className="mb-1.5 text-soft">{calls.length === 1 ? "Model" : `Model, ${count(calls.length)} calls`}</h3>
      {sum && (
        <p className="mb-2 text-[0.9rem] tabular-nums">
          {/* One call says itself what it cost. */}
          {calls.length > 1 && <><span className="font-medium">{usd(sum.cost_usd)}</span> for </>}
          <span className="text-soft">
            {count(sum.attempts)} {sum.attempts === 1 ? "request to a provider" : "requests to providers"}
            {sum.cached_tokens > 0 && `, ${tokens(sum.cached_tokens)} tokens out of the provider's cache`}
            {sum.estimated_usd > 0 && `, ${usd(sum.estimated_usd)} of it estimated`}
            {sum.unpriced > 0 && <span className="text-warn">, {count(sum.unpriced)} without a price</span>}
          </span>
        </p>
      )}
      <ul className="grid gap-2" aria-label="Calls of models">
        {calls.map((call) => (
          <li key={call.id} className="grid gap-2 rounded-lg border border-line px-3 py-2.5 text-[0.9rem]">
            <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
              <span className="min-w-0 font-medium wrap-anywhere">{call.connection && call.model ? `${call.connection}/${call.model}` : call.asked || "no model"}</span>
              <CallState call={call} />
            </div>
            <p className="text-soft tabular-nums">
              {call.asked && call.connection && <>asked as <code>{call.asked}</code>, </>}
              {count(call.input_tokens)} tokens in, {count(call.output_tokens)} out, {usd(call.cost_usd)}
              {call.saved_usd > 0 && `, ${usd(call.saved_usd)} saved`}
              {call.duration_ms != null && `, ${lasted(call.duration_ms)}`}
            </p>
            {call.message && call.message !== step.error?.message && <p className="text-bad wrap-anywhere">{call.message}</p>}
            <CallLog id={call.id} />
          </li>
        ))}
      </ul>
      {found.data?.more && (
        <p className="mt-1.5 text-[0.84rem] text-faint">
          The run has more calls than are looked through here: <Link to="/costs" search={{ view: "calls", run: run.id }} className="underline">all its calls</Link>.
        </p>
      )}
    </section>
  );
}
