import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { cx } from "../lib/classes";
import { notify } from "../lib/notices";
import { IconButton } from "./button";
import { count } from "../lib/count";

export function CopyButton({ text, label, className }: { text: string; label: string; className?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      notify("Copied.");
    } catch {
      notify("The browser does not let this page copy. Select the text and copy it by hand.", "bad");
    }
  };
  return (
    <IconButton label={label} onClick={copy} className={cx("size-7", className)}>
      {copied ? <Check aria-hidden size={15} /> : <Copy aria-hidden size={15} />}
    </IconButton>
  );
}

/** Text to copy, such as a curl line. */
export function Code({ text, label, wrap = true }: { text: string; label: string; wrap?: boolean }) {
  return (
    <div className="relative rounded-lg border border-line bg-sunken">
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className={cx("overflow-auto py-2.5 pr-11 pl-3 text-[0.86rem] leading-relaxed", wrap && "wrap-anywhere whitespace-pre-wrap")}
      >
        {text}
      </pre>
      <CopyButton text={text} label={`Copy: ${label}`} className="absolute top-1.5 right-1.5" />
    </div>
  );
}

const SHOWN = 20_000;

/** A value as JSON; very long ones are cut, with a note that says so. */
export function Json({ value, label }: { value: unknown; label: string }) {
  const [whole, setWhole] = useState(false);
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "nothing");
  const cut = !whole && text.length > SHOWN;
  return (
    <div>
      <Code text={cut ? text.slice(0, SHOWN) : text} label={label} />
      {cut && (
        <p className="mt-1 text-[0.87rem] text-soft">
          The first {count(SHOWN)} of {count(text.length)} characters.{" "}
          <button type="button" className="text-accent underline" onClick={() => setWhole(true)}>
            Show all
          </button>
        </p>
      )}
    </div>
  );
}
