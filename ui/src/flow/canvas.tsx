// The drawn flow: cards and boxes where `layout` puts them, and one path for all lines. Only what is seen is
// in the page. Loaded when a page first shows a drawing.
import { Plus } from "lucide-react";
import { Fragment, memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { cx } from "../lib/classes";
import { Card } from "./card";
import { VerbIcon } from "./icons";
import { layout, MOST, PIECE, type Drawing, type Joined, type Placed } from "./layout";
import { linePath } from "./line";
import type { Mark } from "./marks";
import type { FlowProps } from "./outline";
import { Pane, type Part } from "./pane";
import { count } from "../lib/count";

const MOST_OPEN = MOST / PIECE - 2;

export default function Canvas(props: FlowProps) {
  // A change of the definition keeps the view where it is; another bot begins anew, as does a first step.
  const { flow } = props;
  return <Drawn key={`${flow.bot}:${flow.steps.length + flow.triggers.length > 0}`} {...props} />;
}

function Drawn({ flow, marks, selected, onSelect, onInsert }: FlowProps) {
  // In the order in which they were opened: at the limit, the first are folded again.
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const drawing = useMemo(() => layout(flow, open), [flow, open]);
  // What is given anew with every letter that is typed must not draw every card anew.
  const latest = useRef(onSelect);
  useEffect(() => {
    latest.current = onSelect;
  });
  const press = useCallback((placed: Placed) => {
    if (placed.folded) setOpen((before) => new Set([...before].slice(-MOST_OPEN)).add(placed.id));
    else latest.current?.(placed.id);
  }, []);
  return (
    <div className="relative h-full">
      <Pane drawing={drawing}>
        {(part) => (
          <Parts drawing={drawing} part={part} marks={marks} selected={selected} onPress={press} selectable={onSelect !== undefined} onInsert={onInsert} />
        )}
      </Pane>
      {drawing.folded > 0 && (
        <p className="absolute inset-x-3 top-3 mx-auto w-fit max-w-full rounded-lg border border-line bg-raised px-3 py-1.5 text-[0.85rem] text-soft shadow-card">
          {count(flow.count)} steps, {count(drawing.folded)} of them folded away. Press a folded
          card to draw them{open.size > 0 ? ` (at most ${count(MOST)} at a time)` : ""}.
          {open.size > 0 && (
            <button type="button" className="ml-2 text-accent underline" onClick={() => setOpen(new Set())}>
              Fold all
            </button>
          )}
        </p>
      )}
    </div>
  );
}

interface PartsProps extends Pick<FlowProps, "marks" | "selected" | "onInsert"> {
  drawing: Drawing;
  part: Part;
  selectable: boolean;
  onPress: (placed: Placed) => void;
}

function Parts({ drawing, part, marks, selected, selectable, onPress, onInsert }: PartsProps) {
  const nodes = useMemo(() => drawing.nodes.filter((node) => overlaps(node, part)), [drawing, part]);
  const lines = useMemo(() => drawing.lines.filter((line) => crosses(line, part)), [drawing, part]);
  const path = useMemo(
    () => lines.map((line) => linePath(line.x1, line.y1, line.x2, line.y2, line.to.endsWith(":pill") ? "early" : "late")).join(" "),
    [lines],
  );
  const inserts = new Map(onInsert && !part.far ? lines.map((line) => [line.insert ? line.to : "", line]) : []);
  const show = (placed: Placed) => (
    <Node
      placed={placed}
      mark={marks?.get(placed.id)}
      selected={selected === placed.id}
      far={part.far}
      onPress={placed.folded || (selectable && (placed.step || placed.trigger)) ? onPress : undefined}
    />
  );
  return (
    <>
      {/* Boxes lie under the lines, and these under the cards. */}
      {nodes.map((placed) => placed.kind === "box" && <Fragment key={placed.id}>{show(placed)}</Fragment>)}
      <svg aria-hidden className="pointer-events-none absolute top-0 left-0 size-px overflow-visible">
        <path d={path} className="fill-none stroke-edge stroke-[1.5]" />
      </svg>
      {nodes.map((placed) => {
        const line = inserts.get(placed.id);
        return (
          <Fragment key={placed.id}>
            {line?.insert && onInsert && <Insert line={line} insert={line.insert} onInsert={onInsert} />}
            {placed.kind !== "box" && show(placed)}
          </Fragment>
        );
      })}
    </>
  );
}

function overlaps(node: Placed, part: Part): boolean {
  return node.x < part.right && node.x + node.width > part.left && node.y < part.bottom && node.y + node.height > part.top;
}

function crosses(line: Joined, part: Part): boolean {
  return line.y1 < part.bottom && line.y2 > part.top && Math.min(line.x1, line.x2) < part.right && Math.max(line.x1, line.x2) > part.left;
}

interface NodeProps {
  placed: Placed;
  mark: Mark | undefined;
  selected: boolean;
  far: boolean;
  onPress: ((placed: Placed) => void) | undefined;
}

const Node = memo(function Node({ placed, mark, selected, far, onPress }: NodeProps) {
  const press = onPress && (() => onPress(placed));
  const place = { left: placed.x, top: placed.y, width: placed.width, height: placed.height };
  const title = placed.text ?? placed.step?.title ?? placed.trigger?.name;
  switch (placed.kind) {
    case "join":
      return <div style={place} className="absolute rounded-full bg-edge" />;
    case "pill":
      return (
        <div style={place} className="absolute grid place-items-center">
          <span className="max-w-full truncate rounded-full border border-line bg-raised px-3 py-0.5 text-[0.82rem] font-medium text-soft">{title}</span>
        </div>
      );
    case "box":
      return (
        <div style={place} className={cx("flow-node absolute rounded-2xl border bg-sunken/60", boxEdge(mark), selected && "outline-2 outline-offset-2 outline-accent")}>
          <button type="button" disabled={!press} onClick={press} className="flex h-14 w-full items-center gap-2.5 rounded-t-2xl px-4 text-left enabled:hover:bg-sunken">
            <span className="shrink-0 text-accent-strong">
              <VerbIcon verb={placed.step?.verb ?? "try"} />
            </span>
            <span className="min-w-0">
              <span className="block truncate text-[0.92rem] font-medium">{title}</span>
              {placed.step?.detail && <span className="block truncate text-[0.83rem] text-soft">{placed.step.detail}</span>}
            </span>
            {mark?.message && <span className="sr-only">{mark.message}</span>}
          </button>
        </div>
      );
    case "more":
      return (
        <div style={place} className="flow-node absolute">
          <button
            type="button"
            onClick={press}
            className="flow-stacked h-full w-full rounded-xl border border-dashed border-edge bg-panel px-4 text-left hover:border-accent"
          >
            <span className="block text-[0.92rem] font-medium">{title}</span>
            <span className="block text-[0.83rem] text-soft">Press to draw {placed.folded === 1 ? "it" : `these ${count(placed.folded ?? 0)}`}</span>
          </button>
        </div>
      );
    default:
      return (
        <div style={place} className="flow-node absolute">
          <Card
            {...(placed.step && { step: placed.step })}
            {...(placed.trigger && { trigger: placed.trigger })}
            mark={mark}
            selected={selected}
            folded={placed.folded}
            far={far}
            onPress={press}
            className={placed.folded ? "flow-stacked" : far ? "" : "shadow-card"}
          />
        </div>
      );
  }
});

function boxEdge(mark: Mark | undefined): string {
  if (mark?.severity === "error" || mark?.state === "failed") return "border-bad";
  return mark?.state === "succeeded" ? "border-good/60" : "border-edge/50";
}

function Insert({ line, insert, onInsert }: { line: Joined; insert: NonNullable<Joined["insert"]>; onInsert: NonNullable<FlowProps["onInsert"]> }) {
  return (
    <button
      type="button"
      aria-label={`Add a step before step ${insert.index + 1}`}
      title="Add a step here"
      onClick={() => onInsert(insert)}
      style={{ left: line.x2 - 10, top: line.y2 - (insert.index === 0 ? 12 : 20) - 10 }}
      className="absolute grid size-5 place-items-center rounded-full border border-edge/60 bg-raised text-soft opacity-70 transition-opacity hover:border-accent hover:text-accent hover:opacity-100 focus-visible:opacity-100"
    >
      <Plus aria-hidden size={13} />
    </button>
  );
}
