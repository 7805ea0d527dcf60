import type { ButtonHTMLAttributes, ReactNode } from "react";
import { cx } from "../lib/classes";

type Look = "primary" | "plain" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong border-transparent font-medium",
  plain: "bg-panel text-ink border-line hover:border-edge",
  quiet: "border-transparent text-soft hover:bg-sunken hover:text-ink",
  danger: "bg-panel text-bad border-line hover:border-bad hover:bg-bad-soft",
};

export function buttonClass(look: Look = "plain", small = false) {
  return cx(
    "inline-flex items-center justify-center gap-2 rounded-lg border whitespace-nowrap select-none transition-colors",
    "disabled:opacity-55 disabled:cursor-not-allowed aria-disabled:opacity-55",
    small ? "px-2.5 py-1 text-[0.87rem]" : "px-3.5 py-1.75",
    LOOKS[look],
  );
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  small?: boolean;
  /** While it works: what it does, in words. The button cannot be pressed then. */
  busy?: string | false | undefined;
}

export function Button({ look, small, busy, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || Boolean(busy)}
      className={cx(buttonClass(look, small), className)}
    >
      {busy || children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  children: ReactNode;
}

export function IconButton({ label, children, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={cx(
        "inline-grid size-8 shrink-0 place-items-center rounded-lg text-soft transition-colors hover:bg-sunken hover:text-ink",
        "disabled:cursor-not-allowed disabled:opacity-45",
        className,
      )}
    >
      {children}
    </button>
  );
}
