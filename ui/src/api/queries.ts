// What pages ask the server, each with the key under which the answer is kept.
import { infiniteQueryOptions, MutationCache, QueryCache, QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ApiError, data, type Schemas } from "./client";

export const queryClient = new QueryClient({
  // The question who one is is answered by its own refusal.
  queryCache: new QueryCache({ onError: (error, query) => query.queryKey[0] !== "server" && signedOut(error) }),
  mutationCache: new MutationCache({ onError: signedOut }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What was refused stays refused; only what did not get through is asked again.
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});

/** A refused session shows the sign-in page, whichever call met it. Who is not known to be signed in sees it already. */
function signedOut(error: unknown) {
  if (error instanceof ApiError && error.status === 401 && queryClient.getQueryData(serverQuery.queryKey)) {
    void queryClient.resetQueries({ queryKey: ["server"], exact: true });
  }
}

export const retentionQuery = queryOptions({
  queryKey: ["retention"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/retention", { signal })),
});

export const serverQuery = queryOptions({
  queryKey: ["server"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/server", { signal })),
  staleTime: 60_000,
});

/** The rows of all pages that were loaded. */
export function rows<T>(pages: { pages: { items: T[] }[] } | undefined): T[] {
  return pages?.pages.flatMap((page) => page.items) ?? [];
}

interface Paged {
  next?: string | null;
}

export const paging = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: Paged) => page.next ?? undefined,
};

export const LIMIT = 50;

export const botsQuery = (q: string, state: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["bots", "list", q, state],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: LIMIT, cursor: pageParam, ...(q && { q }), ...(state && { state }) };
      return data(api.GET("/api/v1/bots", { params: { query }, signal }));
    },
    ...paging,
  });

/** Names to choose from. */
export const botNamesQuery = queryOptions({
  queryKey: ["bots", "names"],
  queryFn: async ({ signal }) => (await data(api.GET("/api/v1/bots", { params: { query: { limit: 200 } }, signal }))).items.map(({ bot }) => bot),
  staleTime: 30_000,
});

export const eventsQuery = (name: string) =>
  infiniteQueryOptions({
    queryKey: ["events", name],
    queryFn: ({ pageParam, signal }) =>
      data(api.GET("/api/v1/events", { params: { query: { limit: LIMIT, cursor: pageParam, ...(name && { name }) } }, signal })),
    ...paging,
  });

export const deadLettersQuery = (bot: string) =>
  infiniteQueryOptions({
    queryKey: ["dead-letters", bot],
    queryFn: ({ pageParam, signal }) =>
      data(api.GET("/api/v1/dead-letters", { params: { query: { limit: LIMIT, cursor: pageParam, ...(bot && { bot }) } }, signal })),
    ...paging,
  });

export const replaysQuery = infiniteQueryOptions({
  queryKey: ["replays"],
  queryFn: ({ pageParam, signal }) => data(api.GET("/api/v1/replays", { params: { query: { limit: LIMIT, cursor: pageParam } }, signal })),
  ...paging,
});

export const nodesQuery = queryOptions({
  queryKey: ["nodes"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/nodes", { signal })),
});

export const mailsQuery = infiniteQueryOptions({
  queryKey: ["outbox"],
  queryFn: ({ pageParam, signal }) => data(api.GET("/api/v1/outbox", { params: { query: { limit: LIMIT, cursor: pageParam } }, signal })),
  ...paging,
});

export const variablesQuery = queryOptions({
  queryKey: ["env"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/env", { params: { query: { limit: 200 } }, signal })),
});

export const botQuery = (bot: string) =>
  queryOptions({
    queryKey: ["bots", "one", bot],
    queryFn: ({ signal }) => data(api.GET("/api/v1/bots/{bot}", { params: { path: { bot } }, signal })),
    // App triggers look by themselves, and tell how that went.
    refetchInterval: (asked) => asked.state.data?.triggers.some((trigger) => trigger.app) && 5000,
  });

export const definitionQuery = (bot: string, version?: number) =>
  queryOptions({
    queryKey: ["bots", "one", bot, "definition", version ?? "live"],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/bots/{bot}/definition", {
          params: { path: { bot }, query: { format: "yaml", version } },
          parseAs: "text",
          signal,
        }),
      ) as Promise<string>,
  });

export const versionsQuery = (bot: string) =>
  infiniteQueryOptions({
    queryKey: ["bots", "one", bot, "versions"],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET("/api/v1/bots/{bot}/versions", {
          params: { path: { bot }, query: { limit: LIMIT, cursor: pageParam } },
          signal,
        }),
      ),
    ...paging,
  });

export const connectorsQuery = queryOptions({
  queryKey: ["connectors"],
  queryFn: async ({ signal }) => {
    const all = [];
    let cursor: string | undefined;
    do {
      const page = await data(api.GET("/api/v1/connectors", { params: { query: { limit: 200, cursor } }, signal }));
      all.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    return all;
  },
  staleTime: 5 * 60_000,
});

export const connectorQuery = (name: string) =>
  queryOptions({
    queryKey: ["connectors", name],
    queryFn: ({ signal }) => data(api.GET("/api/v1/connectors/{name}", { params: { path: { name } }, signal })),
    staleTime: 5 * 60_000,
  });

export const connectionsQuery = queryOptions({
  queryKey: ["connections"],
  queryFn: async ({ signal }) => {
    const all = [];
    let cursor: string | undefined;
    do {
      const page = await data(api.GET("/api/v1/connections", { params: { query: { limit: 200, cursor } }, signal }));
      all.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    return all;
  },
});

export const connectionQuery = (name: string) =>
  queryOptions({
    queryKey: ["connections", name],
    queryFn: ({ signal }) => data(api.GET("/api/v1/connections/{name}", { params: { path: { name } }, signal })),
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", "one", id],
    queryFn: ({ signal }) => data(api.GET("/api/v1/runs/{id}", { params: { path: { id } }, signal })),
  });

export interface RunFilter {
  bot?: string | undefined;
  state?: string | undefined;
  trigger?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

export const runsQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ["runs", "list", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filter, limit: LIMIT, cursor: pageParam } as { bot?: string; state?: Schemas["RunState"]; limit: number; cursor?: string };
      return data(api.GET("/api/v1/runs", { params: { query }, signal }));
    },
    ...paging,
  });

export const approvalsQuery = (state: Schemas["ApprovalState"] | undefined) =>
  infiniteQueryOptions({
    queryKey: ["approvals", "list", state],
    queryFn: ({ pageParam, signal }) =>
      data(api.GET("/api/v1/approvals", { params: { query: { limit: LIMIT, cursor: pageParam, ...(state && { state }) } }, signal })),
    ...paging,
  });

export const approvalQuery = (id: string) =>
  queryOptions({
    queryKey: ["approvals", "one", id],
    queryFn: ({ signal }) => data(api.GET("/api/v1/approvals/{id}", { params: { path: { id } }, signal })),
    refetchInterval: (asked) => asked.state.data?.state === "open" && 5000,
  });

/** The newest approvals of a run; a loop may ask for more than are shown with their steps. */
export const approvalsOfRunQuery = (run: string) =>
  queryOptions({
    queryKey: ["approvals", "run", run],
    queryFn: async ({ signal }) => (await data(api.GET("/api/v1/approvals", { params: { query: { run, limit: 200 } }, signal }))).items,
    refetchInterval: (asked) => (asked.state.data?.some((approval) => approval.state === "open") ?? true) && 3000,
  });

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: async ({ signal }) => (await data(api.GET("/api/v1/templates", { signal }))).items,
  staleTime: 5 * 60_000,
});
