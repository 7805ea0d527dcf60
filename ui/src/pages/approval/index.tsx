// One approval: the question, the answer, who was asked, and all that happened.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { approvalQuery } from "../../api/queries";
import { Decide } from "../../approvals/decide";
import { ApprovalBadge, History, Outcome, People } from "../../approvals/shown";
import { Loading, ProblemCard } from "../../components/feedback";
import { Page, Panel } from "../../components/page";

export function ApprovalPage() {
  const { id } = useParams({ from: "/approvals/$id" });
  const asked = useQuery(approvalQuery(id));
  const over = <Link to="/approvals" className="hover:underline">Approvals</Link>;
  const approval = asked.data;
  if (!approval) {
    return (
      <Page title="Approval" over={over}>
        {asked.isError ? <ProblemCard error={asked.error} retry={() => void asked.refetch()} /> : <Loading what="Reading the approval …" />}
      </Page>
    );
  }
  return (
    <Page
      title={approval.question}
      over={<>{over} <span aria-hidden>/</span> <code className="wrap-anywhere">{approval.id}</code></>}
      about={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.92rem]">
          <ApprovalBadge approval={approval} />
          <span>
            asked by{" "}
            <Link to="/bots/$bot" params={{ bot: approval.bot }} className="text-accent underline underline-offset-2">{approval.bot}</Link> in{" "}
            <Link to="/runs/$id" params={{ id: approval.run }} className="text-accent underline underline-offset-2">its run</Link>, step{" "}
            <code className="wrap-anywhere">{approval.step}</code>
          </span>
        </span>
      }
    >
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Panel title={approval.state === "open" ? "Your answer" : "The answer"}>
          <Outcome approval={approval} />
          {approval.state === "open" && !approval.said && <div className="mt-4"><Decide key={approval.id} approval={approval} /></div>}
        </Panel>
        <div className="grid gap-5">
          <Panel title="Who is asked"><People people={approval.people} /></Panel>
          <Panel title="What happened"><History log={approval.log} /></Panel>
        </div>
      </div>
    </Page>
  );
}
