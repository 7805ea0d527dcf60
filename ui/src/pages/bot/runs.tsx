import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data } from "../../api/client";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { RunList } from "../runs";

export function RunsTab({ bot }: { bot: string }) {
  const runs = useQuery({
    queryKey: ["runs", "of", bot],
    queryFn: ({ signal }) => data(api.GET("/api/v1/runs", { params: { query: { bot, limit: 30 } }, signal })),
    refetchInterval: 3000,
  });
  if (runs.isPending) return <Loading what="Reading the runs …" />;
  if (runs.isError) return <ProblemCard error={runs.error} retry={() => void runs.refetch()} />;
  if (runs.data.items.length === 0) {
    return <Empty title="It has not run yet">Call its webhook, wait for its time, or press “Run it now”.</Empty>;
  }
  return (
    <>
      <RunList runs={runs.data.items} />
      <p className="mt-3">
        <Link to="/runs" search={{ bot }} className="text-accent underline underline-offset-2">
          All its runs, with filters
        </Link>
      </p>
    </>
  );
}
