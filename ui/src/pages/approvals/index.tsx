// What bots ask people: what is open first, then what was decided.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { approvalsQuery, rows } from "../../api/queries";
import { Decide } from "../../approvals/decide";
import { ApprovalBadge, Outcome } from "../../approvals/shown";
import { Button, buttonClass } from "../../components/button";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Select } from "../../components/field";
import { Page } from "../../components/page";
import { Ago } from "../../components/time";

type Approval = Schemas["ApprovalBody"];

const POLL_MS = 5000;
const OVER = { "": "All", approved: "Approved", rejected: "Rejected", expired: "Nobody answered", cancelled: "Not needed any more" } as const;
type Over = keyof typeof OVER;

export function ApprovalsPage() {
  const { state = "" } = useSearch({ from: "/approvals" });
  const navigate = useNavigate();
  const poll = (asked: { state: { data?: { pages: unknown[] } | undefined } }) => ((asked.state.data?.pages.length ?? 0) <= 1 ? POLL_MS : (false as const));
  const open = useInfiniteQuery({ ...approvalsQuery("open"), refetchInterval: poll });
  const over = useInfiniteQuery({ ...approvalsQuery(state || undefined), placeholderData: (before) => before, refetchInterval: poll });
  const waiting = rows(open.data);
  const decided = rows(over.data).filter((approval) => approval.state !== "open");
  return (
    <Page title="Approvals" about="What your bots ask before they go on. The first answer counts.">
      {open.isPending && <Loading what="Reading the approvals …" />}
      {open.isError && <ProblemCard error={open.error} retry={() => void open.refetch()} />}
      {open.isSuccess && waiting.length === 0 && (
        <Empty title="Nothing waits for an answer" action={<Link to="/" className={buttonClass()}>Describe a bot</Link>}>
          A step <code>approve</code> asks people before a bot goes on: “ask boss@example.com before the order is fulfilled”. What is
          open stands here.
        </Empty>
      )}
      {waiting.length > 0 && (
        <ul aria-label="Open approvals" className="grid gap-4">
          {waiting.map((approval) => (
            <li key={approval.id}>
              <Asked approval={approval} />
            </li>
          ))}
        </ul>
      )}
      {open.hasNextPage && <More busy={open.isFetchingNextPage} onMore={() => void open.fetchNextPage()} />}
      {(decided.length > 0 || state) && (
        <section className="mt-10">
          <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
            <h2>Decided</h2>
            <Select
              aria-label="How it was decided"
              className="w-auto! max-w-full"
              value={state}
              onChange={(event) => void navigate({ to: "/approvals", search: { state: (event.target.value || undefined) as Exclude<Over, ""> | undefined } })}
            >
              {Object.entries(OVER).map(([value, text]) => (
                <option key={value} value={value}>{text}</option>
              ))}
            </Select>
          </div>
          {over.isError && <ProblemCard error={over.error} retry={() => void over.refetch()} />}
          {decided.length === 0 && <p className="text-soft">None was decided like this.</p>}
          {decided.length > 0 && (
            <ul aria-label="Decided approvals" className="divide-y divide-line rounded-xl border border-line bg-panel">
              {decided.map((approval) => (
                <Decided key={approval.id} approval={approval} />
              ))}
            </ul>
          )}
          {over.hasNextPage && <More busy={over.isFetchingNextPage} onMore={() => void over.fetchNextPage()} />}
        </section>
      )}
    </Page>
  );
}

function More({ busy, onMore }: { busy: boolean; onMore: () => void }) {
  return (
    <div className="mt-4 text-center">
      <Button busy={busy && "Reading more …"} onClick={onMore}>Show older ones</Button>
    </div>
  );
}

function Asked({ approval }: { approval: Approval }) {
  return (
    <article aria-label={approval.question} className="rounded-xl border border-line bg-panel p-4 sm:p-5">
      <div className="mb-1 flex flex-wrap items-center gap-x-3 gap-y-1">
        <ApprovalBadge approval={approval} />
        <From approval={approval} />
      </div>
      <h2 className="mb-1 text-[1.15rem]! whitespace-pre-wrap wrap-anywhere">
        <Link to="/approvals/$id" params={{ id: approval.id }} className="hover:underline">{approval.question}</Link>
      </h2>
      <div className="mb-4"><Outcome approval={approval} /></div>
      {!approval.said && <Decide key={approval.id} approval={approval} />}
    </article>
  );
}

function From({ approval }: { approval: Approval }) {
  return (
    <span className="text-[0.9rem] text-soft wrap-anywhere">
      <Link to="/bots/$bot" params={{ bot: approval.bot }} className="text-accent underline underline-offset-2">{approval.bot}</Link>,{" "}
      <Link to="/runs/$id" params={{ id: approval.run }} className="text-accent underline underline-offset-2">its run</Link>
    </span>
  );
}

function Decided({ approval }: { approval: Approval }) {
  return (
    <li className="grid gap-1 px-4 py-3">
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <Link to="/approvals/$id" params={{ id: approval.id }} className="min-w-0 font-medium wrap-anywhere hover:underline">{approval.question}</Link>
        <span className="text-[0.88rem] text-soft"><Ago time={approval.ended_at ?? approval.asked_at} /></span>
      </p>
      <div className="flex flex-wrap items-baseline gap-x-3">
        <ApprovalBadge approval={approval} />
        <span className="text-[0.9rem] text-soft wrap-anywhere">{approval.said ? `by ${approval.said.by}, ` : ""}{approval.bot}</span>
      </div>
    </li>
  );
}
