import { cx } from "../lib/classes";
import { Inline } from "./markdown";

/** A text in lines; those that begin with `-` are items of a list, deeper ones inside. */
export function Lines({ text, className }: { text: string | undefined; className?: string }) {
  if (!text) return null;
  return (
    <div className={cx("grid max-w-[76ch] gap-1", className)}>
      {text.split("\n").filter(Boolean).map((line, index) => {
        const [, indent = "", dash, rest = line] = /^(\s*)(- )?(.*)$/.exec(line) ?? [];
        return (
          <p key={index} style={{ paddingInlineStart: `${indent.length * 0.6 + (dash ? 1 : 0)}rem` }} className="relative wrap-anywhere">
            {dash && <span aria-hidden className="absolute -ml-3.5 text-faint">–</span>}
            <Inline text={rest} />
          </p>
        );
      })}
    </div>
  );
}
