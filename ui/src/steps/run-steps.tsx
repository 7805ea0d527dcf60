// The steps of a run, or of a rehearsal: a tree with a time line beside it. Only what is seen is drawn, so
// a run of thousands of steps scrolls as one of ten.
import { memo, useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
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
/** Rows above and below those that are seen, and how many are scrolled by before others are drawn. */
const SPARE = 14;
const STRIDE = 6;
/** Labels up to this long are never cut. */
const SHORT = 28;

/** One path each: hundreds of rows come and go while somebody scrolls. */
const RING = "M22 12a10 10 0 1 1-20 0a10 10 0 1 1 20 0";
const ICONS: Record<State, string> = {
  running: `${RING}M10 8l6 4l-6 4z`,
  waiting: `${RING}M10 9v6M14 9v6`,
  retrying: "M21 12a9 9 0 1 1-9-9c2.5 0 4.9 1 6.7 2.7L21 8M21 3v5h-5",
  succeeded: `${RING}M9 12l2 2l4-4`,
  failed: `${RING}M12 8v4M12 16h.01`,
  skipped: "M10.1 2.2a9.9 9.9 0 0 1 3.8 0M17.6 3.7a9.95 9.95 0 0 1 2.7 2.7M21.8 10.1a9.9 9.9 0 0 1 0 3.8M20.3 17.6a9.95 9.95 0 0 1-2.7 2.7M13.9 21.8a9.9 9.9 0 0 1-3.8 0M6.4 20.3a9.95 9.95 0 0 1-2.7-2.7M2.2 13.9a9.9 9.9 0 0 1 0-3.8M3.7 6.4a9.95 9.95 0 0 1 2.7-2.7",
};

const TONES: Record<State, string> = {
  running: "text-accent",
  waiting: "text-warn",
  retrying: "text-warn",
  succeeded: "text-good",
  failed: "text-bad",
  skipped: "text-faint",
};

const BARS: Record<State, string> = { ...TONES, skipped: "text-transparent" };

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
  const seen = useSeen(box, rows.length);
  const at = rows.findIndex((row) => row.node.address === selected);

  // A step that is chosen elsewhere, such as the one that failed, is brought into view once.
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (selected && selected !== shown.current && at >= 0) bring(box.current, at);
    shown.current = selected;
  }, [selected, at]);

  const toggle = useCallback((row: Row, open: boolean) => setToggled((before) => new Map(before).set(row.node.address, open)), []);
  const latest = useRef(onSelect);
  useEffect(() => {
    latest.current = onSelect;
  });
  const select = useCallback((address: string) => latest.current(address), []);
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
      <div role="presentation" className="relative w-full" style={{ height: rows.length * ROW }}>
        {rows.slice(seen.from, seen.to).map((row, index) => (
          <StepRow
            key={row.node.address}
            id={`${id}-${seen.from + index}`}
            row={row}
            top={(seen.from + index) * ROW}
            selected={row.node.address === selected}
            scale={scale}
            onSelect={select}
            onToggle={toggle}
          />
        ))}
      </div>
    </div>
  );
}

/** The rows to draw: those in sight and some around them. */
function useSeen(box: React.RefObject<HTMLDivElement | null>, count: number) {
  const [first, setFirst] = useState(0);
  const [fits, setFits] = useState(24);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => setFirst(Math.floor(element.scrollTop / ROW / STRIDE) * STRIDE);
    const resized = new ResizeObserver(() => {
      setFits(Math.ceil(element.clientHeight / ROW));
      look();
    });
    resized.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [box]);
  return { from: Math.max(0, Math.min(first, count) - SPARE), to: Math.min(count, first + STRIDE + fits + SPARE) };
}

/** Scrolls no further than it takes to see the row. */
function bring(box: HTMLDivElement | null, at: number) {
  if (!box) return;
  const [top, bottom] = [at * ROW, (at + 1) * ROW];
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
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
  onSelect: (address: string) => void;
  onToggle: (row: Row, open: boolean) => void;
}

const StepRow = memo(function StepRow({ id, row, top, selected, scale, onSelect, onToggle }: StepRowProps) {
  const { node, depth, open } = row;
  const is = state(node);
  const { from, to } = span(node);
  // Not a padding of the row, which the width of the time line is a share of.
  const indent = 6 + Math.min(depth, 12) * 16;
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
      onClick={() => onSelect(node.address)}
      className={cx(
        // Nothing in a row is clipped unless it must be: each clip is a layer of its own to the browser.
        "absolute inset-x-0 flex cursor-pointer items-center gap-1.5 rounded-md pr-3 [contain:layout_size_style]",
        selected ? "bg-accent-soft" : "hover:bg-sunken",
      )}
      style={{ top, height: ROW }}
    >
      {open !== null && (
        // The arrow keys do the same for keyboards.
        <svg
          aria-hidden
          viewBox="0 0 24 24"
          className={cx("size-5 shrink-0 overflow-visible rounded fill-none stroke-current stroke-2 p-0.5 text-soft hover:bg-line", open && "rotate-90")}
          style={{ marginLeft: indent }}
          onClick={(event) => (event.stopPropagation(), onToggle(row, !open))}
        >
          <path d="M9 18l6-6l-6-6" />
        </svg>
      )}
      <svg aria-hidden viewBox="0 0 24 24" className={cx("size-4 shrink-0 overflow-visible fill-none stroke-current stroke-2", TONES[is])} style={open === null ? { marginLeft: indent + 26 } : undefined}>
        <path d={ICONS[is]} strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      {node.branch && <span className="shrink-0 rounded bg-sunken px-1.25 text-[0.76rem] text-soft">{node.branch}</span>}
      <span
        className={cx(
          "text-[0.87rem]",
          node.label.length > SHORT ? "max-w-[75%] min-w-8 truncate" : "shrink-0",
          node.item === null ? "font-mono" : "text-soft",
        )}
      >
        {node.label}
      </span>
      {node.step?.detail && <span className="hidden truncate text-[0.8rem] text-faint sm:inline">{withTimes(node.step.detail)}</span>}
      {node.step && node.step.attempt > 1 && <span className="shrink-0 text-[0.8rem] text-warn">attempt {node.step.attempt}</span>}
      {scale && (
        <span
          aria-hidden
          className={cx("ml-auto hidden h-full w-[38%] min-w-28 shrink-0 border-l border-line bg-[linear-gradient(currentColor,currentColor)] bg-no-repeat md:block", BARS[is])}
          style={bar(from, to, scale)}
        />
      )}
      <span className={cx("shrink-0 text-right text-[0.82rem] whitespace-nowrap text-soft tabular-nums", scale ? "ml-auto md:ml-1.5 md:w-18" : "ml-auto")}>
        {length || (to ? "" : WORDS[is])}
      </span>
    </div>
  );
});

/** The bar, drawn as the background of its track: no element of its own. */
function bar(from: string | null, to: string | null, scale: NonNullable<Scale>): React.CSSProperties {
  if (!from) return { backgroundSize: "0 0" };
  const begin = share((Date.parse(from) - scale.from) / scale.length);
  const end = share(((to ? Date.parse(to) : scale.now) - scale.from) / scale.length);
  const width = Math.max(0, end - begin);
  // A position in percent counts the room that the bar leaves.
  const left = width < 1 ? begin / (1 - width) : 0;
  return { backgroundSize: `max(3px, ${width * 100}%) 8px`, backgroundPosition: `${share(left) * 100}% 50%` };
}

const share = (part: number) => Math.min(Math.max(part, 0), 1);
