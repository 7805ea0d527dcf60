// Where one can go, for the navigation and the palette.
import { BookOpen, Bot, BrainCircuit, Cable, CalendarClock, CircleCheck, CircleDollarSign, FlaskConical, History, Inbox, LayoutGrid, Settings } from "lucide-react";

export const PLACES = [
  { to: "/bots", title: "Bots", icon: Bot, also: "workflows automations list" },
  { to: "/runs", title: "Runs", icon: History, also: "executions history log" },
  { to: "/approvals", title: "Approvals", icon: CircleCheck, also: "approve reject decide human questions" },
  { to: "/connections", title: "Connections", icon: Cable, also: "credentials secrets accounts oauth" },
  { to: "/connectors", title: "Connectors", icon: LayoutGrid, also: "integrations nodes actions reference" },
  { to: "/events", title: "Events", icon: CalendarClock, also: "dead letters emit" },
  { to: "/outbox", title: "Outbox", icon: Inbox, also: "mail email" },
  { to: "/knowledge", title: "Knowledge", icon: BookOpen, also: "documents search rag sources files pdf embeddings" },
  { to: "/models", title: "Models", icon: BrainCircuit, also: "llm ai language providers prices fallback openai" },
  { to: "/evaluations", title: "Evaluations", icon: FlaskConical, also: "suites cases tests prompts compare accuracy judge quality" },
  { to: "/costs", title: "Costs", icon: CircleDollarSign, also: "spending budgets money tokens cache usage calls" },
  { to: "/settings", title: "Settings", icon: Settings, also: "variables server theme sign out" },
] as const;
