// The steps of a run, or of a rehearsal: a tree with a time line beside it. Only what is seen is drawn, so
// a run of thousands of steps scrolls as one of ten.
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, CircleAlert, CircleCheck, CircleDashed, CirclePause, CirclePlay, RotateCw } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { cx } from "../lib/classes";
import { took, withTimes } from "../lib/time";
import { span, state, tree, visible, type Row, type State, type Step } from "./tree";

interface RunStepsProps {
  steps: Step[];
  /** The address of the step that is looked at. */
  selected: string | null;
  onSelect: (address: string) => void;
  /** What the time line stretches over; `to` is `null` while it goes on. Left out: no time line, as in a rehearsal. */
  over?: { from: string; to: string | null };
  label: string;
}

const ROW = 36;

const ICONS = {
  running: CirclePlay,
  waiting: CirclePause,
  retrying: RotateCw,
  succeeded: CircleCheck,
  failed: CircleAlert,
  skipped: CircleDashed,
} satisfies Record<State, unknown>;

const TONES: Record<State, string> = {
  running: "text-accent",
  waiting: "text-warn",
  retrying: "text-warn",
  succeeded: "text-good",
  failed: "text-bad",
  skipped: "text-faint",
};

const BARS: Record<State, string> = {
  running: "bg-accent animate-breathe",
  waiting: "bg-warn",
  retrying: "bg-warn",
  succeeded: "bg-good",
  failed: "bg-bad",
  skipped: "bg-edge",
};

const WORDS: Record<State, string> = {
  running: "running",
  waiting: "waiting",
  retrying: "retrying",
  succeeded: "succeeded",
  failed: "failed",
  skipped: "skipped",
};

export function RunSteps({ steps, selected, onSelect, over, label }: RunStepsProps) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const roots = useMemo(() => tree(steps), [steps]);
  const rows = useMemo(() => visible(roots, toggled), [roots, toggled]);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  // oxlint-disable-next-line react/incompatible-library -- it changes itself; nothing here is memoised over it
  const rowsSeen = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const at = rows.findIndex((row) => row.node.address === selected);

  // A step that is chosen elsewhere, such as the one that failed, is brought into view once.
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (selected && selected !== shown.current && at >= 0) rowsSeen.scrollToIndex(at, { align: "auto" });
    shown.current = selected;
  }, [selected, at, rowsSeen]);

  const toggle = (row: Row, open: boolean) => setToggled((before) => new Map(before).set(row.node.address, open));
  const choose = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row) onSelect(row.node.address);
  };

  const onKey = (event: KeyboardEvent) => {
    const row = rows[at];
    const moves: Record<string, () => void> = {
      ArrowDown: () => choose(at + 1),
      ArrowUp: () => choose(at < 0 ? 0 : at - 1),
      Home: () => choose(0),
      End: () => choose(rows.length - 1),
      PageDown: () => choose(at + 10),
      PageUp: () => choose(at - 10),
      ArrowRight: () => row?.open === false && toggle(row, true),
      ArrowLeft: () => {
        if (row?.open) toggle(row, false);
        else if (row) choose(rows.findLastIndex((above, index) => index < at && above.depth < row.depth));
      },
    };
    const move = moves[event.key];
    if (!move || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    move();
  };

  const scale = useScale(over, steps);
  return (
    <div
      ref={box}
      role="tree"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
      onKeyDown={onKey}
      className="max-h-[70dvh] min-h-24 overflow-auto overscroll-contain rounded-lg outline-offset-0"
    >
      <div role="presentation" className="relative w-full" style={{ height: rowsSeen.getTotalSize() }}>
        {rowsSeen.getVirtualItems().map((item) => {
          const row = rows[item.index]!;
          return (
            <StepRow
              key={row.node.address}
              id={`${id}-${item.index}`}
              row={row}
              top={item.start}
              selected={row.node.address === selected}
              scale={scale}
              onSelect={() => onSelect(row.node.address)}
              onToggle={() => toggle(row, !row.open)}
            />
          );
        })}
      </div>
    </div>
  );
}

type Scale = { from: number; length: number; now: number } | null;

/** Moves once a second while something goes on. */
function useScale(over: RunStepsProps["over"], steps: Step[]): Scale {
  const [now, setNow] = useState(() => Date.now());
  const open = over !== undefined && over.to === null;
  useEffect(() => {
    if (!open) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [open]);
  return useMemo(() => {
    if (!over) return null;
    const from = Date.parse(over.from);
    let to = over.to ? Date.parse(over.to) : now;
    for (const step of steps) if (step.ended_at) to = Math.max(to, Date.parse(step.ended_at));
    return { from, length: Math.max(1, to - from), now: to };
  }, [over, steps, now]);
}

interface StepRowProps {
  id: string;
  row: Row;
  top: number;
  selected: boolean;
  scale: Scale;
  onSelect: () => void;
  onToggle: () => void;
}

function StepRow({ id, row, top, selected, scale, onSelect, onToggle }: StepRowProps) {
  const { node, depth, open } = row;
  const is = state(node);
  const Icon = ICONS[is];
  const { from, to } = span(node);
  const whole = from && to ? took(from, to) : "";
  // Steps that only compute take the time of the commit that they ride with.
  const length = whole === "0 µs" ? "" : whole;
  const spoken = [node.branch && `in ${node.branch}`, node.label, WORDS[is], length].filter(Boolean).join(", ");
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the tree around it takes the keys
    <div
      id={id}
      role="treeitem"
      aria-label={spoken}
      aria-level={depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-selected={selected}
      aria-expanded={open ?? undefined}
      tabIndex={-1}
      onClick={onSelect}
      className={cx(
        "absolute inset-x-0 grid cursor-pointer grid-cols-[minmax(0,1fr)_auto] items-center gap-3 rounded-md pr-3",
        scale && "md:grid-cols-[minmax(0,1fr)_minmax(7rem,38%)_4.5rem]",
        selected ? "bg-accent-soft" : "hover:bg-sunken",
      )}
      style={{ top, height: ROW }}
    >
      <span className="flex min-w-0 items-center gap-1.5" style={{ paddingLeft: 6 + Math.min(depth, 12) * 16 }}>
        {open === null ? (
          <span className="w-5 shrink-0" />
        ) : (
          // The arrow keys do the same for keyboards.
          <span
            aria-hidden
            className="grid size-5 shrink-0 place-items-center rounded text-soft hover:bg-line"
            onClick={(event) => (event.stopPropagation(), onToggle())}
          >
            <ChevronRight size={15} className={cx("transition-transform", open && "rotate-90")} />
          </span>
        )}
        <Icon aria-hidden size={16} className={cx("shrink-0", TONES[is])} />
        {node.branch && <span className="shrink-0 rounded bg-sunken px-1.25 text-[0.76rem] text-soft">{node.branch}</span>}
        <span className={cx("min-w-8 shrink-0 max-w-[75%] truncate", node.item === null ? "font-mono text-[0.87rem]" : "text-[0.87rem] text-soft")}>{node.label}</span>
        {node.step?.detail && <span className="hidden truncate text-[0.8rem] text-faint sm:inline">{withTimes(node.step.detail)}</span>}
        {node.step && node.step.attempt > 1 && <span className="shrink-0 text-[0.8rem] text-warn">attempt {node.step.attempt}</span>}
      </span>
      {scale && (
        <span aria-hidden className="relative hidden h-full border-l border-line md:block">
          {from && is !== "skipped" && <Bar from={from} to={to} scale={scale} className={BARS[is]} />}
        </span>
      )}
      <span className="text-right text-[0.82rem] whitespace-nowrap text-soft tabular-nums">{length || (to ? "" : WORDS[is])}</span>
    </div>
  );
}

function Bar({ from, to, scale, className }: { from: string; to: string | null; scale: NonNullable<Scale>; className: string }) {
  const begin = (Date.parse(from) - scale.from) / scale.length;
  const end = ((to ? Date.parse(to) : scale.now) - scale.from) / scale.length;
  const left = Math.min(Math.max(begin, 0), 1) * 100;
  return (
    <span
      className={cx("absolute top-1/2 h-2 min-w-[3px] -translate-y-1/2 rounded-sm", className)}
      style={{ left: `min(${left}%, calc(100% - 3px))`, width: `${Math.max(0, Math.min(end, 1) * 100 - left)}%` }}
    />
  );
}
