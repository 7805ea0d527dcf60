// What the step of a run asks, beside the step: decided there, or told how it was.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { approvalsOfRunQuery } from "../api/queries";
import { Loading, ProblemCard } from "../components/feedback";
import { Decide } from "./decide";
import { ApprovalBadge, Outcome } from "./shown";

export function ApprovalOfStep({ run, address }: { run: string; address: string }) {
  const approvals = useQuery(approvalsOfRunQuery(run));
  if (approvals.isPending) return <Loading what="Reading the approval …" />;
  if (approvals.isError) return <ProblemCard error={approvals.error} retry={() => void approvals.refetch()} />;
  const approval = approvals.data.find((each) => each.step === address);
  // A retry takes over what was answered in the run before.
  if (!approval) return <p className="text-soft">It was asked and answered in the run that this one repeats.</p>;
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <ApprovalBadge approval={approval} />
        <Link to="/approvals/$id" params={{ id: approval.id }} className="text-accent underline underline-offset-2">
          Who was asked, and what happened
        </Link>
      </div>
      <Outcome approval={approval} />
      {approval.state === "open" && !approval.said && <Decide key={approval.id} approval={approval} />}
    </div>
  );
}
