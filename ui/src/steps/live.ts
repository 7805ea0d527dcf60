// A run as it is told by live events. What an event says about a step that is further on already
// changes nothing, so events may come twice and in the middle.
import type { Schemas } from "../api/client";

type Run = Schemas["Run"];
type Step = Schemas["Step"];

/** The data of an event of `GET /runs/{id}/events`, with its name as `kind`. */
export interface RunEvent {
  kind: string;
  at: string;
  address?: string;
  state?: string;
  output?: unknown;
  input?: unknown;
  error?: Step["error"];
  logs?: Step["logs"];
  attempt?: number;
  choice?: unknown;
  run?: string;
  reason?: string | null;
  /** Values of this event that are too large to be told. */
  large?: Run["large"];
}

export function merge(run: Run, events: RunEvent[]): Run {
  if (events.length === 0) return run;
  const steps = new Map(run.steps.map((step) => [step.address, step]));
  let { state, error, output, ended_at } = run;
  for (const event of events) {
    if (event.kind === "ended") {
      state = (event.state ?? state) as Run["state"];
      error = event.error ?? null;
      output = event.output ?? null;
      ended_at = event.at;
    } else if (event.address) {
      const before = steps.get(event.address);
      const after = change(before, event.address, event);
      if (after && after !== before) steps.set(event.address, after);
    }
  }
  const large = [...run.large, ...events.flatMap((event) => event.large ?? [])];
  const all = [...steps.values()];
  if (!ended_at) state = going(state, all);
  return { ...run, state, error: error ?? null, output, ended_at: ended_at ?? null, steps: all, large };
}

function going(state: Run["state"], steps: Step[]): Run["state"] {
  if (steps.length === 0) return state;
  const open = steps.filter((step) => !FINAL.has(step.state));
  const leaf = open.filter((step) => !inside(step, open));
  if (leaf.some((step) => step.state === "running" || step.state === "retrying")) return "running";
  return leaf.some((step) => step.state === "waiting") ? "waiting" : "running";
}

/** Whether something goes on inside a block: it is then that which counts. */
function inside(block: Step, open: Step[]): boolean {
  return open.some(
    (step) => step !== block && step.address.startsWith(block.address) && /[.[/]/.test(step.address[block.address.length] ?? ""),
  );
}

const FINAL = new Set(["succeeded", "failed", "skipped"]);

function change(before: Step | undefined, address: string, event: RunEvent): Step | null {
  if (before?.ended_at && before.ended_at >= event.at) return before;
  if (before && FINAL.has(before.state) && (event.attempt ?? 1) <= before.attempt && event.kind !== "done") return before;
  const step: Step = before ?? {
    address,
    state: "running",
    attempt: 1,
    input: null,
    output: null,
    logs: [],
    started_at: event.at,
    ended_at: null,
  };
  const state = stepState(event) ?? step.state;
  return {
    ...step,
    state,
    attempt: Math.max(step.attempt, event.attempt ?? 1),
    input: event.input ?? step.input,
    output: event.output ?? step.output,
    error: event.error ?? (state === "succeeded" ? null : step.error) ?? null,
    logs: event.logs?.length ? event.logs : step.logs,
    detail: detail(event) ?? step.detail ?? null,
    started_at: step.started_at ?? event.at,
    ended_at: FINAL.has(state) ? event.at : null,
  };
}

function stepState(event: RunEvent): Step["state"] | null {
  switch (event.kind) {
    case "child_ended":
      return event.state === "succeeded" ? "succeeded" : "failed";
    case "timer":
    case "responded":
      return "succeeded";
    default:
      return (event.state as Step["state"] | undefined) ?? null;
  }
}

function detail(event: RunEvent): string | null {
  if (event.kind === "child" && event.run) return event.run;
  if (event.kind === "asked") return "for an approval";
  if (event.kind !== "choice" || event.choice == null) return null;
  return typeof event.choice === "number" ? `${event.choice} items` : String(event.choice);
}
