// One picture per verb, trigger and well-known connector.
import {
  Bot, Braces, CalendarClock, CalendarCheck, CircleHelp, Clock, Code, CornerDownLeft, Database, FileText, GitFork, Globe,
  Hourglass, Mail, MessageSquare, MousePointerClick, Plug, Radio, Repeat, Reply, Route, ScrollText, Search, ShieldCheck,
  Sparkles, SplitSquareVertical, UserCheck, Webhook, Workflow, type LucideIcon,
} from "lucide-react";
import type { FlowStep } from "./model";

const VERB: Record<string, LucideIcon> = {
  code: Code,
  set: Braces,
  if: GitFork,
  switch: Route,
  for_each: Repeat,
  parallel: SplitSquareVertical,
  try: ShieldCheck,
  wait: Hourglass,
  approve: UserCheck,
  ask: Sparkles,
  agent: Bot,
  search: Search,
  call: Workflow,
  emit: Radio,
  respond: Reply,
  return: CornerDownLeft,
};

const CONNECTOR: Record<string, LucideIcon> = {
  http: Globe,
  webhook: Webhook,
  email: Mail,
  slack: MessageSquare,
  discord: MessageSquare,
  telegram: MessageSquare,
  state: Database,
  log: ScrollText,
};

const TRIGGER: Record<string, LucideIcon> = {
  webhook: Webhook,
  schedule: CalendarClock,
  every: Clock,
  once: CalendarCheck,
  event: Radio,
  app: Plug,
  manual: MousePointerClick,
  email: Mail,
  form: FileText,
  chat: MessageSquare,
};

export function StepIcon({ step, size = 17 }: { step: FlowStep; size?: number }) {
  const connector = typeof step.raw.do === "string" ? step.raw.do.split(".")[0] : undefined;
  const Icon = step.verb === "do" ? (CONNECTOR[connector ?? ""] ?? Plug) : (VERB[step.verb ?? ""] ?? CircleHelp);
  return <Icon aria-hidden size={size} strokeWidth={1.75} />;
}

export function VerbIcon({ verb, size = 17 }: { verb: string; size?: number }) {
  const Icon = VERB[verb] ?? Plug;
  return <Icon aria-hidden size={size} strokeWidth={1.75} />;
}

export function TriggerIcon({ kind, size = 17 }: { kind: string; size?: number }) {
  const Icon = TRIGGER[kind] ?? CircleHelp;
  return <Icon aria-hidden size={size} strokeWidth={1.75} />;
}
