import { lazy, Suspense, useRef, type RefObject } from "react";
import type { Schemas } from "../api/client";
import { Loading } from "../components/feedback";
import { cx } from "../lib/classes";
import { usePerson } from "../lib/person";

const CodeMirror = lazy(() => import("./codemirror"));

export interface EditorProps {
  value: string;
  /** Without it the text is only shown. */
  onChange?: ((value: string) => void) | undefined;
  label: string;
  diagnostics?: Schemas["Diagnostic"][] | undefined;
  /** Where to go; a new object goes there again. */
  line?: { line: number; column?: number | undefined; focus?: boolean } | undefined;
  /** Shows what changed from this text to `value`. */
  before?: string;
  /** Whether the plain text had the focus that the editor is to take over, and where. */
  focus?: RefObject<Focus | null>;
}

export interface Focus {
  anchor: number;
  head: number;
}

/** A definition's text with its diagnostics at their places; until somebody is there to use it, a plain field. */
export function YamlEditor({ className = "h-[32rem]", ...props }: EditorProps & { className?: string }) {
  const person = usePerson();
  const focus = useRef<Focus | null>(null);
  const compares = props.before !== undefined;
  const plain = compares ? <Loading what="Opening the editor …" className="px-4" /> : <PlainText {...props} onHold={(held) => (focus.current = held)} />;
  return (
    <div
      className={cx(
        "overflow-hidden rounded-xl border border-line bg-panel focus-within:border-accent focus-within:outline-1 focus-within:outline-accent",
        className,
      )}
    >
      <Suspense fallback={plain}>{person || compares || props.line ? <CodeMirror {...props} focus={focus} /> : plain}</Suspense>
    </div>
  );
}

function PlainText({ value, onChange, label, onHold }: EditorProps & { onHold: (focus: Focus | null) => void }) {
  const keep = (field: HTMLTextAreaElement) => onHold({ anchor: field.selectionStart, head: field.selectionEnd });
  return (
    <textarea
      aria-label={label}
      className="size-full resize-none bg-transparent py-2.5 pl-12 pr-2 font-mono text-[0.87rem]/[1.6] outline-none"
      value={value}
      readOnly={!onChange}
      spellCheck={false}
      autoCapitalize="off"
      onChange={(event) => onChange?.(event.target.value)}
      onFocus={(event) => keep(event.currentTarget)}
      onSelect={(event) => keep(event.currentTarget)}
      onBlur={(event) => {
        // Taken away for the editor, it still had the focus.
        if (event.currentTarget.isConnected) onHold(null);
      }}
    />
  );
}
