// What pages ask about language models and what they cost.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, data } from "./client";
import { LIMIT, paging } from "./queries";

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: async ({ signal }) => {
    const all = [];
    let cursor: string | undefined;
    do {
      const page = await data(api.GET("/api/v1/models", { params: { query: { limit: 200, cursor } }, signal }));
      all.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    return all;
  },
});

export const pricesQuery = queryOptions({
  queryKey: ["model-prices"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/model-prices", { signal })),
  staleTime: 60_000,
});

export const modelSettingsQuery = queryOptions({
  queryKey: ["model-settings"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/model-settings", { signal })),
});

export const budgetsQuery = queryOptions({
  queryKey: ["budgets"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/budgets", { signal })),
});

export const cacheQuery = queryOptions({
  queryKey: ["model-cache"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/model-cache", { signal })),
});

/** Which calls. */
export interface Calls {
  bot?: string | undefined;
  run?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export const costsQuery = (by: string, which: Calls) =>
  queryOptions({
    queryKey: ["costs", by, which],
    queryFn: ({ signal }) => data(api.GET("/api/v1/costs", { params: { query: given({ by, ...which }) }, signal })),
  });

export const callsQuery = (which: Calls) =>
  infiniteQueryOptions({
    queryKey: ["model-calls", "list", which],
    queryFn: ({ pageParam, signal }) =>
      data(api.GET("/api/v1/model-calls", { params: { query: given({ ...which, limit: LIMIT, cursor: pageParam }) }, signal })),
    ...paging,
  });

/** Prompt and answer of a call, where they were kept. */
export const callLogQuery = (id: string) =>
  queryOptions({
    queryKey: ["model-calls", "log", id],
    queryFn: ({ signal }) => data(api.GET("/api/v1/model-calls/{id}/log", { params: { path: { id } }, signal })),
    staleTime: Infinity,
  });

/** Without what is not set, so that it does not stand in the address. */
function given<T extends object>(query: T) {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined && value !== "")) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
