import { expect, test } from "vitest";
import { merge, type RunEvent } from "./live";
import { parts, span, state, tree, visible, type Step } from "./tree";

const step = (address: string, more: Partial<Step> = {}): Step => ({
  address,
  state: "succeeded",
  attempt: 1,
  input: null,
  output: null,
  logs: [],
  started_at: "2026-11-22T12:00:00Z",
  ended_at: "2026-11-22T12:00:01Z",
  ...more,
});

test("an address names what it lies in", () => {
  expect(parts("lines[0]/if#1.then/even").map((part) => [part.address, part.branch, part.item])).toEqual([
    ["lines", null, null],
    ["lines[0]", null, 0],
    ["lines[0]/if#1", null, null],
    ["lines[0]/if#1.then/even", "then", null],
  ]);
  expect(parts("a[1]/b[2]/c").map((part) => part.address)).toEqual(["a", "a[1]", "a[1]/b", "a[1]/b[2]", "a[1]/b[2]/c"]);
  // The name of a case may have dots.
  expect(parts("pick.v1.2/x").at(-1)).toMatchObject({ address: "pick.v1.2/x", branch: "v1.2" });
});

test("steps stand under their block, items in the order of the list", () => {
  const roots = tree([step("lines"), step("lines[1]/line"), step("lines[0]/line"), step("end")]);
  expect(roots.map((node) => node.address)).toEqual(["lines", "end"]);
  expect(roots[0]?.children.map((node) => node.label)).toEqual(["item 1", "item 2"]);
});

test("what repeats inside an agent are turns", () => {
  const [agent] = tree([step("brief", { detail: "agent uses one tool" }), step("brief.tools/list"), step("brief[0]/model"), step("brief[0].web.0/call"), step("brief[1]/model")]);
  expect(agent?.children.map((node) => node.label)).toEqual(["list", "turn 1", "turn 2"]);
  expect(agent?.children[1]?.children.map((node) => [node.branch, node.label])).toEqual([
    [null, "model"],
    ["web.0", "call"],
  ]);
});

test("branches that ran side by side are shown one after another", () => {
  const [both] = tree([step("both"), step("both.a/x"), step("both.b/y"), step("both.a/z")]);
  expect(both?.children.map((node) => node.label)).toEqual(["x", "z", "y"]);
});

test("many items begin closed, except where something is wrong", () => {
  const steps = [step("lines")];
  for (let at = 0; at < 100; at++) steps.push(step(`lines[${at}]/line`, at === 42 ? { state: "failed" } : {}));
  const rows = visible(tree(steps), new Map());
  expect(rows).toHaveLength(1 + 100 + 1);
  expect(rows.find((row) => row.depth === 2)?.node.address).toBe("lines[42]/line");
  expect(visible(tree(steps), new Map([["lines", false]]))).toHaveLength(1);
});

test("an item has the gravest state and the whole time of what is inside", () => {
  const [lines] = tree([
    step("lines[0]/a", { started_at: "2026-11-22T12:00:00Z", ended_at: "2026-11-22T12:00:01Z" }),
    step("lines[0]/b", { started_at: "2026-11-22T12:00:01Z", ended_at: null, state: "running" }),
  ]);
  const item = lines!.children[0]!;
  expect(state(item)).toBe("running");
  expect(span(item)).toEqual({ from: "2026-11-22T12:00:00Z", to: null });
});

const RUN = {
  id: "run_1",
  bot: "b",
  version: 1,
  state: "queued" as const,
  trigger: "",
  input: {},
  output: null,
  created_at: "2026-11-22T12:00:00Z",
  deadline: "2026-12-22T12:00:00Z",
  steps: [] as Step[],
  large: [],
};

test("events move a run on, twice and late ones change nothing", () => {
  const events: RunEvent[] = [
    { kind: "started", at: "2026-11-22T12:00:00Z", state: "running", input: {} },
    { kind: "attempt", at: "2026-11-22T12:00:01Z", address: "mail", state: "running", attempt: 1, input: { to: "a" } },
    { kind: "failed", at: "2026-11-22T12:00:02Z", address: "mail", state: "retrying", attempt: 1, error: { code: "E-CONN-001", message: "no", attempts: 1 } },
    { kind: "attempt", at: "2026-11-22T12:00:03Z", address: "mail", state: "running", attempt: 2 },
    { kind: "done", at: "2026-11-22T12:00:04Z", address: "mail", state: "succeeded", output: 1, logs: [] },
  ];
  const live = merge(RUN, events.slice(0, 4));
  expect(live.state).toBe("running");
  expect(live.steps[0]).toMatchObject({ state: "running", attempt: 2, input: { to: "a" } });
  const done = merge(live, events);
  expect(done.steps).toHaveLength(1);
  expect(done.steps[0]).toMatchObject({ state: "succeeded", attempt: 2, output: 1, error: null });
  expect(merge(done, events)).toEqual(done);
  const ended = merge(done, [{ kind: "ended", at: "2026-11-22T12:00:05Z", state: "succeeded", output: 2 }]);
  expect(ended).toMatchObject({ state: "succeeded", output: 2, ended_at: "2026-11-22T12:00:05Z" });
});

test("a run that only waits is waiting, also inside a block", () => {
  const events: RunEvent[] = [
    { kind: "choice", at: "2026-11-22T12:00:00Z", address: "both", state: "running" },
    { kind: "wait", at: "2026-11-22T12:00:00Z", address: "both.a/x", state: "waiting" },
  ];
  expect(merge(RUN, events).state).toBe("waiting");
});
