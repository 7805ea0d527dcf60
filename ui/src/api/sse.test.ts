import { expect, test } from "vitest";
import { EventParser, follow } from "./sse";

test("events are cut out of pieces that end anywhere", () => {
  const text = 'id: 1.0\nevent: started\ndata: {"a":1}\n\n: beat\n\nevent: done\nid: 1.1\r\ndata: x\ndata:y\n\ndata: half';
  for (const size of [1, 3, 7, text.length]) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
    expect(events).toEqual([
      { id: "1.0", event: "started", data: '{"a":1}' },
      { id: "1.1", event: "done", data: "x\ny" },
    ]);
  }
});

test("a broken stream goes on after the last event, and ends with the last one", async () => {
  const asked: (string | null)[] = [];
  const answers = [
    new Response("id: 1.0\nevent: started\ndata: {}\n\nid: 2.0\nevent: done\nda"),
    new Response(null, { status: 503 }),
    new Response("id: 2.0\nevent: done\ndata: {}\n\nid: 3.0\nevent: ended\ndata: {}\n\nid: 4.0\ndata: never\n\n"),
  ];
  const seen: string[] = [];
  await follow("/x", {
    signal: new AbortController().signal,
    pause: () => 0,
    fetch: async (_, init) => {
      asked.push(new Headers(init?.headers).get("last-event-id"));
      return answers.shift() ?? Response.error();
    },
    onEvent: (event) => seen.push(event.event),
    isLast: (event) => event.event === "ended",
  });
  expect(asked).toEqual([null, "1.0", "1.0"]);
  expect(seen).toEqual(["started", "done", "ended"]);
});

test("a refusal is told and not asked again", async () => {
  let calls = 0;
  let code = "";
  await follow("/x", {
    signal: new AbortController().signal,
    fetch: async () => {
      calls++;
      return Response.json({ code: "E-API-404", title: "Not found" }, { status: 404 });
    },
    onEvent: () => undefined,
    isLast: () => false,
    onError: (error) => (code = error.problem.code),
  });
  expect([calls, code]).toEqual([1, "E-API-404"]);
});
