import { lazy, Suspense } from "react";
import type { Schemas } from "../api/client";
import { Loading } from "../components/feedback";
import { cx } from "../lib/classes";

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
}

/** A definition's text with its diagnostics at their places. */
export function YamlEditor({ className = "h-[32rem]", ...props }: EditorProps & { className?: string }) {
  return (
    <div
      className={cx(
        "overflow-hidden rounded-xl border border-line bg-panel focus-within:border-accent focus-within:outline-1 focus-within:outline-accent",
        className,
      )}
    >
      <Suspense fallback={<Loading what="Opening the editor …" className="px-4" />}>
        <CodeMirror {...props} />
      </Suspense>
    </div>
  );
}
