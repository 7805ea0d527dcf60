// What people see instead of content: loading, nothing yet, something wrong.
import { CircleAlert, CircleCheck, X } from "lucide-react";
import type { ReactNode } from "react";
import { asProblem, type Schemas } from "../api/client";
import { cx } from "../lib/classes";
import { dismiss, useNotices } from "../lib/notices";
import { Button, IconButton } from "./button";
import { CopyButton } from "./code";
import { Markdown } from "./markdown";

/** Never a spinner alone: `what` says what is awaited. */
export function Loading({ what, className }: { what: string; className?: string }) {
  return (
    <p role="status" className={cx("flex items-center gap-2.5 py-6 text-soft", className)}>
      <span aria-hidden className="size-2 animate-breathe rounded-full bg-accent" />
      {what}
    </p>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="rounded-xl border border-dashed border-edge/50 px-6 py-10 text-center">
      <h2>{title}</h2>
      {children && <div className="mx-auto mt-2 max-w-[56ch] text-soft">{children}</div>}
      {action && <div className="mt-5 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

interface ProblemCardProps {
  error: unknown;
  retry?: () => void;
  className?: string;
}

/** What happened, and what to do next. */
export function ProblemCard({ error, retry, className }: ProblemCardProps) {
  const problem = asProblem(error);
  return (
    <section role="alert" className={cx("rounded-xl border border-bad/40 bg-bad-soft p-4", className)}>
      <p className="flex items-start gap-2 font-semibold text-bad">
        <CircleAlert aria-hidden size={18} className="mt-0.5 shrink-0" />
        <span className="wrap-anywhere">{problem.title}</span>
      </p>
      <div className="mt-1.5 grid gap-2 pl-6.5 text-[0.93rem]">
        {problem.detail && <p className="font-medium wrap-anywhere">{problem.detail}</p>}
        <Faults faults={problem.errors} />
        <Diagnostics items={problem.diagnostics} />
        {problem.help && <div className="max-w-[80ch] text-soft"><Markdown text={problem.help} /></div>}
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.84rem] text-soft">
          {problem.code && <code>{problem.code}</code>}
          {problem.trace_id && (
            <span className="inline-flex items-center gap-1 wrap-anywhere">
              trace <code>{problem.trace_id}</code>
              <CopyButton text={problem.trace_id} label="Copy the trace id" />
            </span>
          )}
          {retry && (
            <Button small onClick={retry}>
              Try again
            </Button>
          )}
        </p>
      </div>
    </section>
  );
}

function Faults({ faults }: { faults?: Schemas["Fault"][] | undefined }) {
  if (!faults?.length) return null;
  return (
    <ul className="list-disc pl-5">
      {faults.map((fault, index) => (
        <li key={index} className="wrap-anywhere">
          {fault.path && <code>{fault.path}</code>} {fault.detail}
        </li>
      ))}
    </ul>
  );
}

interface DiagnosticsProps {
  items?: Schemas["Diagnostic"][] | undefined;
  onPick?: (item: Schemas["Diagnostic"]) => void;
}

/** Errors and warnings of a definition; each leads to its place where there is an editor. */
export function Diagnostics({ items, onPick }: DiagnosticsProps) {
  if (!items?.length) return null;
  return (
    <ul className="grid gap-1.5">
      {items.map((item, index) => {
        const text = (
          <>
            <span className={cx("font-semibold", item.severity === "error" ? "text-bad" : "text-warn")}>
              {item.severity === "error" ? "Error" : "Warning"}
              {item.line ? `, line ${item.line}` : ""}:
            </span>{" "}
            {item.message}
            {item.suggestion && <span className="text-soft"> {item.suggestion}</span>}{" "}
            <code className="text-[0.8rem] text-soft">{item.path || item.code}</code>
          </>
        );
        return (
          <li key={index} className="text-[0.9rem] wrap-anywhere">
            {onPick ? (
              <button type="button" className="rounded px-1 text-left hover:bg-sunken" onClick={() => onPick(item)}>
                {text}
              </button>
            ) : (
              text
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** The corner where notices appear; also the live region. */
export function Notices() {
  const notices = useNotices();
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-4 z-50 flex flex-col items-end gap-2 print:hidden"
    >
      {notices.map((notice) => (
        <div
          key={notice.id}
          className="pointer-events-auto flex max-w-md animate-rise items-start gap-2.5 rounded-xl border border-line bg-raised py-2 pr-1.5 pl-3.5 shadow-card"
        >
          {notice.tone === "good" ? (
            <CircleCheck aria-hidden size={18} className="mt-1.5 shrink-0 text-good" />
          ) : (
            <CircleAlert aria-hidden size={18} className="mt-1.5 shrink-0 text-bad" />
          )}
          <p className="py-1 wrap-anywhere">{notice.text}</p>
          <IconButton label="Close this message" onClick={() => dismiss(notice.id)}>
            <X aria-hidden size={16} />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
