// The drawn flow. Loaded when a page first shows one.
import {
  BaseEdge, Background, Controls, EdgeLabelRenderer, Handle, Position, ReactFlow, ReactFlowProvider,
  useReactFlow, type Edge, type EdgeProps, type Node, type NodeProps,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { Plus } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { cx } from "../lib/classes";
import { Card } from "./card";
import "./canvas.css";
import { VerbIcon } from "./icons";
import { layout, MOST, PIECE, type Line, type Placed } from "./layout";
import { linePath, type Turn } from "./line";
import type { Mark } from "./marks";
import type { FlowProps } from "./outline";

interface Shown extends Record<string, unknown> {
  placed: Placed;
  mark: Mark | undefined;
  selected: boolean;
  onPress: (() => void) | undefined;
}

interface Joined extends Record<string, unknown> {
  turn: Turn;
  insert: Line["insert"];
  onInsert: FlowProps["onInsert"];
}

const MOST_OPEN = MOST / PIECE - 2;

const nodeTypes = { step: StepNode, trigger: StepNode, box: BoxNode, pill: PillNode, join: JoinNode, more: MoreNode };
const edgeTypes = { line: LineEdge };

export default function Canvas(props: FlowProps) {
  return (
    <ReactFlowProvider>
      <Drawn {...props} />
    </ReactFlowProvider>
  );
}

function Drawn({ flow, marks, selected, onSelect, onInsert }: FlowProps) {
  // In the order in which they were opened: at the limit, the first are folded again.
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const drawing = useMemo(() => layout(flow, open), [flow, open]);

  const nodes = useMemo(
    () =>
      drawing.nodes.map((placed): Node<Shown> => {
        const press = placed.folded
          ? () => setOpen((before) => new Set([...before].slice(-MOST_OPEN)).add(placed.id))
          : onSelect && (placed.step || placed.trigger)
            ? () => onSelect(placed.id)
            : undefined;
        return {
          id: placed.id,
          type: placed.kind,
          position: { x: placed.x, y: placed.y },
          width: placed.width,
          height: placed.height,
          // Nodes that are neither dragged nor chosen by React Flow would take no pointer.
          style: { pointerEvents: "all" },
          // Boxes lie under what they hold; React Flow counts nothing as nested here.
          zIndex: placed.kind === "box" ? placed.depth : 1000,
          data: { placed, mark: marks?.get(placed.id), selected: selected === placed.id, onPress: press },
        };
      }),
    [drawing, marks, selected, onSelect],
  );

  const edges = useMemo(
    () =>
      drawing.lines.map((line): Edge<Joined> => ({
        id: line.id,
        source: line.from,
        target: line.to,
        type: "line",
        zIndex: 500,
        data: { turn: line.to.endsWith(":pill") ? "early" : "late", insert: line.insert, onInsert },
      })),
    [drawing, onInsert],
  );

  return (
    <div className="relative h-full">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        onlyRenderVisibleElements={drawing.nodes.length > 60}
        minZoom={0.05}
        maxZoom={1.5}
        panOnScroll
        zoomOnDoubleClick={false}
      >
        <Fit width={drawing.width} height={drawing.height} name={flow.bot} />
        <Background gap={22} size={1.2} className="flow-dots" />
        <Controls showInteractive={false} position="bottom-right" />
      </ReactFlow>
      {drawing.folded > 0 && (
        <p className="absolute inset-x-3 top-3 mx-auto w-fit max-w-full rounded-lg border border-line bg-raised px-3 py-1.5 text-[0.85rem] text-soft shadow-card">
          {flow.count.toLocaleString("en")} steps, {drawing.folded.toLocaleString("en")} of them folded away. Press a folded
          card to draw them{open.size > 0 ? ` (at most ${MOST.toLocaleString("en")} at a time)` : ""}.
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

/** Shows the whole flow when it is readable so, else its top at the full width. */
function Fit({ width, height, name }: { width: number; height: number; name: string }) {
  const view = useReactFlow();
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
      if (!pane || width === 0) return;
      const room = 40;
      const whole = Math.min((pane.width - room) / width, (pane.height - room) / height, 1.05);
      const across = (pane.width - room) / width;
      // Text stays readable: what is wider than that is looked at from the middle.
      const zoom = Math.max(whole, across >= 0.62 ? Math.min(across, 0.85) : 0.75);
      const y = height * zoom <= pane.height - room ? (pane.height - height * zoom) / 2 : room / 2;
      void view.setViewport({ x: (pane.width - width * zoom) / 2, y, zoom });
    });
    return () => cancelAnimationFrame(frame);
    // A change of the definition keeps the view where it is; another bot begins anew.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [view, name, width > 0]);
  return null;
}

function Ends() {
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

function StepNode({ data }: NodeProps<Node<Shown>>) {
  const { placed, mark, selected, onPress } = data;
  return (
    <div style={{ width: placed.width, height: placed.height }}>
      <Card
        {...(placed.step && { step: placed.step })}
        {...(placed.trigger && { trigger: placed.trigger })}
        mark={mark}
        selected={selected}
        folded={placed.folded}
        onPress={onPress}
        className={placed.folded ? "flow-stacked" : "shadow-card"}
      />
      <Ends />
    </div>
  );
}

function BoxNode({ data }: NodeProps<Node<Shown>>) {
  const { placed, mark, selected, onPress } = data;
  const edge = mark?.severity === "error" || mark?.state === "failed" ? "border-bad" : mark?.state === "succeeded" ? "border-good/60" : "border-edge/50";
  return (
    <div style={{ width: placed.width, height: placed.height }} className={cx("rounded-2xl border bg-sunken/60", edge, selected && "outline-2 outline-offset-2 outline-accent")}>
      <button
        type="button"
        disabled={!onPress}
        onClick={onPress}
        className="nopan flex h-14 w-full items-center gap-2.5 rounded-t-2xl px-4 text-left enabled:hover:bg-sunken"
      >
        <span className="shrink-0 text-accent-strong">
          <VerbIcon verb={placed.step?.verb ?? "try"} />
        </span>
        <span className="min-w-0">
          <span className="block truncate text-[0.92rem] font-medium">{placed.text}</span>
          {placed.step?.detail && <span className="block truncate text-[0.83rem] text-soft">{placed.step.detail}</span>}
        </span>
        {mark?.message && <span className="sr-only">{mark.message}</span>}
      </button>
      <Ends />
    </div>
  );
}

function PillNode({ data }: NodeProps<Node<Shown>>) {
  const { placed } = data;
  return (
    <div style={{ width: placed.width, height: placed.height }} className="grid place-items-center">
      <span className="max-w-full truncate rounded-full border border-line bg-raised px-3 py-0.5 text-[0.82rem] font-medium text-soft">
        {placed.text}
      </span>
      <Ends />
    </div>
  );
}

function JoinNode({ data }: NodeProps<Node<Shown>>) {
  return (
    <div style={{ width: data.placed.width, height: data.placed.height }} className="rounded-full bg-edge">
      <Ends />
    </div>
  );
}

function MoreNode({ data }: NodeProps<Node<Shown>>) {
  const { placed, onPress } = data;
  return (
    <div style={{ width: placed.width, height: placed.height }}>
      <button
        type="button"
        onClick={onPress}
        className="nopan flow-stacked h-full w-full rounded-xl border border-dashed border-edge bg-panel px-4 text-left hover:border-accent"
      >
        <span className="block text-[0.92rem] font-medium">{placed.text}</span>
        <span className="block text-[0.83rem] text-soft">Press to draw {placed.folded === 1 ? "it" : `these ${placed.folded?.toLocaleString("en")}`}</span>
      </button>
      <Ends />
    </div>
  );
}

function LineEdge({ sourceX, sourceY, targetX, targetY, data, id }: EdgeProps<Edge<Joined>>) {
  const path = linePath(sourceX, sourceY, targetX, targetY, data?.turn ?? "late");
  const { insert, onInsert } = data ?? {};
  return (
    <>
      <BaseEdge id={id} path={path} className="flow-line" />
      {insert && onInsert && (
        <EdgeLabelRenderer>
          <button
            type="button"
            aria-label={`Add a step before step ${insert.index + 1}`}
            title="Add a step here"
            onClick={() => onInsert(insert)}
            style={{ transform: `translate(-50%, -50%) translate(${targetX}px, ${targetY - (insert.index === 0 ? 12 : 20)}px)` }}
            className="nopan pointer-events-auto absolute z-[1001] grid size-5 place-items-center rounded-full border border-edge/60 bg-raised text-soft opacity-70 transition-opacity hover:border-accent hover:text-accent hover:opacity-100 focus-visible:opacity-100"
          >
            <Plus aria-hidden size={13} />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
