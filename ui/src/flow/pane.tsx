// What a drawing is looked at through: dragged, scrolled and zoomed. Moving it sets one style and asks React
// for nothing, until other parts of the drawing come into view.
import { PanOnScrollMode, XYPanZoom, infiniteExtent, type PanZoomInstance, type Viewport } from "@xyflow/system";
import { Maximize, Minus, Plus } from "lucide-react";
import { useLayoutEffect, useRef, useState, type FocusEvent, type KeyboardEvent, type ReactNode } from "react";
import "./canvas.css";

/** A part of the drawing, in its own units. */
export interface Part {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** So far away that no text can be read. */
  far: boolean;
}

interface Size {
  width: number;
  height: number;
}

interface PaneProps {
  drawing: Size;
  /** Draws what lies in a part; it is somewhat larger than what is seen. */
  children: (part: Part) => ReactNode;
}

const LEAST = 0.05;
const MOST = 1.5;
const ROOM = 40;
const FAR = 0.35;
const DOT = 22;

export function Pane({ drawing, children }: PaneProps) {
  const pane = useRef<HTMLDivElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const moving = useRef<PanZoomInstance>(undefined);
  const [part, setPart] = useState<Part>();
  const [first] = useState(drawing);

  useLayoutEffect(() => {
    const box = pane.current;
    if (!box) return;
    const show = ({ x, y, zoom }: Viewport) => {
      if (layer.current) layer.current.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
      const dot = DOT * zoom * (zoom < FAR ? 4 : 1);
      box.style.backgroundSize = `${dot}px ${dot}px`;
      box.style.backgroundPosition = `${x}px ${y}px`;
      const next = partOf({ x, y, zoom }, { width: box.clientWidth, height: box.clientHeight });
      setPart((before) => (before && same(before, next) ? before : next));
    };
    const begin = beginning(first, { width: box.clientWidth, height: box.clientHeight });
    const instance = XYPanZoom({
      domNode: box,
      minZoom: LEAST,
      maxZoom: MOST,
      translateExtent: infiniteExtent,
      viewport: begin,
      onDraggingChange: (dragging) => box.classList.toggle("cursor-grabbing", dragging),
    });
    instance.update({
      noWheelClassName: "nowheel",
      noPanClassName: "nopan",
      preventScrolling: true,
      panOnScroll: true,
      panOnDrag: true,
      panOnScrollMode: PanOnScrollMode.Free,
      panOnScrollSpeed: 0.5,
      userSelectionActive: false,
      zoomOnPinch: true,
      zoomOnScroll: false,
      zoomOnDoubleClick: false,
      zoomActivationKeyPressed: false,
      connectionInProgress: false,
      // A press that moves less is a click on what lies there.
      paneClickDistance: 4,
      lib: "flow",
      onTransformChange: ([x, y, zoom]) => show({ x, y, zoom }),
    });
    moving.current = instance;
    show(begin);
    const resized = new ResizeObserver(() => show(instance.getViewport()));
    resized.observe(box);
    return () => {
      resized.disconnect();
      instance.destroy();
    };
  }, [first]);

  const by = (x: number, y: number) => {
    const at = moving.current?.getViewport();
    if (at) void moving.current?.setViewport({ ...at, x: at.x + x, y: at.y + y });
  };
  const zoomBy = (factor: number) => void moving.current?.scaleBy(factor, { duration: calm() ? 0 : 150 });
  const whole = () => {
    const box = pane.current;
    if (box) void moving.current?.setViewport(entire(drawing, { width: box.clientWidth, height: box.clientHeight }));
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.metaKey || event.ctrlKey || event.altKey) return;
    const moves: Record<string, () => void> = {
      ArrowDown: () => by(0, -80),
      ArrowUp: () => by(0, 80),
      ArrowRight: () => by(-80, 0),
      ArrowLeft: () => by(80, 0),
      "+": () => zoomBy(1.2),
      "-": () => zoomBy(1 / 1.2),
      "0": whole,
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };

  // Whoever goes through the cards by keyboard takes the view along.
  const onFocus = (event: FocusEvent) => {
    const box = pane.current;
    if (!box || event.target === box || !layer.current?.contains(event.target)) return;
    box.scrollTo(0, 0);
    const [seen, at] = [box.getBoundingClientRect(), event.target.getBoundingClientRect()];
    const off = (low: number, high: number, from: number, to: number) => (low < from + 8 ? from + ROOM - low : high > to - 8 ? to - ROOM - high : 0);
    const [x, y] = [off(at.left, at.right, seen.left, seen.right), off(at.top, at.bottom, seen.top, seen.bottom)];
    if (x !== 0 || y !== 0) by(x, y);
  };

  return (
    <div className="relative h-full">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- it is moved with the arrow keys */}
      <div ref={pane} role="group" aria-label="Moves with the arrow keys; + and - zoom, 0 shows all" tabIndex={0} onKeyDown={onKey} onFocus={onFocus} onScroll={(event) => event.currentTarget.scrollTo(0, 0)} className="flow-pane relative h-full cursor-grab overflow-hidden select-none">
        <div ref={layer} className="absolute top-0 left-0 size-0 origin-top-left">
          {part && children(part)}
        </div>
      </div>
      <div className="absolute right-3 bottom-3 grid overflow-hidden rounded-[10px] border border-line bg-raised shadow-card">
        <Control label="Zoom in" icon={Plus} onPress={() => zoomBy(1.25)} />
        <Control label="Zoom out" icon={Minus} onPress={() => zoomBy(0.8)} />
        <Control label="Show all" icon={Maximize} onPress={whole} />
      </div>
    </div>
  );
}

function Control({ label, icon: Icon, onPress }: { label: string; icon: typeof Plus; onPress: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onPress}
      className="grid size-7.5 place-items-center text-soft outline-offset-[-2px] not-first:border-t not-first:border-line hover:bg-sunken hover:text-ink"
    >
      <Icon aria-hidden size={15} />
    </button>
  );
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The whole drawing when it is readable so, else its top at the full width. */
function beginning(drawing: Size, pane: Size): Viewport {
  const across = (pane.width - ROOM) / drawing.width;
  const whole = Math.min(across, (pane.height - ROOM) / drawing.height, 1.05);
  // Text stays readable: what is wider than that is looked at from the middle.
  const zoom = Math.max(whole, across >= 0.62 ? Math.min(across, 0.85) : 0.75);
  return middle(drawing, pane, zoom);
}

function entire(drawing: Size, pane: Size): Viewport {
  return middle(drawing, pane, Math.max(LEAST, Math.min((pane.width - ROOM) / drawing.width, (pane.height - ROOM) / drawing.height, 1.05)));
}

function middle(drawing: Size, pane: Size, zoom: number): Viewport {
  const y = drawing.height * zoom <= pane.height - ROOM ? (pane.height - drawing.height * zoom) / 2 : ROOM / 2;
  return { x: (pane.width - drawing.width * zoom) / 2, y, zoom };
}

/** What is seen and a step of a grid around it, so that small moves change nothing. */
function partOf({ x, y, zoom }: Viewport, pane: Size): Part {
  const grid = 2 ** Math.ceil(Math.log2(200 / zoom));
  const [left, top] = [Math.floor(-x / zoom / grid) * grid, Math.floor(-y / zoom / grid) * grid];
  const right = Math.ceil((pane.width - x) / zoom / grid) * grid;
  const bottom = Math.ceil((pane.height - y) / zoom / grid) * grid;
  return { left, top, right, bottom, far: zoom < FAR };
}

function same(a: Part, b: Part): boolean {
  return a.left === b.left && a.top === b.top && a.right === b.right && a.bottom === b.bottom && a.far === b.far;
}
