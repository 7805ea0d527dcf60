// The tree of a run's steps, from their addresses (`lines[3]/line`, `size.then/route`).
import type { Schemas } from "../api/client";

export type Step = Schemas["Step"];

/** A step, or one item of a loop. */
export interface StepNode {
  address: string;
  /** What is shown: the id of the step, or `item 3`. */
  label: string;
  /** The branch of the block above that it stands in. */
  branch: string | null;
  /** Not there for an item of a loop, and for a block that was not told yet. */
  step: Step | null;
  /** The number of the item, from 0. */
  item: number | null;
  children: StepNode[];
}

interface Part {
  address: string;
  branch: string | null;
  item: number | null;
  label: string;
}

/** The nodes above and at an address, outermost first. */
export function parts(address: string): Part[] {
  const found: Part[] = [];
  let branch: string | null = null;
  let before = "";
  for (const segment of address.split("/")) {
    const read = /^([^.[]+)((?:\[\d+\])*)(?:\.(.+))?$/.exec(segment);
    const id = read?.[1] ?? segment;
    let at = before + id;
    found.push({ address: at, branch, item: null, label: id });
    branch = null;
    for (const index of (read?.[2] ?? "").matchAll(/\[(\d+)\]/g)) {
      at += index[0];
      found.push({ address: at, branch: null, item: Number(index[1]), label: `item ${Number(index[1]) + 1}` });
    }
    branch = read?.[3] ?? null;
    before = branch === null ? `${at}/` : `${at}.${branch}/`;
  }
  return found;
}

export function tree(steps: Step[]): StepNode[] {
  const roots: StepNode[] = [];
  const known = new Map<string, StepNode>();
  for (const step of steps) {
    let among = roots;
    for (const part of parts(step.address)) {
      let node = known.get(part.address);
      if (!node) {
        node = { ...part, step: null, children: [] };
        known.set(part.address, node);
        among.push(node);
      }
      among = node.children;
    }
    const node = known.get(step.address);
    if (node) node.step = step;
  }
  sortItems(roots);
  nameTurns(roots);
  return roots;
}

/** Whether it is an `agent` step that has begun. */
export function isAgent(step: Step): boolean {
  return step.detail?.startsWith("agent ") ?? false;
}

/** Whether a step asked a language model: an `ask`, or an agent as a whole. */
export function asksModel(step: Step): boolean {
  const { input } = step;
  return isAgent(step) || (typeof input === "object" && input !== null && "prompt" in input && "model" in input && step.key != null);
}

/** What repeats inside an agent are turns, and no items of a list. */
function nameTurns(nodes: StepNode[]) {
  for (const node of nodes) {
    if (node.step && isAgent(node.step)) {
      for (const child of node.children) if (child.item !== null) child.label = `turn ${child.item + 1}`;
    }
    nameTurns(node.children);
  }
}

/** Items and branches run side by side; items are shown in the order of the list, branches one after another. */
function sortItems(nodes: StepNode[]) {
  for (const node of nodes) {
    const branches = [...new Set(node.children.map((child) => child.branch))];
    if (node.children[0]?.item != null) node.children.sort((a, b) => (a.item ?? 0) - (b.item ?? 0));
    else if (branches.length > 1) node.children.sort((a, b) => branches.indexOf(a.branch) - branches.indexOf(b.branch));
    sortItems(node.children);
  }
}

export interface Row {
  node: StepNode;
  depth: number;
  /** `null`: nothing is inside. */
  open: boolean | null;
  /** Among its siblings, from 1, and how many these are. */
  position: number;
  siblings: number;
}

/** More items than this begin closed, except those in which something is wrong or going on. */
const MANY = 12;

/** The rows that are seen. `toggled` has what a person opened or closed. */
export function visible(roots: StepNode[], toggled: ReadonlyMap<string, boolean>): Row[] {
  const rows: Row[] = [];
  const walk = (nodes: StepNode[], depth: number) => {
    nodes.forEach((node, index) => {
      const inside = node.children.length > 0;
      const open = inside ? (toggled.get(node.address) ?? opensByItself(node, nodes.length)) : null;
      rows.push({ node, depth, open, position: index + 1, siblings: nodes.length });
      if (open) walk(node.children, depth + 1);
    });
  };
  walk(roots, 0);
  return rows;
}

function opensByItself(node: StepNode, siblings: number): boolean {
  return node.item === null || siblings <= MANY || state(node) !== "succeeded";
}

export type State = Step["state"];

const WEIGHT: Record<State, number> = { failed: 5, retrying: 4, running: 3, waiting: 2, succeeded: 1, skipped: 0 };

/** The state of a step; of an item, the gravest inside. */
export function state(node: StepNode): State {
  if (node.step) return node.step.state;
  let found: State = "skipped";
  for (const child of node.children) {
    const inside = state(child);
    if (WEIGHT[inside] > WEIGHT[found]) found = inside;
  }
  return found;
}

export interface Span {
  from: string | null;
  to: string | null;
}

/** When it began and ended; of an item, from the first step inside to the last. */
export function span(node: StepNode): Span {
  if (node.step) return { from: node.step.started_at ?? null, to: node.step.ended_at ?? null };
  let from: string | null = null;
  let to: string | null = null;
  let open = false;
  for (const child of node.children) {
    const inside = span(child);
    if (inside.from && (!from || inside.from < from)) from = inside.from;
    if (!inside.to) open = true;
    else if (!to || inside.to > to) to = inside.to;
  }
  return { from, to: open ? null : to };
}
