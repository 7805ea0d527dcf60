// A value that is too large to be shown with its run: how large it is, how it begins, and where all of it is.
import type { Schemas } from "../api/client";
import { count } from "../lib/count";

export function LargeValue({ run, value }: { run: string; value: Schemas["LargeValue"] }) {
  return (
    <div className="min-w-0">
      <p className="text-[0.9rem] text-soft">
        {bytes(value.size)}, too large to be shown here.{" "}
        <a className="underline" href={`/api/v1/runs/${encodeURIComponent(run)}/values/${value.sha256}`} target="_blank" rel="noreferrer">
          Open all of it
        </a>
      </p>
      <pre className="mt-1.5 max-h-40 overflow-auto rounded-lg border border-line bg-sunken px-3 py-2 font-mono text-[0.85rem] wrap-anywhere whitespace-pre-wrap" tabIndex={0} aria-label="How it begins">
        {value.preview} …
      </pre>
    </div>
  );
}

/** The large value in a place of the run, or of one of its steps. */
export function largeAt(run: Schemas["Run"], field: string, step: string | null = null): Schemas["LargeValue"] | undefined {
  return run.large.find((each) => each.field === field && (each.step ?? null) === step);
}

function bytes(size: number): string {
  return size < 1_000_000 ? `${count(Math.round(size / 1_000))} KB` : `${(size / 1_000_000).toFixed(1)} MB`;
}
