/** The name, with its mark. */
export function Mark({ small }: { small?: boolean }) {
  return (
    <span className="inline-flex items-center gap-2.5 font-semibold tracking-tight">
      <svg aria-hidden viewBox="0 0 32 32" className="size-7 shrink-0">
        <rect width="32" height="32" rx="8" className="fill-accent" />
        <path
          d="M16 6v6m0 8v6M16 12l-6 4 6 4 6-4z"
          className="fill-none stroke-on-accent"
          strokeWidth="2.4"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      <span className={small ? "sr-only" : undefined}>Codex-32</span>
    </span>
  );
}
