// Short messages about what just happened: seen in a corner, and read out by screen readers.
import { useSyncExternalStore } from "react";

export interface Notice {
  id: number;
  tone: "good" | "bad";
  text: string;
}

let notices: Notice[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: Notice[]) {
  notices = next;
  for (const listener of listeners) listener();
}

export function notify(text: string, tone: Notice["tone"] = "good") {
  const id = ++last;
  change([...notices.slice(-2), { id, tone, text }]);
  // What went wrong stays until it is closed.
  if (tone === "good") setTimeout(() => dismiss(id), 5000);
}

export function dismiss(id: number) {
  change(notices.filter((notice) => notice.id !== id));
}

export function useNotices(): Notice[] {
  return useSyncExternalStore(
    (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    () => notices,
  );
}
