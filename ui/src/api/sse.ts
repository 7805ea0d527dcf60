// Server-sent events over fetch: goes on after a break with `Last-Event-ID`, and waits longer each time.
// EventSource gives up for good on the first answer that is no stream, and hides why.
import { ApiError, problemOf } from "./client";

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** Cuts a stream of text into events (WHATWG HTML, section 9.2.6). Keeps what is not whole yet. */
export class EventParser {
  private rest = "";
  private id = "";

  push(text: string): ServerEvent[] {
    this.rest += text;
    const events: ServerEvent[] = [];
    for (;;) {
      const end = /\r\n\r\n|\n\n|\r\r/.exec(this.rest);
      if (!end) return events;
      const block = this.rest.slice(0, end.index);
      this.rest = this.rest.slice(end.index + end[0].length);
      const event = this.read(block);
      if (event) events.push(event);
    }
  }

  private read(block: string): ServerEvent | null {
    let event = "message";
    const data: string[] = [];
    for (const line of block.split(/\r\n|\n|\r/)) {
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "event") event = value;
      else if (field === "id") this.id = value;
    }
    return data.length > 0 ? { id: this.id, event, data: data.join("\n") } : null;
  }
}

export interface FollowOptions {
  onEvent: (event: ServerEvent) => void;
  /** `live` while a stream is open, `broken` between attempts. */
  onState?: (state: "live" | "broken") => void;
  /** Whether this event is the last one. */
  isLast: (event: ServerEvent) => boolean;
  onError?: (error: ApiError) => void;
  signal: AbortSignal;
  fetch?: typeof fetch;
  /** Milliseconds before the nth attempt after a break. */
  pause?: (attempt: number) => number;
}

const backoff = (attempt: number) => Math.min(500 * 2 ** attempt, 15_000);

/** Follows `url` until its last event, an answer that is final (4xx), or `signal`. */
export async function follow(url: string, options: FollowOptions): Promise<void> {
  const { signal, onEvent, isLast, onState, onError, pause = backoff } = options;
  const get = options.fetch ?? fetch;
  let last = "";
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (last) headers["last-event-id"] = last;
      const response = await get(url, { headers, signal });
      if (!response.ok || !response.body) {
        const body: unknown = await response.json().catch(() => null);
        if (response.status < 500 && response.status !== 429) {
          onError?.(new ApiError(problemOf(body, response)));
          return;
        }
        throw new Error(`status ${response.status}`);
      }
      onState?.("live");
      const parser = new EventParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        for (const event of parser.push(value)) {
          attempt = 0;
          if (event.id) last = event.id;
          onEvent(event);
          if (isLast(event)) {
            await reader.cancel();
            return;
          }
        }
      }
    } catch {
      if (signal.aborted) return;
    }
    onState?.("broken");
    await sleep(pause(attempt), signal);
  }
}

function sleep(milliseconds: number, signal: AbortSignal) {
  return new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
