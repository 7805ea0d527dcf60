// Where everything is drawn: a definition becomes boxes and lines, from top to bottom. Pure.
//
// A sequence is a column. `if` and `switch` spread into columns that join again; loops, `parallel` and
// `try` are boxes around theirs. Nothing overlaps, because every piece knows its size before it is placed.
//
// Large definitions stay quick: beyond FOLD_FROM steps, blocks are folded and long sequences cut into
// pieces of PIECE; `open` unfolds, and no more than MOST steps are drawn at a time.
import { pathText, type Block, type Flow, type FlowStep, type FlowTrigger, type Path } from "./model";

export const STEP = { width: 240, height: 64 };
const PILL = 26;
const JOIN = 8;
const GAP = 40;
const COLUMN_GAP = 28;
const HEAD = 66;
const PADDING = 22;

export const FOLD_FROM = 400;
export const PIECE = 100;
export const MOST = 1_000;

export type NodeKind = "trigger" | "step" | "box" | "pill" | "join" | "more";

export interface Placed {
  id: string;
  kind: NodeKind;
  x: number;
  y: number;
  width: number;
  height: number;
  step?: FlowStep;
  trigger?: FlowTrigger;
  text?: string;
  /** Steps that are folded away here; pressing it opens `id`. */
  folded?: number;
  depth: number;
}

export interface Line {
  id: string;
  from: string;
  to: string;
  /** Where a new step would go: the block, and the index in it. */
  insert?: { block: Path; index: number };
}

/** A line, and where it begins and ends. */
export interface Joined extends Line {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export interface Drawing {
  nodes: Placed[];
  lines: Joined[];
  width: number;
  height: number;
  /** Steps that are folded away. */
  folded: number;
}

interface Piece {
  width: number;
  height: number;
  /** Where lines come in and go out, from the left. */
  axis: number;
  nodes: Placed[];
  lines: Line[];
  entry: string | null;
  exits: string[];
}

interface Context {
  open: ReadonlySet<string>;
  fold: boolean;
  left: number;
  folded: number;
}

export function layout(flow: Flow, open: ReadonlySet<string> = new Set()): Drawing {
  const context: Context = { open, fold: flow.count > FOLD_FROM, left: MOST, folded: 0 };
  const triggers = row(flow.triggers.map(triggerPiece));
  const steps = sequence(flow.steps, ["steps"], context, 0);
  const main = stack(triggers, steps, flow.triggers.map((trigger) => `trigger:${trigger.name}`));
  const parts = [main];
  if (flow.onError.length > 0) parts.push(box("on_error", "If the bot fails", sequence(flow.onError, ["on_error"], context, 1), 0));
  const whole = column(parts, GAP * 1.5);
  return { nodes: whole.nodes, lines: ended(whole), width: whole.width, height: whole.height, folded: context.folded };
}

/** Lines go from the middle of a lower edge to that of an upper one. */
function ended({ nodes, lines }: Piece): Joined[] {
  const by = new Map(nodes.map((node) => [node.id, node]));
  return lines.flatMap((line): Joined[] => {
    const [from, to] = [by.get(line.from), by.get(line.to)];
    if (!from || !to) return [];
    return [{ ...line, x1: from.x + from.width / 2, y1: from.y + from.height, x2: to.x + to.width / 2, y2: to.y }];
  });
}

function triggerPiece(trigger: FlowTrigger): Piece {
  return single({ id: `trigger:${trigger.name}`, kind: "trigger", ...STEP, x: 0, y: 0, trigger, depth: 0 });
}

function single(node: Placed): Piece {
  const { width, height } = node;
  return { width, height, axis: width / 2, nodes: [node], lines: [], entry: node.id, exits: [node.id] };
}

const EMPTY: Piece = { width: 0, height: 0, axis: 0, nodes: [], lines: [], entry: null, exits: [] };

/** The steps of one block, in a column with lines between them. */
function sequence(steps: FlowStep[], path: Path, context: Context, depth: number): Piece {
  const pieces: { piece: Piece; index: number }[] = [];
  const cut = context.fold && steps.length > PIECE;
  for (let index = 0; index < steps.length; ) {
    const id = `more:${pathText(path)}:${index}`;
    const folded = cut && index > 0 && index % PIECE === 0 && !context.open.has(id);
    if (folded || context.left <= 0) {
      // What does not fit at all is folded in one.
      const end = context.left <= 0 ? steps.length : Math.min(index + PIECE, steps.length);
      const count = steps.slice(index, end).reduce((sum, step) => sum + 1 + step.inside, 0);
      context.folded += count;
      const text = end - index === 1 ? `Step ${index + 1}` : `Steps ${index + 1} to ${end}`;
      pieces.push({ index, piece: single({ id, kind: "more", ...STEP, x: 0, y: 0, text, folded: count, depth }) });
      index = end;
      continue;
    }
    context.left -= 1;
    pieces.push({ index, piece: stepPiece(steps[index]!, context, depth) });
    index += 1;
  }
  if (pieces.length === 0) return EMPTY;
  const whole = column(pieces.map(({ piece }) => piece), GAP);
  let before = pieces[0]!.piece;
  for (const { piece, index } of pieces.slice(1)) {
    connect(whole.lines, before.exits, piece.entry, { block: path, index });
    before = piece;
  }
  return { ...whole, entry: pieces[0]!.piece.entry, exits: before.exits };
}

function stepPiece(step: FlowStep, context: Context, depth: number): Piece {
  const id = pathText(step.path);
  const card: Placed = { id, kind: "step", ...STEP, x: 0, y: 0, step, depth };
  if (step.blocks.length === 0) {
    const piece = single(card);
    return step.verb === "return" ? { ...piece, exits: [] } : piece;
  }
  if (context.fold && step.inside > 20 && !context.open.has(id)) {
    context.folded += step.inside;
    return single({ ...card, folded: step.inside });
  }
  if (step.verb === "if" || step.verb === "switch") return fork(step, card, context, depth);
  return boxed(step, context, depth);
}

/** Branches beside each other under their card, joined again below. */
function fork(step: FlowStep, card: Placed, context: Context, depth: number): Piece {
  const branches = step.blocks.map((block) => branch(block, context, depth));
  const columns = row(branches);
  const whole = column([single(card), columns], GAP * 0.8);
  for (const each of branches) connect(whole.lines, [card.id], each.entry);
  const exits = branches.flatMap((each) => each.exits);
  if (exits.length === 0) return { ...whole, entry: card.id, exits: [] };
  const join = `${card.id}:join`;
  const joined = column([whole, single({ id: join, kind: "join", width: JOIN, height: JOIN, x: 0, y: 0, depth })], GAP * 0.6);
  connect(joined.lines, exits, join);
  return { ...joined, entry: card.id, exits: [join] };
}

/** A branch under its name. */
function branch(block: Block, context: Context, depth: number): Piece {
  const id = `${pathText(block.path)}:pill`;
  const pill = single({ id, kind: "pill", width: STEP.width * 0.6, height: PILL, x: 0, y: 0, text: block.title, depth });
  const steps = sequence(block.steps, block.path, context, depth + 1);
  const whole = column([pill, steps], steps.entry ? GAP * 0.6 : 0);
  connect(whole.lines, [id], steps.entry, { block: block.path, index: 0 });
  return { ...whole, entry: id, exits: steps.entry ? steps.exits : [id] };
}

function boxed(step: FlowStep, context: Context, depth: number): Piece {
  const id = pathText(step.path);
  if (step.verb === "for_each") {
    const body = step.blocks[0];
    return box(id, step.title, body ? sequence(body.steps, body.path, context, depth + 1) : EMPTY, depth, step);
  }
  const always = step.blocks.filter((block) => step.verb === "try" && block.name === "finally");
  const beside = step.blocks.filter((block) => !always.includes(block));
  const parts = [row(beside.map((block) => branch(block, context, depth + 1)))];
  parts.push(...always.map((block) => branch(block, context, depth + 1)));
  return box(id, step.title, column(parts, GAP), depth, step);
}

function box(id: string, text: string, inner: Piece, depth: number, step?: FlowStep): Piece {
  const width = Math.max(inner.width, STEP.width) + 2 * PADDING;
  const height = HEAD + inner.height + (inner.height > 0 ? PADDING : 0);
  const axis = Math.max(inner.axis + PADDING, width / 2);
  const frame: Placed = { id, kind: "box", x: 0, y: 0, width, height, text, depth };
  if (step) frame.step = step;
  return {
    width: Math.max(width, 2 * (axis - width / 2) + width),
    height,
    axis: width / 2,
    nodes: [frame, ...move(inner.nodes, width / 2 - inner.width / 2, HEAD)],
    lines: inner.lines,
    entry: id,
    exits: [id],
  };
}

/** Pieces below each other, on one axis. */
function column(pieces: Piece[], gap: number): Piece {
  const there = pieces.filter((piece) => piece.nodes.length > 0);
  if (there.length === 0) return EMPTY;
  const axis = Math.max(...there.map((piece) => piece.axis));
  const right = Math.max(...there.map((piece) => piece.width - piece.axis));
  const nodes: Placed[] = [];
  const lines: Line[] = [];
  let y = 0;
  for (const piece of there) {
    append(nodes, move(piece.nodes, axis - piece.axis, y));
    append(lines, piece.lines);
    y += piece.height + gap;
  }
  const last = there[there.length - 1]!;
  return { width: axis + right, height: y - gap, axis, nodes, lines, entry: there[0]!.entry, exits: last.exits };
}

/** Pieces beside each other, their tops level. */
function row(pieces: Piece[]): Piece {
  const nodes: Placed[] = [];
  const lines: Line[] = [];
  let x = 0;
  for (const piece of pieces) {
    const width = Math.max(piece.width, STEP.width * 0.6);
    append(nodes, move(piece.nodes, x + (width - piece.width) / 2, 0));
    append(lines, piece.lines);
    x += width + COLUMN_GAP;
  }
  const width = Math.max(x - COLUMN_GAP, 0);
  const height = Math.max(0, ...pieces.map((piece) => piece.height));
  return { width, height, axis: width / 2, nodes, lines, entry: null, exits: pieces.flatMap((piece) => piece.exits) };
}

function stack(triggers: Piece, steps: Piece, names: string[]): Piece {
  const whole = column([triggers, steps], GAP * 1.2);
  connect(whole.lines, names, steps.entry, { block: ["steps"], index: 0 });
  return whole;
}

function connect(lines: Line[], from: string[], to: string | null, insert?: Line["insert"]) {
  if (!to) return;
  from.forEach((id, index) => {
    const line: Line = { id: `${id}>${to}`, from: id, to };
    // One place to insert, however many lines meet there.
    if (insert && index === 0) line.insert = insert;
    lines.push(line);
  });
}

function move(nodes: Placed[], dx: number, dy: number): Placed[] {
  for (const node of nodes) {
    node.x += dx;
    node.y += dy;
  }
  return nodes;
}

function append<T>(all: T[], more: T[]) {
  for (const each of more) all.push(each);
}
