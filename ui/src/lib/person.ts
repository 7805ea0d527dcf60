import { useSyncExternalStore } from "react";

// What is heavy and only of use to somebody who acts is loaded at the first sign of a person, not with the page.
const SIGNS = ["pointermove", "pointerdown", "touchstart", "wheel", "keydown", "focusin"] as const;

let here = false;
const listeners = new Set<() => void>();

function seen() {
  here = true;
  for (const sign of SIGNS) removeEventListener(sign, seen);
  for (const listener of listeners) listener();
}
for (const sign of SIGNS) addEventListener(sign, seen, { passive: true });

/** Whether anybody has moved, touched or typed since the application was opened. */
export function usePerson(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => here,
  );
}
