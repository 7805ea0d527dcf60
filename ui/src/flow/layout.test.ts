import { expect, test } from "vitest";
import { layout, MOST, type Placed } from "./layout";
import { addressKey, allSteps, readFlow, stepAt, type FlowStep } from "./model";

const NESTED = {
  bot: "nested",
  triggers: { order: { webhook: { path: "orders/new" } }, weekdays: { schedule: "0 9 * * 1-5", timezone: "Europe/Berlin" } },
  steps: [
    { id: "invoices", do: "http.get", with: { url: "https://erp.example/x" } },
    {
      id: "size",
      if: "{{ inputs.total > 1000 }}",
      then: [{ do: "slack.post_message", with: { channel: "#a", text: "x" } }, { return: 1 }],
    },
    {
      for_each: "{{ steps.invoices }}",
      as: "invoice",
      steps: [
        { switch: "{{ invoice.kind }}", cases: { bug: [{ id: "team", set: "dev" }], "a.b": [{ id: "team", set: "x" }] } },
        { parallel: { a: [{ id: "x", set: 1 }], b: [{ id: "y", set: 2 }, { set: 3 }] } },
      ],
    },
    { id: "safe", try: [{ set: 1 }], catch: [{ id: "why", set: "{{ error.message }}" }], finally: [{ set: 2 }] },
    { respond: { status: 200, body: "thanks" } },
  ],
  on_error: [{ do: "email.send", with: { to: "ops@example.com" } }],
};

const inside = (a: Placed, b: Placed) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
const apart = (a: Placed, b: Placed) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

test("every step is drawn once, and nothing overlaps but what a box holds", () => {
  const flow = readFlow(NESTED);
  const { nodes, width, height } = layout(flow);
  const drawn = nodes.filter((node) => node.step).map((node) => node.step?.address);
  const all = [...allSteps([...flow.steps, ...flow.onError])].map((step) => step.address);
  expect(drawn.toSorted()).toEqual(all.toSorted());
  expect(all).toHaveLength(flow.count);
  for (const [index, a] of nodes.entries()) {
    expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width + 0.01 && a.y + a.height <= height + 0.01, a.id).toBe(true);
    for (const b of nodes.slice(index + 1)) {
      const held = (a.kind === "box" && inside(b, a)) || (b.kind === "box" && inside(a, b));
      expect(held || apart(a, b), `${a.id} and ${b.id}`).toBe(true);
    }
  }
});

test("lines lead down, from what is there to what is there; branches join, and a return ends", () => {
  const { nodes, lines } = layout(readFlow(NESTED));
  const by = new Map(nodes.map((node) => [node.id, node]));
  expect(new Set(lines.map((line) => line.id)).size).toBe(lines.length);
  for (const { from, to } of lines) {
    const [a, b] = [by.get(from), by.get(to)];
    expect(a && b, `${from} > ${to}`).toBeTruthy();
    expect(a!.y + a!.height <= b!.y + 0.01, `${from} > ${to}`).toBe(true);
  }
  const into = (id: string) => lines.filter((line) => line.to === id).map((line) => line.from);
  expect(into("steps[0]")).toEqual(["trigger:order", "trigger:weekdays"]);
  expect(into("steps[1]:join")).toEqual(["steps[1].else:pill"]);
  expect(into("steps[2]")).toEqual(["steps[1]:join"]);
  expect(into("steps[2].steps[0]:join")).toHaveLength(3);
});

test("addresses are those of runs", () => {
  const flow = readFlow(NESTED);
  const all = [...allSteps([...flow.steps, ...flow.onError])].map((step) => step.address);
  expect(all).toContain("size.then/return#1");
  expect(all).toContain(addressKey("for_each#1[3]/switch#1.bug/team"));
  expect(all).toContain(addressKey("for_each#1[0]/parallel#1.b/set#2"));
  expect(all).toContain("safe.catch/why");
  expect(all).toContain("on_error/do#1");
});

test("a place of a diagnostic leads to the innermost step", () => {
  const flow = readFlow(NESTED);
  expect(stepAt(flow, "steps[2].steps[1].parallel.b[1].set")?.address).toBe("for_each#1[]/parallel#1.b/set#2");
  expect(stepAt(flow, "steps[0].with.url")?.address).toBe("invoices");
  expect(stepAt(flow, "triggers.order")).toBeUndefined();
});

test("markup in names stays text, and nonsense is drawn as far as it goes", () => {
  const flow = readFlow({ steps: [{ name: "<img src=x onerror=alert(1)>", set: 1 }, null, "x", { then: [] }, { if: 1, then: "x" }] });
  expect(flow.steps[0]?.title).toBe("<img src=x onerror=alert(1)>");
  expect(layout(flow).nodes.filter((node) => node.kind === "step")).toHaveLength(5);
  for (const wrong of [null, [], "x", { steps: {}, triggers: [] }]) expect(layout(readFlow(wrong)).nodes).toEqual([]);
});

test("5,000 steps are folded, opened piece by piece, and never all drawn", () => {
  const steps = Array.from({ length: 5000 }, (_, index) => ({ id: `s${index}`, set: index }));
  const flow = readFlow({ steps });
  const begun = performance.now();
  const drawing = layout(flow);
  expect(performance.now() - begun).toBeLessThan(200);
  const shown = (nodes: Placed[]) => nodes.filter((node) => node.kind === "step").length;
  expect(shown(drawing.nodes)).toBe(100);
  expect(drawing.folded).toBe(4900);
  const piece = drawing.nodes.find((node) => node.kind === "more");
  expect(piece).toMatchObject({ text: "Steps 101 to 200", folded: 100 });
  expect(shown(layout(flow, new Set([piece!.id])).nodes)).toBe(200);
  const all = new Set(drawing.nodes.map((node) => node.id));
  const most = layout(flow, all);
  expect(shown(most.nodes)).toBe(MOST);
  expect(most.folded).toBe(4000);
});

test("blocks of a large definition are folded until they are opened", () => {
  const body: object[] = Array.from({ length: 450 }, (_, index) => ({ set: index }));
  const flow = readFlow({ steps: [{ id: "each", for_each: "{{ inputs.list }}", steps: body }] });
  const folded = layout(flow);
  expect(folded.nodes).toMatchObject([{ id: "steps[0]", folded: 450 }]);
  expect(layout(flow, new Set(["steps[0]"])).nodes[0]?.kind).toBe("box");
});

test("64 nested blocks are read and placed", () => {
  let steps: object[] = [{ set: 1 }];
  for (let depth = 0; depth < 64; depth++) steps = [{ if: "{{ true }}", then: steps }];
  const flow = readFlow({ steps });
  const deepest = (list: FlowStep[]): number => Math.max(0, ...list.map((step) => 1 + deepest(step.blocks.flatMap((block) => block.steps))));
  expect(deepest(flow.steps)).toBe(65);
  expect(layout(flow).nodes.filter((node) => node.kind === "step")).toHaveLength(65);
});
