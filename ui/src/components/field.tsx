import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from "react";
import { cx } from "../lib/classes";

const BOX =
  "w-full rounded-lg border border-edge/60 bg-panel px-3 py-1.75 text-ink placeholder:text-faint hover:border-edge " +
  "focus-visible:outline-2 focus-visible:-outline-offset-1 focus-visible:outline-accent disabled:bg-sunken disabled:text-faint";

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  /** Beside the label, such as "secret". */
  aside?: ReactNode;
  className?: string;
  children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;
}

/** A label, its control, and what helps to fill it in; tied together for screen readers. */
export function Field({ label, hint, error, aside, className, children }: FieldProps) {
  const id = useId();
  const about = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={cx("min-w-0", className)}>
      <div className="mb-1 flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="text-[0.9rem] font-medium">
          {label}
        </label>
        {aside && <span className="text-[0.8rem] text-faint">{aside}</span>}
      </div>
      {children({
        id,
        ...(about && { "aria-describedby": about }),
        ...(error && { "aria-invalid": true as const }),
      })}
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-[0.84rem] text-faint wrap-anywhere">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="mt-1 text-[0.84rem] text-bad wrap-anywhere">
          {error}
        </p>
      )}
    </div>
  );
}

export function Input({ className, ...rest }: InputHTMLAttributes<HTMLInputElement>) {
  return <input {...rest} className={cx(BOX, className)} />;
}

export function Textarea({ className, ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return <textarea {...rest} className={cx(BOX, "resize-y field-sizing-content", className)} />;
}

export function Select({ className, children, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <select {...rest} className={cx(BOX, "pr-8", className)}>
      {children}
    </select>
  );
}

/** A search box with its label for screen readers only. */
export function Search({ label, className, ...rest }: InputHTMLAttributes<HTMLInputElement> & { label: string }) {
  return <input type="search" aria-label={label} placeholder={label} {...rest} className={cx(BOX, className)} />;
}
