// Every address of the interface. Pages load when they are first opened.
import { useQuery } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Link } from "@tanstack/react-router";
import { ApiError } from "./api/client";
import {
  approvalQuery, approvalsQuery, botQuery, botsQuery, connectionQuery, connectionsQuery, connectorsQuery, deadLettersQuery, definitionQuery, eventsQuery, mailsQuery, nodesQuery, queryClient,
  replaysQuery, runQuery, runsQuery, serverQuery, templatesQuery, variablesQuery,
} from "./api/queries";
import { evaluationQuery, evaluationsQuery, suiteQuery, suitesQuery } from "./api/evaluations";
import { basesQuery, documentsQuery } from "./api/knowledge";
import { budgetsQuery, modelSettingsQuery, modelsQuery, pricesQuery } from "./api/models";
import { buttonClass } from "./components/button";
import { Empty, Loading, ProblemCard } from "./components/feedback";
import { Page } from "./components/page";
import { Shell } from "./components/shell";
import { SignIn } from "./components/sign-in";
import { SPAN_NAMES, type CostsSearch } from "./lib/days";
import { BOT_TABS, type BotTab } from "./lib/tabs";

function Root() {
  const server = useQuery({ ...serverQuery, refetchOnWindowFocus: "always" });
  if (server.data) return <Shell />;
  if (server.isPending) return <Loading what="Asking the server who you are …" className="justify-center" />;
  if (server.error instanceof ApiError && server.error.status === 401) {
    return <SignIn retry={() => void server.refetch()} />;
  }
  return (
    <main className="mx-auto max-w-2xl p-6">
      <ProblemCard error={server.error} retry={() => void server.refetch()} />
    </main>
  );
}

function NotFound() {
  return (
    <Page title="Nothing is here">
      <Empty title="This address leads nowhere" action={<Link to="/bots" className={buttonClass("primary")}>Go to the bots</Link>}>
        It may have been mistyped, or what was here has been deleted.
      </Empty>
    </Page>
  );
}

/** Asks for what a page shows while its script still loads; whether it comes is for the page to say. */
function ask(...questions: Promise<void>[]) {
  void Promise.allSettled(questions);
}

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });
// The router reads `?q=42` as a number.
const text = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) || undefined : undefined);

const describe = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: (search): { sentence?: string; template?: string; talk?: string } => ({
    sentence: text(search.sentence),
    template: text(search.template),
    talk: text(search.talk),
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => {
    if (deps.sentence === undefined) ask(queryClient.prefetchQuery(templatesQuery));
  },
  component: lazyRouteComponent(() => import("./pages/describe"), "DescribePage"),
});

const bots = createRoute({
  getParentRoute: () => root,
  path: "/bots",
  validateSearch: (search): { q?: string; state?: string } => ({ q: text(search.q), state: text(search.state) }),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => ask(queryClient.prefetchInfiniteQuery(botsQuery(deps.q?.trim() ?? "", deps.state))),
  component: lazyRouteComponent(() => import("./pages/bots"), "BotsPage"),
});

const bot = createRoute({
  getParentRoute: () => root,
  path: "/bots/$bot",
  validateSearch: (search): { tab?: BotTab; version?: number; new?: boolean } => ({
    tab: BOT_TABS.find((tab) => tab === search.tab),
    version: typeof search.version === "number" ? search.version : undefined,
    new: search.new === true ? true : undefined,
  }),
  loader: ({ params }) => ask(queryClient.prefetchQuery(botQuery(params.bot)), queryClient.prefetchQuery(definitionQuery(params.bot))),
  component: lazyRouteComponent(() => import("./pages/bot"), "BotPage"),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: "/runs",
  validateSearch: (search): { bot?: string; state?: string; trigger?: string; since?: string; until?: string } => ({
    bot: text(search.bot),
    state: text(search.state),
    trigger: text(search.trigger),
    since: text(search.since),
    until: text(search.until),
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => {
    // A span begins when the page is opened, which says when.
    if (!deps.since) ask(queryClient.prefetchInfiniteQuery(runsQuery({ ...deps, since: undefined })));
  },
  component: lazyRouteComponent(() => import("./pages/runs"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$id",
  validateSearch: (search): { step?: string } => ({ step: text(search.step) }),
  loader: ({ params }) => ask(queryClient.prefetchQuery(runQuery(params.id))),
  component: lazyRouteComponent(() => import("./pages/run"), "RunPage"),
});

const connections = createRoute({
  getParentRoute: () => root,
  path: "/connections",
  validateSearch: (search): { add?: string } => ({ add: typeof search.add === "string" ? search.add : undefined }),
  loader: () => ask(queryClient.prefetchQuery(connectionsQuery)),
  component: lazyRouteComponent(() => import("./pages/connections"), "ConnectionsPage"),
});

const connection = createRoute({
  getParentRoute: () => root,
  path: "/connections/$name",
  loader: ({ params }) => ask(queryClient.prefetchQuery(connectionQuery(params.name))),
  component: lazyRouteComponent(() => import("./pages/connection"), "ConnectionPage"),
});

const connectors = createRoute({
  getParentRoute: () => root,
  path: "/connectors",
  validateSearch: (search): { q?: string; open?: string } => ({ q: text(search.q), open: text(search.open) }),
  loader: () => ask(queryClient.prefetchQuery(connectorsQuery)),
  component: lazyRouteComponent(() => import("./pages/connectors"), "ConnectorsPage"),
});

const APPROVAL_STATES = ["approved", "rejected", "expired", "cancelled"] as const;

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/approvals",
  validateSearch: (search): { state?: (typeof APPROVAL_STATES)[number] } => ({
    state: APPROVAL_STATES.find((state) => state === search.state),
  }),
  loader: () => ask(queryClient.prefetchInfiniteQuery(approvalsQuery("open"))),
  component: lazyRouteComponent(() => import("./pages/approvals"), "ApprovalsPage"),
});

const approval = createRoute({
  getParentRoute: () => root,
  path: "/approvals/$id",
  loader: ({ params }) => ask(queryClient.prefetchQuery(approvalQuery(params.id))),
  component: lazyRouteComponent(() => import("./pages/approval"), "ApprovalPage"),
});

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: (search): { name?: string; view?: "dead" | "replays" } => ({
    name: text(search.name),
    view: search.view === "dead" || search.view === "replays" ? search.view : undefined,
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => {
    if (deps.view === "dead") ask(queryClient.prefetchInfiniteQuery(deadLettersQuery("")));
    else if (deps.view === "replays") ask(queryClient.prefetchInfiniteQuery(replaysQuery));
    else ask(queryClient.prefetchInfiniteQuery(eventsQuery(deps.name?.trim() ?? "")));
  },
  component: lazyRouteComponent(() => import("./pages/events"), "EventsPage"),
});

const outbox = createRoute({
  getParentRoute: () => root,
  path: "/outbox",
  validateSearch: (search): { mail?: string } => ({ mail: text(search.mail) }),
  loader: () => ask(queryClient.prefetchInfiniteQuery(mailsQuery)),
  component: lazyRouteComponent(() => import("./pages/outbox"), "OutboxPage"),
});

const knowledge = createRoute({
  getParentRoute: () => root,
  path: "/knowledge",
  validateSearch: (search): { base?: string } => ({ base: text(search.base) }),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => {
    ask(queryClient.prefetchQuery(basesQuery));
    if (deps.base) ask(queryClient.prefetchInfiniteQuery(documentsQuery(deps.base)));
  },
  component: lazyRouteComponent(() => import("./pages/knowledge"), "KnowledgePage"),
});

const evaluations = createRoute({
  getParentRoute: () => root,
  path: "/evaluations",
  validateSearch: (search): { suite?: string; run?: string } => ({ suite: text(search.suite), run: text(search.run) }),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => {
    if (deps.run) ask(queryClient.prefetchQuery(evaluationQuery(deps.run)));
    else if (deps.suite) ask(queryClient.prefetchQuery(suiteQuery(deps.suite)));
    else ask(queryClient.prefetchQuery(suitesQuery), queryClient.prefetchInfiniteQuery(evaluationsQuery()));
  },
  component: lazyRouteComponent(() => import("./pages/evaluations"), "EvaluationsPage"),
});

const models = createRoute({
  getParentRoute: () => root,
  path: "/models",
  validateSearch: (search): { view?: "prices" | "settings"; q?: string } => ({
    view: search.view === "prices" || search.view === "settings" ? search.view : undefined,
    q: text(search.q),
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => {
    if (deps.view === "settings") ask(queryClient.prefetchQuery(modelSettingsQuery));
    else if (deps.view === "prices") ask(queryClient.prefetchQuery(pricesQuery));
    else ask(queryClient.prefetchQuery(modelsQuery), queryClient.prefetchQuery(connectionsQuery), queryClient.prefetchQuery(pricesQuery));
  },
  component: lazyRouteComponent(() => import("./pages/models"), "ModelsPage"),
});

const costs = createRoute({
  getParentRoute: () => root,
  path: "/costs",
  validateSearch: (search): CostsSearch => ({
    view: search.view === "budgets" || search.view === "calls" ? search.view : undefined,
    span: SPAN_NAMES.find((span) => span === search.span),
    from: text(search.from),
    to: text(search.to),
    bot: text(search.bot),
    run: text(search.run),
    by: text(search.by),
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => {
    // Of other views the days are said by the page.
    if (deps.view === "budgets") ask(queryClient.prefetchQuery(budgetsQuery));
  },
  component: lazyRouteComponent(() => import("./pages/costs"), "CostsPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  loader: () => ask(queryClient.prefetchQuery(variablesQuery), queryClient.prefetchQuery(nodesQuery)),
  component: lazyRouteComponent(() => import("./pages/settings"), "SettingsPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    describe,
    bots,
    bot,
    runs,
    run,
    approvals,
    approval,
    connections,
    connection,
    connectors,
    events,
    outbox,
    knowledge,
    models,
    evaluations,
    costs,
    settings,
  ]),
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultPendingComponent: () => <Loading what="Opening the page …" className="px-8" />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
