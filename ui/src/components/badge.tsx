import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { cx } from "../lib/classes";

export type Tone = "good" | "bad" | "warn" | "accent" | "plain";

const TONES: Record<Tone, string> = {
  good: "bg-good-soft text-good",
  bad: "bg-bad-soft text-bad",
  warn: "bg-warn-soft text-warn",
  accent: "bg-accent-soft text-accent-strong",
  plain: "bg-sunken text-soft",
};

export function Badge({ tone = "plain", children, title }: { tone?: Tone; children: ReactNode; title?: string }) {
  return (
    <span
      title={title}
      className={cx("inline-flex items-center gap-1.5 rounded-md px-1.75 py-0.25 text-[0.82rem] font-medium whitespace-nowrap", TONES[tone])}
    >
      {children}
    </span>
  );
}

type State = Schemas["RunState"] | Schemas["StepState"];

const STATES: Record<State, [string, Tone]> = {
  queued: ["Queued", "plain"],
  running: ["Running", "accent"],
  waiting: ["Waiting", "warn"],
  retrying: ["Retrying", "warn"],
  succeeded: ["Succeeded", "good"],
  failed: ["Failed", "bad"],
  cancelled: ["Cancelled", "plain"],
  timed_out: ["Timed out", "bad"],
  skipped: ["Skipped", "plain"],
};

export function stateTone(state: State): Tone {
  return STATES[state]?.[1] ?? "plain";
}

/** The state of a run or step. */
export function StateBadge({ state }: { state: State }) {
  const [text, tone] = STATES[state] ?? [state, "plain"];
  return (
    <Badge tone={tone}>
      <span aria-hidden className={cx("size-1.5 rounded-full bg-current", state === "running" && "animate-breathe")} />
      {text}
    </Badge>
  );
}
