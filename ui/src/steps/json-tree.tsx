// A value as a tree that opens: lists and objects by one level, long ones in pieces.
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { cx } from "../lib/classes";
import { CopyButton } from "../components/code";
import { count } from "../lib/count";

const PIECE = 100;
const LONG = 400;

export function JsonTree({ value, label }: { value: unknown; label: string }) {
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "null");
  return (
    <div className="relative rounded-lg border border-line bg-sunken">
      <div
        role="region"
        aria-label={label}
        tabIndex={0}
        className="max-h-96 overflow-auto py-2 pr-10 pl-2.5 font-mono text-[0.85rem] leading-relaxed"
      >
        <Value value={value} depth={0} />
      </div>
      <CopyButton text={text} label={`Copy: ${label}`} className="absolute top-1 right-1" />
    </div>
  );
}

function Value({ name, value, depth }: { name?: string; value: unknown; depth: number }) {
  const [open, setOpen] = useState(depth < 2);
  const [most, setMost] = useState(PIECE);
  if (value === null || typeof value !== "object") {
    return (
      <div className="pl-4.5 wrap-anywhere">
        <Name name={name} />
        <Scalar value={value} />
      </div>
    );
  }
  const list = Array.isArray(value);
  const entries: [string, unknown][] = list ? value.map((item, index) => [String(index), item]) : Object.entries(value);
  if (entries.length === 0) {
    return (
      <div className="pl-4.5">
        <Name name={name} />
        <span className="text-soft">{list ? "[]" : "{}"}</span>
      </div>
    );
  }
  const size = list ? `${entries.length} items` : `${entries.length} ${entries.length === 1 ? "field" : "fields"}`;
  return (
    <div>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="flex w-full items-center gap-0.5 rounded text-left hover:bg-line/60">
        <ChevronRight aria-hidden size={14} className={cx("shrink-0 text-soft transition-transform", open && "rotate-90")} />
        <Name name={name} />
        <span className="text-faint">{list && entries.length === 1 ? "1 item" : size}</span>
      </button>
      {open && (
        <div className="ml-1.5 border-l border-line pl-2">
          {entries.slice(0, most).map(([key, item]) => (
            <Value key={key} name={key} value={item} depth={depth + 1} />
          ))}
          {entries.length > most && (
            <button type="button" className="ml-4.5 text-accent underline" onClick={() => setMost(most + PIECE * 10)}>
              {count(entries.length - most)} more
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Name({ name }: { name?: string | undefined }) {
  return name === undefined ? null : <span className="mr-1.5 text-soft">{name}:</span>;
}

function Scalar({ value }: { value: unknown }) {
  const [whole, setWhole] = useState(false);
  if (typeof value !== "string") return <span className="text-accent-strong">{String(value)}</span>;
  const cut = !whole && value.length > LONG;
  return (
    <span className="whitespace-pre-wrap text-ink">
      {cut ? `${value.slice(0, LONG)}…` : value || <span className="text-faint">empty text</span>}
      {cut && (
        <button type="button" className="ml-1.5 text-accent underline" onClick={() => setWhole(true)}>
          all {count(value.length)} characters
        </button>
      )}
    </span>
  );
}
