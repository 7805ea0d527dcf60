// What drawing costs: a bot of 300 steps opened from the list and from cold, and a run of 1,000 steps
// scrolled. Prints the processor time of the page's main thread (which a busy machine does not change much) by
// kind of work, and the time on the clock (which it does): medians of ROUNDS rounds.
//
//   node scripts/bench.mjs [--rounds 5] [--dist]
//
// The program is CODEX32_BIN, else the debug build. `--dist` takes the interface from ui/dist instead of from the program.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { totals } from "./trace.mjs";

const BIN = path.resolve(process.env.CODEX32_BIN ?? "../target/debug/codex32");
const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "5" }, dist: { type: "boolean", default: false } } });
const ROUNDS = Number(options.rounds);
const KINDS = ["script", "style", "layout", "paint", "rest"];

const flat = Array.from({ length: 300 }, (_, index) => `  - { id: s${index}, set: "{{ ${index} }}" }`);
/** 50 times 6 steps: a condition, a branch, a loop and what is in them. */
const mixed = Array.from(
  { length: 50 },
  (_, n) => `  - { id: get${n}, do: http.get, with: { url: "https://example.com/items/${n}" } }
  - if: "{{ steps.get${n}.status == 200 }}"
    then:
      - { do: log.write, with: { message: "found ${n}" } }
    else:
      - { do: log.write, with: { message: "nothing ${n}" } }
  - id: all${n}
    for_each: "{{ steps.get${n}.body }}"
    steps:
      - { id: one${n}, code: "return ${n};" }`,
);
const BOTS = {
  flat: `bot: flat\nsteps:\n${flat.join("\n")}\n`,
  mixed: `bot: mixed\nsteps:\n${mixed.join("\n")}\n`,
  loop: `bot: loop\nsteps:\n  - { id: list, set: "{{ Array.from({length: 1000}, (x, i) => i) }}" }
  - { id: lines, for_each: "{{ steps.list }}", as: item, steps: [ { id: line, set: "{{ item }}" } ] }\n`,
};

const folder = mkdtempSync(path.join(tmpdir(), "codex32-bench-"));
const server = spawn(BIN, ["serve", "--listen", "127.0.0.1:0", "--json"], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
let browser;
try {
  const url = await listening(server);
  const cli = (...args) => execFileSync(BIN, args, { cwd: folder, env: { ...process.env, CODEX32_URL: url }, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  for (const [name, text] of Object.entries(BOTS)) {
    writeFileSync(path.join(folder, `${name}.yaml`), text);
    cli("deploy", `${name}.yaml`);
  }
  const run = cli("trigger", "loop");
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  if (options.dist) await context.route(/^http:\/\/[^/]+\/(?!api\/|sign-in|docs\/|hooks\/)/, fromDist);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await page.goto(cli("sign-in-link"));
  await page.goto(url);
  await page.getByLabel("What should happen?").waitFor();

  const results = [];
  for (const bot of ["flat", "mixed"]) {
    results.push([`${bot} bot of 300 steps, from the list`, await rounds(() => fromList(page, devtools, url, bot))]);
    results.push([`${bot} bot of 300 steps, loaded anew`, await rounds(() => anew(page, devtools, `${url}/bots/${bot}`, drawn))]);
  }
  results.push(["definition of 300 steps, the Edit tab opened", await rounds(() => edit(page, devtools, url))]);
  results.push(["definition of 300 steps, 20 letters typed", await rounds(() => typing(page, devtools, url))]);
  results.push(["run of 1,000 items, loaded anew", await rounds(() => anew(page, devtools, `${url}/runs/${run}`, listed))]);
  results.push(["run of 1,000 items, scrolled 120 frames", await rounds(() => scrolled(page, devtools, `${url}/runs/${run}`))]);
  print(results);
} finally {
  await browser?.close();
  server.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function listening(child) {
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith("{")) return JSON.parse(line).url;
  throw new Error("the server did not start");
}

async function fromDist(route) {
  const asked = new URL(route.request().url()).pathname;
  const file = path.join("dist", asked);
  const found = asked !== "/" && existsSync(file) ? file : "dist/index.html";
  const types = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml", ".woff2": "font/woff2" };
  await route.fulfill({ body: readFileSync(found), contentType: types[path.extname(found)] });
}

/** The page with the drawing, from the list, with all its scripts loaded. */
async function fromList(page, devtools, url, bot) {
  await page.goto(`${url}/bots/${bot}`);
  await page.evaluate(drawn);
  await page.getByRole("link", { name: "Bots", exact: true }).first().click();
  const link = page.getByRole("link", { name: bot, exact: true });
  await link.hover();
  return traced(page, devtools, () => link.click(), drawn);
}

async function anew(page, devtools, address, there) {
  await page.goto("about:blank");
  await devtools.send("Network.clearBrowserCache");
  return traced(page, devtools, () => page.goto(address, { waitUntil: "commit" }), there);
}

async function edit(page, devtools, url) {
  await page.goto(`${url}/bots/flat?tab=definition`);
  await page.evaluate(drawn);
  await page.getByRole("tab", { name: "Settings" }).click();
  return traced(page, devtools, () => page.getByRole("tab", { name: "Edit" }).click(), drawn);
}

async function typing(page, devtools, url) {
  await page.goto(`${url}/bots/flat?tab=definition`);
  await page.evaluate(drawn);
  await page.getByRole("textbox", { name: "The definition, as YAML" }).click();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("End");
  await page.getByText("Checked: nothing is wrong.").waitFor();
  return traced(page, devtools, () => page.keyboard.type("-abcdefghijklmnopqrs", { delay: 30 }), still);
}

async function scrolled(page, devtools, address) {
  await page.goto(address);
  await page.evaluate(listed);
  let frames;
  const cost = await traced(page, devtools, async () => (frames = await page.evaluate(scroll)), still);
  return { ...cost, frame: median(frames), longest: Math.max(...frames) };
}

/** Waits until the drawing shows its first steps, then for two frames. */
async function drawn() {
  const there = () => /s0|get0/.test(document.querySelector("[aria-label^='Drawing of']")?.textContent ?? "");
  while (!there()) await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}

async function listed() {
  while (!document.querySelector("[role=treeitem]")) await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}

async function still() {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}

/** How long each frame took while a wheel would turn fast, in milliseconds. */
async function scroll() {
  const box = document.querySelector("[role=tree]");
  const frames = [];
  let last = performance.now();
  for (let step = 0; step < 120; step++) {
    box.scrollTop += 250;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  return frames;
}

async function traced(page, devtools, act, there) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  devtools.on("Tracing.dataCollected", collect);
  await devtools.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel", "v8"] },
  });
  const begun = performance.now();
  await act();
  await page.evaluate(there);
  const wall = performance.now() - begun;
  // What was put off until later counts too.
  await page.waitForTimeout(400);
  const complete = new Promise((resolve) => devtools.once("Tracing.tracingComplete", resolve));
  await devtools.send("Tracing.end");
  await complete;
  devtools.off("Tracing.dataCollected", collect);
  if (process.env.TRACE) writeFileSync(process.env.TRACE, JSON.stringify({ traceEvents: events }));
  return { ...totals(events), wall };
}

async function rounds(once) {
  await once();
  const all = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await once());
  return Object.fromEntries(Object.keys(all[0]).map((key) => [key, median(all.map((each) => each[key]))]));
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function print(results) {
  const show = (number) => (number === undefined ? "" : number.toFixed(number < 10 ? 1 : 0)).padStart(8);
  const heads = ["cpu ms", ...KINDS, "wall ms"];
  console.log(`${"".padEnd(46)}${heads.map((head) => head.padStart(8)).join("")}`);
  for (const [name, found] of results) {
    console.log(`${name.padEnd(46)}${[found.all, ...KINDS.map((kind) => found[kind]), found.wall].map(show).join("")}`);
    if (found.frame) console.log(`${"  a frame".padEnd(46)}${show(found.all / 120)}   median ${found.frame.toFixed(1)} ms, longest ${found.longest.toFixed(1)} ms on the clock`);
  }
}
