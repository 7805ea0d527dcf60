import type { Schemas } from "../api/client";
import { Badge, type Tone } from "./badge";

const STATES: Record<string, [string, Tone]> = {
  open: ["Under way", "accent"],
  done: ["Answered", "good"],
  failed: ["Failed", "bad"],
  lost: ["Lost", "warn"],
};

/** How a call of a model ended, or from where it was answered. */
export function CallState({ call }: { call: Pick<Schemas["CallBody"], "state" | "answered_by"> }) {
  if (call.answered_by === "cache") return <Badge tone="accent">From the cache</Badge>;
  if (call.answered_by === "semantic") return <Badge tone="accent">From the cache, meant the same</Badge>;
  if (call.answered_by === "key") return <Badge tone="accent">Paid before</Badge>;
  const [text, tone] = STATES[call.state] ?? [call.state, "plain"];
  return <Badge tone={tone}>{text}</Badge>;
}
