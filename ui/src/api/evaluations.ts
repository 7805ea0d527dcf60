// What pages ask about suites of cases, and evaluations of them.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, data, type Schemas } from "./client";
import { LIMIT, paging } from "./queries";

export type Suite = Schemas["EvaluationSuite"];
export type Definition = Schemas["EvaluationSuiteDefinition"];
export type Case = Schemas["EvaluationCase"];
export type Check = Schemas["EvaluationCheck"];
export type Evaluation = Schemas["EvaluationBody"];

export const suitesQuery = queryOptions({
  queryKey: ["evaluations", "suites"],
  queryFn: async ({ signal }) => {
    const all = [];
    let cursor: string | undefined;
    do {
      const page = await data(api.GET("/api/v1/evaluations/suites", { params: { query: { limit: 200, ...(cursor && { cursor }) } }, signal }));
      all.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    return all;
  },
});

export const suiteQuery = (name: string) =>
  queryOptions({
    queryKey: ["evaluations", "suite", name],
    queryFn: ({ signal }) => data(api.GET("/api/v1/evaluations/suites/{name}", { params: { path: { name } }, signal })),
  });

export const evaluationsQuery = (suite?: string) =>
  infiniteQueryOptions({
    queryKey: ["evaluations", "runs", suite ?? ""],
    queryFn: ({ pageParam, signal }) =>
      data(api.GET("/api/v1/evaluations/runs", { params: { query: { limit: LIMIT, ...(suite && { suite }), ...(pageParam && { cursor: pageParam }) } }, signal })),
    ...paging,
    // What runs goes on by itself.
    refetchInterval: (asked) => asked.state.data?.pages.some((page) => page.items.some((each) => each.state === "running")) && 2000,
  });

export const evaluationQuery = (id: string) =>
  queryOptions({
    queryKey: ["evaluations", "run", id],
    queryFn: ({ signal }) => data(api.GET("/api/v1/evaluations/runs/{id}", { params: { path: { id } }, signal })),
    refetchInterval: (asked) => asked.state.data?.state === "running" && 1000,
  });

/** What came of the questions; `answered` asks anew when there is more. */
export const resultsQuery = (id: string, verdict: string, answered: number) =>
  infiniteQueryOptions({
    queryKey: ["evaluations", "results", id, verdict, answered],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET("/api/v1/evaluations/runs/{id}/results", {
          params: { path: { id }, query: { limit: LIMIT, ...(verdict && { verdict }), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...paging,
  });
