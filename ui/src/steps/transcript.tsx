// What an agent and its tools said to each other, as a conversation: turns one after another, uses of tools to be opened.
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { Badge, StateBadge } from "../components/badge";
import { Loading, ProblemCard } from "../components/feedback";
import { count } from "../lib/count";
import { usd } from "../lib/money";
import { took, withTimes } from "../lib/time";
import { JsonTree } from "./json-tree";

type Run = Schemas["Run"];
type Turn = Schemas["AgentTurn"];
type Call = Schemas["ToolCall"];

const queryOf = (run: string, step: string, at: string) =>
  queryOptions({
    queryKey: ["transcript", run, step, at],
    queryFn: ({ signal }) => data(api.GET("/api/v1/runs/{id}/transcript", { params: { path: { id: run }, query: { step } }, signal })),
    // What was read before stays on the page while more comes.
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** Turns before this many last ones begin closed. */
const OPEN = 6;

export function Transcript({ run, address }: { run: Run; address: string }) {
  // Read again whenever something inside the agent has gone on.
  const inside = run.steps.filter((step) => step.address === address || step.address.startsWith(`${address}[`));
  const at = inside.map((step) => `${step.state}${step.attempt}`).join();
  const read = useQuery(queryOf(run.id, address, `${inside.length} ${at}`));
  if (read.isPending) return <Loading what="Reading the conversation …" />;
  if (read.isError) return <ProblemCard error={read.error} retry={() => void read.refetch()} />;
  const { task, tools, turns, tokens, cost_usd } = read.data;
  return (
    <div className="grid min-w-0 gap-3">
      <p className="text-[0.9rem] text-soft tabular-nums">
        {count(turns.length)} {turns.length === 1 ? "turn" : "turns"}, {count(tokens.input)} tokens in, {count(tokens.output)} out, {usd(cost_usd)}
      </p>
      <Says who="Task" text={task} />
      {tools.length > 0 && (
        <details className="text-[0.9rem]">
          <summary className="cursor-pointer text-soft">{tools.length === 1 ? "One tool" : `${count(tools.length)} tools`}</summary>
          <ul className="mt-1.5 grid gap-1.5 pl-4">
            {tools.map((tool) => (
              <li key={tool.name} className="min-w-0 wrap-anywhere">
                <code>{tool.name}</code> <span className="text-soft">{tool.description}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      <ol className="grid min-w-0 gap-3" aria-label="Turns of the agent">
        {turns.map((turn) => (
          <li key={turn.number} className="min-w-0">
            <TurnCard turn={turn} open={turn.number > turns.length - OPEN} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function TurnCard({ turn, open }: { turn: Turn; open: boolean }) {
  const lasted = turn.started_at && turn.ended_at ? took(turn.started_at, turn.ended_at) : "";
  return (
    <details open={open} className="min-w-0 rounded-lg border border-line px-3 py-2.5">
      <summary className="cursor-pointer text-[0.9rem]">
        <span className="inline-flex max-w-[calc(100%-1.5rem)] flex-wrap items-center gap-x-2 gap-y-1 align-middle">
          <span className="font-medium">Turn {turn.number}</span>
          {turn.state !== "succeeded" && <StateBadge state={turn.state} />}
          {turn.model && <span className="text-soft wrap-anywhere">{turn.model}</span>}
          <span className="text-soft tabular-nums">
            {count(turn.tokens.input)} in, {count(turn.tokens.output)} out, {usd(turn.cost_usd)}
            {lasted && `, ${lasted}`}
          </span>
        </span>
      </summary>
      <div className="mt-2 grid min-w-0 gap-2">
        {turn.text.trim() && <Says who="Model" text={turn.text} />}
        {turn.calls.map((call, index) => (
          <CallCard key={index} call={call} />
        ))}
        {turn.note && <Says who="It was told" text={turn.note} />}
        {turn.logs.filter((line) => line.level === "warn").map((line, index) => (
          <p key={index} className="text-[0.9rem] text-warn wrap-anywhere">{line.message}</p>
        ))}
        {turn.error && <p className="text-[0.9rem] text-bad wrap-anywhere">{turn.error.message}</p>}
      </div>
    </details>
  );
}

function CallCard({ call }: { call: Call }) {
  const child = call.detail?.startsWith("run_") ? call.detail : null;
  return (
    <details className="min-w-0 rounded-md bg-sunken px-3 py-2 text-[0.9rem]">
      <summary className="cursor-pointer">
        <span className="inline-flex max-w-[calc(100%-1.5rem)] flex-wrap items-center gap-2 align-middle">
          <span className="text-soft">uses</span> <code className="wrap-anywhere">{call.tool}</code>
          <StateBadge state={call.state} />
          {call.approval != null && <Approval said={call.approval} />}
        </span>
      </summary>
      <div className="mt-2 grid min-w-0 gap-2">
        <div className="min-w-0">
          <p className="text-soft">Arguments</p>
          <JsonTree value={call.arguments} label={`Arguments of ${call.tool}`} />
        </div>
        {call.error ? (
          <p className="text-bad wrap-anywhere">{call.error.message}</p>
        ) : (
          call.result != null && (
            <div className="min-w-0">
              <p className="text-soft">Result</p>
              <JsonTree value={call.result} label={`Result of ${call.tool}`} />
            </div>
          )
        )}
        {child && (
          <Link to="/runs/$id" params={{ id: child }} className="text-accent underline underline-offset-2">
            The run of the bot
          </Link>
        )}
        {call.detail && !child && call.state === "waiting" && <p className="text-soft">Waits {withTimes(call.detail)}</p>}
      </div>
    </details>
  );
}

function Approval({ said }: { said: unknown }) {
  const answer = said as { approved: boolean | null; by?: string };
  if (answer.approved === null) return <Badge tone="warn">waits for an approval</Badge>;
  const by = answer.by ? ` by ${answer.by}` : "";
  return answer.approved ? <Badge tone="good">approved{by}</Badge> : <Badge tone="bad">rejected{by}</Badge>;
}

function Says({ who, text }: { who: string; text: string }) {
  return (
    <div className="min-w-0 text-[0.95rem]">
      <p className="text-[0.84rem] text-soft">{who}</p>
      <p className="whitespace-pre-wrap wrap-anywhere">{text}</p>
    </div>
  );
}
