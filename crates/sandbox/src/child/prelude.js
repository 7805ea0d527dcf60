// Runs in a fresh context before the code does. It keeps the built-ins that it needs, so that what
// the code changes afterwards changes nothing here, and leaves no name of its own behind.
(function (log, send) {
  "use strict";
  const { freeze, keys, defineProperty, getPrototypeOf } = Object;
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { construct } = Reflect;
  const { floor } = Math;
  const RealDate = Date;
  const apply = Function.prototype.call.bind(Function.prototype.apply);
  const wellFormed = String.prototype.toWellFormed;
  const protos = { map: Map.prototype, set: Set.prototype, promise: Promise.prototype };
  const text = (value) => apply(wellFormed, String(value), []);

  // Time stands still.
  let now = 0;
  function FixedDate(...parts) {
    if (new.target === undefined) return new RealDate(now).toString();
    return construct(RealDate, parts.length === 0 ? [now] : parts, new.target);
  }
  FixedDate.prototype = RealDate.prototype;
  defineProperty(FixedDate, "prototype", { writable: false });
  defineProperty(FixedDate, "name", { value: "Date" });
  defineProperty(FixedDate, "length", { value: 7 });
  for (const [name, value] of [["now", () => now], ["parse", RealDate.parse], ["UTC", RealDate.UTC]]) {
    defineProperty(FixedDate, name, { value, writable: true, configurable: true });
  }
  defineProperty(RealDate.prototype, "constructor", { value: FixedDate, writable: true, configurable: true });
  globalThis.Date = FixedDate;

  // Chance is seeded: sfc32, 53 bits a number.
  let a = 0, b = 0, c = 0, d = 0;
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t | 0;
    return t >>> 0;
  };
  Math.random = () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;

  const show = (value) => {
    if (typeof value === "string") return value;
    if (typeof value === "function") return `[function ${value.name}]`;
    if (typeof value !== "object" || value === null) return String(value);
    try {
      if (value instanceof Error) return value.stack ? `${value}\n${value.stack}`.trimEnd() : `${value}`;
      return stringify(value) ?? String(value);
    } catch {
      return "[object that cannot be shown]";
    }
  };
  const line = (level) => (...values) => {
    let out = "";
    for (let i = 0; i < values.length; i++) out += (i === 0 ? "" : " ") + show(values[i]);
    log(level, text(out));
  };
  globalThis.console = {
    debug: line(0), log: line(1), info: line(1), warn: line(2), error: line(3), trace: line(0),
  };
  for (const name of ["performance", "WeakRef", "FinalizationRegistry", "Atomics", "SharedArrayBuffer"]) {
    delete globalThis[name];
  }

  class Refusal extends Error {}
  const at = (key) => (key === "" ? "" : ` at "${key}"`);
  const only = (key, value) => {
    switch (typeof value) {
      case "function": throw new Refusal(`a function cannot be returned${at(key)}`);
      case "symbol": throw new Refusal(`a symbol cannot be returned${at(key)}`);
      case "bigint": throw new Refusal(`a big integer cannot be returned${at(key)}: use String(…) or Number(…)`);
      case "object": {
        if (value === null || isArray(value)) return value;
        const proto = getPrototypeOf(value);
        if (proto === protos.map) throw new Refusal(`a Map cannot be returned${at(key)}: use Object.fromEntries(map)`);
        if (proto === protos.set) throw new Refusal(`a Set cannot be returned${at(key)}: use [...set]`);
        if (proto === protos.promise) throw new Refusal(`a promise cannot be returned${at(key)}: await it`);
      }
    }
    return value;
  };

  const waiting = [];
  function respond(id, error, status, headerText, body) {
    const call = waiting[id];
    if (call === undefined) return;
    waiting[id] = undefined;
    if (error !== undefined) return call.reject(new TypeError(error));
    const pairs = parse(headerText);
    const find = (name) => {
      name = String(name).toLowerCase();
      const found = [];
      for (const [key, value] of pairs) if (key.toLowerCase() === name) found.push(value);
      return found.length === 0 ? null : found.join(", ");
    };
    call.resolve({
      status,
      ok: status >= 200 && status < 300,
      url: call.url,
      headers: { get: find, has: (name) => find(name) !== null, entries: () => pairs[Symbol.iterator]() },
      text: async () => body,
      json: async () => parse(body),
    });
  }
  function fetch(address, options = {}) {
    return new Promise((resolve, reject) => {
      const url = text(typeof address === "object" && address !== null && "url" in address ? address.url : address);
      const method = text(options.method ?? "GET").toUpperCase();
      const given = options.headers ?? {};
      const headers = [];
      const list = isArray(given) ? given : keys(given).map((key) => [key, given[key]]);
      for (const [key, value] of list) headers.push([text(key), text(value)]);
      const body = options.body === undefined || options.body === null ? undefined : text(options.body);
      const id = waiting.length;
      waiting.push({ resolve, reject, url });
      send(id, method, url, stringify(headers), body);
    });
  }

  return {
    begin(time, s0, s1, s2, s3, network) {
      now = floor(time);
      a = s0; b = s1; c = s2; d = s3;
      for (let i = 0; i < 12; i++) next();
      if (network) globalThis.fetch = fetch;
    },
    // Each field of `scope` becomes a global that cannot be changed, nor what it holds.
    install(scope) {
      const stack = [scope];
      let depth = 1;
      while (depth > 0) {
        const node = stack[--depth];
        freeze(node);
        if (isArray(node)) {
          for (let i = 0; i < node.length; i++) {
            if (typeof node[i] === "object" && node[i] !== null) stack[depth++] = node[i];
          }
        } else {
          const names = keys(node);
          for (let i = 0; i < names.length; i++) {
            const child = node[names[i]];
            if (typeof child === "object" && child !== null) stack[depth++] = child;
          }
        }
      }
      const names = keys(scope);
      for (let i = 0; i < names.length; i++) {
        defineProperty(globalThis, names[i], { value: scope[names[i]], enumerable: true });
      }
    },
    encode: (value) => stringify(value === undefined ? null : value, only) ?? "null",
    respond,
  };
})
