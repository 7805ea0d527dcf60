// Processor time of a page's main thread by kind of work, out of the events of a Chrome trace.

const KIND = {
  style: ["UpdateLayoutTree", "ParseAuthorStyleSheet", "ScheduleStyleRecalculation"],
  layout: ["Layout", "HitTest", "IntersectionObserverController::computeIntersections"],
  paint: ["PrePaint", "Paint", "Layerize", "Commit", "CompositeLayers", "UpdateLayer", "Decode Image"],
  script: [
    "EvaluateScript", "v8.compile", "v8.compileModule", "v8.evaluateModule", "FunctionCall", "FireAnimationFrame", "TimerFire", "EventDispatch",
    "RunMicrotasks", "MinorGC", "MajorGC", "V8.GCScavenger", "v8.run", "V8.RunMicrotasks", "v8.callFunction", "XHRLoad", "XHRReadyStateChange", "FireIdleCallback",
    "v8.produceCache", "v8.deserializeOnBackground", "V8.GC_MC_COMPLETE_SWEEPING",
  ],
};
const OF = new Map(Object.entries(KIND).flatMap(([kind, names]) => names.map((name) => [name, kind])));

/** Milliseconds by kind; `all` is the sum. The thread is that of the page which worked most. */
export function totals(events) {
  const mains = new Set(events.filter((event) => event.name === "thread_name" && event.args?.name === "CrRendererMain").map((event) => `${event.pid}:${event.tid}`));
  const threads = new Map();
  for (const event of events) {
    if (event.ph !== "X" || event.tdur === undefined) continue;
    const key = `${event.pid}:${event.tid}`;
    if (mains.size > 0 && !mains.has(key)) continue;
    const known = threads.get(key);
    if (known) known.push(event);
    else threads.set(key, [event]);
  }
  const sums = [...threads.values()].map(sum);
  return sums.toSorted((a, b) => b.all - a.all)[0] ?? { all: 0, script: 0, style: 0, layout: 0, paint: 0, rest: 0 };
}

/** What each event took itself, without what happened inside it, counted for its kind or that of what it happened in. */
function sum(events) {
  const found = { all: 0, script: 0, style: 0, layout: 0, paint: 0, rest: 0 };
  const stack = [];
  for (const event of events.toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)) {
    while (stack.length > 0 && stack[stack.length - 1].end <= event.ts) stack.pop();
    const above = stack[stack.length - 1];
    const kind = OF.get(event.name) ?? above?.kind ?? "rest";
    const took = event.tdur / 1000;
    found[kind] += took;
    if (above) found[above.kind] -= took;
    else found.all += took;
    stack.push({ end: event.ts + event.dur, kind });
  }
  return found;
}
