// A step or a trigger as a card; the same in the drawing and in the list.
import { CircleAlert, TriangleAlert } from "lucide-react";
import { cx } from "../lib/classes";
import { StepIcon, TriggerIcon } from "./icons";
import type { Mark } from "./marks";
import { TRIGGER_TITLES, type FlowStep, type FlowTrigger } from "./model";
import { count } from "../lib/count";

const STATE_EDGE: Record<string, string> = {
  running: "border-accent ring-2 ring-accent/25",
  waiting: "border-warn",
  retrying: "border-warn",
  succeeded: "border-good",
  failed: "border-bad ring-2 ring-bad/20",
  skipped: "border-line border-dashed",
};

export const STATE_WORDS: Record<string, string> = {
  running: "Running",
  waiting: "Waiting",
  retrying: "Retrying",
  succeeded: "Succeeded",
  failed: "Failed",
  skipped: "Skipped",
};

interface CardProps {
  step?: FlowStep;
  trigger?: FlowTrigger;
  mark?: Mark | undefined;
  selected?: boolean;
  folded?: number | undefined;
  /** Too far away to be read: a plain shape. */
  far?: boolean;
  onPress?: (() => void) | undefined;
  className?: string;
}

export function Card({ step, trigger, mark, selected, folded, far, onPress, className }: CardProps) {
  const title = step?.title ?? TRIGGER_TITLES[trigger?.kind ?? ""] ?? trigger?.name ?? "";
  const detail = step?.detail ?? trigger?.detail ?? "";
  const name = step?.id ?? trigger?.name;
  const style = cx(
    "flex h-full w-full items-center gap-3 rounded-xl border bg-panel px-3 text-left transition-colors",
    trigger && "rounded-l-[2rem] pl-4",
    mark?.severity === "error" ? "border-bad" : (STATE_EDGE[mark?.state ?? ""] ?? "border-edge/55"),
    selected && "outline-2 outline-offset-2 outline-accent",
    onPress && "hover:border-accent",
    className,
  );
  const content = far ? (
    <span className="sr-only">{title}</span>
  ) : (
    <>
      <span
        className={cx(
          "grid size-8 shrink-0 place-items-center rounded-lg",
          trigger ? "bg-accent text-on-accent" : "bg-accent-soft text-accent-strong",
          mark?.state === "skipped" && "opacity-60",
        )}
      >
        {step ? <StepIcon step={step} /> : <TriggerIcon kind={trigger?.kind ?? ""} />}
      </span>
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline justify-between gap-2">
          <span className="truncate text-[0.92rem] font-medium">{title}</span>
          {name && name !== title && <code className="max-w-[45%] shrink-0 truncate text-[0.76rem] text-faint">{name}</code>}
        </span>
        <span className="block truncate text-[0.83rem] text-soft">
          {folded ? `${count(folded)} steps inside: press to draw them` : detail || "\u00a0"}
        </span>
        {mark?.state && <span className="sr-only">{STATE_WORDS[mark.state]}</span>}
        {mark?.severity && <span className="sr-only">{`${mark.severity}: ${mark.message ?? ""}`}</span>}
      </span>
      {mark?.note && <span className="shrink-0 text-[0.78rem] text-soft">{mark.note}</span>}
      {mark?.severity === "error" && <CircleAlert aria-hidden size={17} className="shrink-0 text-bad" />}
      {mark?.severity === "warning" && <TriangleAlert aria-hidden size={17} className="shrink-0 text-warn" />}
    </>
  );
  if (!onPress) return <div className={style}>{content}</div>;
  return (
    <button type="button" aria-pressed={selected} title={mark?.message} onClick={onPress} className={style}>
      {content}
    </button>
  );
}
