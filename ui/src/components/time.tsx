import { useSyncExternalStore } from "react";
import { ago, exact } from "../lib/time";

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 10_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** How long ago, or how soon; the exact time on hover. */
export function Ago({ time }: { time: string }) {
  useSyncExternalStore(subscribe, () => now);
  return (
    <time dateTime={time} title={exact(time)} className="whitespace-nowrap">
      {ago(time, Date.now())}
    </time>
  );
}
