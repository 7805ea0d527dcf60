import { useEffect, type ReactNode } from "react";
import { cx } from "../lib/classes";

interface PageProps {
  title: string;
  /** Above the title: where one is, such as a link to the list. */
  over?: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
  /** Uses the whole width, as tables and editors do. */
  wide?: boolean;
  children: ReactNode;
}

/** A page with its heading; also names the browser's tab. */
export function Page({ title, over, about, actions, wide, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Codex-32`;
  }, [title]);
  return (
    <div className={cx("mx-auto w-full px-4 py-6 sm:px-8 sm:py-8", wide ? "max-w-[2200px]" : "max-w-[1180px]")}>
      {over && <div className="mb-1.5 text-[0.9rem] text-soft">{over}</div>}
      <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 tabIndex={-1} className="outline-none wrap-anywhere">{title}</h1>
          {about && <div className="mt-1.5 max-w-[76ch] text-soft wrap-anywhere">{about}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A surface of its own. */
export function Panel({ title, aside, children, className }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={cx("min-w-0 rounded-xl border border-line bg-panel p-4 sm:p-5", className)}>
      {(title || aside) && (
        <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
          {title && <h2>{title}</h2>}
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}
