// How an approval is shown: its question, its state, what was said, and all that happened to it.
import type { Schemas } from "../api/client";
import { Badge, type Tone } from "../components/badge";
import { Ago } from "../components/time";
import { exact } from "../lib/time";
import { JsonTree } from "../steps/json-tree";

type Approval = Schemas["ApprovalBody"];
type Whole = Schemas["WholeApproval"];

const STATES: Record<Schemas["ApprovalState"], [string, Tone]> = {
  open: ["Open", "warn"],
  approved: ["Approved", "good"],
  rejected: ["Rejected", "bad"],
  expired: ["Nobody answered", "plain"],
  cancelled: ["Not needed any more", "plain"],
};

export function ApprovalBadge({ approval }: { approval: Approval }) {
  const [text, tone] = approval.state === "open" && approval.said ? (["Being decided", "accent"] as const) : STATES[approval.state];
  return <Badge tone={tone}>{text}</Badge>;
}

/** Who decided and when; or until when it is open. */
export function Outcome({ approval }: { approval: Approval }) {
  const { said, silence, state } = approval;
  const counts = silence === "approve" ? "approved" : "rejected";
  if (state === "open" && !said) {
    return (
      <p className="text-soft">
        asked <Ago time={approval.asked_at} />
        {approval.expires_at ? <>; without an answer until {exact(approval.expires_at)} it counts as {counts}</> : "; it stays open as long as the run may last"}
      </p>
    );
  }
  return (
    <div className="grid gap-1">
      <p className="text-soft wrap-anywhere">
        {said ? (
          <>
            {said.approved ? "approved" : "rejected"} by <span className="font-medium text-ink">{said.by}</span>
            {said.via === "link" && ", by the link in a message"}, {exact(said.at)}
          </>
        ) : state === "expired" ? (
          <>nobody answered in time: it counts as {counts}{approval.ended_at && <>, since {exact(approval.ended_at)}</>}</>
        ) : (
          <>the run ended or went another way{approval.ended_at && <>, {exact(approval.ended_at)}</>}</>
        )}
      </p>
      {said?.comment && <p className="whitespace-pre-wrap wrap-anywhere">{said.comment}</p>}
      {said?.form != null && Object.keys(said.form).length > 0 && <JsonTree value={said.form} label="The form as it was filled in" />}
    </div>
  );
}

const SENT: Record<string, string> = { due: "is being told", sent: "was told", failed: "could not be told", dropped: "was not told: it was over before" };

export function People({ people }: { people: Whole["people"] }) {
  if (people.length === 0) return <p className="text-soft">The step names nobody. Whoever may decide finds it here.</p>;
  return (
    <ul aria-label="Who is asked" className="grid gap-1.5">
      {people.map((person) => (
        <li key={person.recipient} className="wrap-anywhere">
          <span className="font-medium">{person.recipient}</span>{" "}
          <span className={person.state === "failed" ? "text-bad" : "text-soft"}>
            {SENT[person.state] ?? person.state}
            {person.note && `, ${person.note}`}, <Ago time={person.at} />
            {person.named_by && `; named by ${person.named_by}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

const WHAT: Record<string, string> = {
  asked: "asked",
  sent: "told",
  failed: "could not be told",
  handed_on: "handed it on to",
  approved: "approved",
  rejected: "rejected",
  expired: "its time was over",
  cancelled: "not needed any more",
  late: "answered too late",
};

export function History({ log }: { log: Whole["log"] }) {
  return (
    <ol aria-label="What happened" className="grid gap-1.5">
      {log.map((line, index) => (
        <li key={index} className="grid gap-x-4 sm:grid-cols-[12rem_minmax(0,1fr)]">
          <time dateTime={line.at} className="text-soft">{exact(line.at)}</time>
          <span className="wrap-anywhere">
            {line.who && <span className="font-medium">{line.who} </span>}
            {WHAT[line.what] ?? line.what}
            {line.note && <span className="text-soft">{line.what === "handed_on" ? ` ${line.note}` : `: ${line.note}`}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
