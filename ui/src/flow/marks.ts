// What a drawing shows on top of its steps: states of a run, and places with diagnostics.
import type { Schemas } from "../api/client";
import { addressKey, pathText, stepAt, type Flow } from "./model";

export type State = Schemas["StepState"];

export interface Mark {
  state?: State;
  /** Beside the state, such as "3 items" or a duration. */
  note?: string;
  severity?: "error" | "warning";
  message?: string;
}

/** By the text of a step's path. */
export type Marks = ReadonlyMap<string, Mark>;

/** The worse of two states, for steps that run once per item. */
const WORSE: State[] = ["skipped", "succeeded", "waiting", "retrying", "running", "failed"];

/** States of a run's steps; the items of a loop are told in one. */
export function stateMarks(flow: Flow, steps: Pick<Schemas["Step"], "address" | "state">[]): Map<string, State> {
  const states = new Map<string, State>();
  for (const { address, state } of steps) {
    const key = addressKey(address);
    const before = states.get(key);
    if (!before || WORSE.indexOf(state) > WORSE.indexOf(before)) states.set(key, state);
  }
  const marks = new Map<string, State>();
  const visit = (list: Flow["steps"]) => {
    for (const step of list) {
      const state = states.get(step.address);
      if (state) marks.set(pathText(step.path), state);
      for (const block of step.blocks) visit(block.steps);
    }
  };
  visit(flow.steps);
  visit(flow.onError);
  return marks;
}

export function marksOf(
  flow: Flow,
  diagnostics: Schemas["Diagnostic"][] = [],
  states: ReadonlyMap<string, State> = new Map(),
): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const [path, state] of states) marks.set(path, { state });
  for (const { path, severity, message } of diagnostics) {
    const trigger = /^triggers\.([a-z0-9_]+)/.exec(path)?.[1];
    const step = trigger ? undefined : stepAt(flow, path);
    const key = trigger ? `trigger:${trigger}` : step && pathText(step.path);
    if (!key) continue;
    const before = marks.get(key);
    if (before?.severity !== "error") marks.set(key, { ...before, severity, message });
  }
  return marks;
}
