// Performance, accessibility and best practices of the pages, at least 95 each, on a server that is started for
// it (CODEX32_BIN, else the debug build): medians of some rounds, on a simulated slow phone and line. Not part
// of CI: it wants a quiet machine.
//
//   node scripts/lighthouse.mjs [--rounds 3]
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import lighthouse from "lighthouse";
import { chromium } from "@playwright/test";

const BIN = path.resolve(process.env.CODEX32_BIN ?? "../target/debug/codex32");
const LEAST = 95;
const PORT = 9333;
const CATEGORIES = ["performance", "accessibility", "best-practices"];
const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "3" } } });
const ROUNDS = Number(options.rounds);
const BOT = `bot: orders
inputs: { total: { type: number, default: 20 } }
triggers: { order: { webhook: { path: order, respond: run } } }
steps:
  - if: "{{ inputs.total > 1000 }}"
    then: [ { do: email.send, with: { to: sales@example.com, subject: Order, text: "Total {{ inputs.total }}" } } ]
    else: [ { respond: { body: thanks } } ]
`;

const folder = mkdtempSync(path.join(tmpdir(), "codex32-lighthouse-"));
const server = spawn(BIN, ["serve", "--listen", "127.0.0.1:0", "--json"], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
let failed = false;
let browser;
try {
  let url;
  for await (const line of createInterface({ input: server.stdout })) {
    if (!line.startsWith("{")) continue;
    ({ url } = JSON.parse(line));
    break;
  }
  const cli = (...args) => execFileSync(BIN, args, { cwd: folder, env: { ...process.env, CODEX32_URL: url }, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  writeFileSync(path.join(folder, "orders.yaml"), BOT);
  cli("deploy", "orders.yaml");
  const run = cli("trigger", "orders");
  const pages = ["/", "/bots", "/bots/orders", "/bots/orders?tab=definition", "/runs", `/runs/${run}`, "/connections", "/connectors", "/events", "/approvals", "/models", "/costs", "/outbox", "/settings"];
  browser = await chromium.launchPersistentContext(path.join(folder, "browser"), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", `--remote-debugging-port=${PORT}`, "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const page = await browser.newPage();
  await page.goto(cli("sign-in-link"));
  for (const address of pages) {
    const found = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { lhr } = await lighthouse(`${url}${address}`, { port: PORT, onlyCategories: CATEGORIES, throttlingMethod: "simulate", disableStorageReset: true, logLevel: "error" });
      // The browser lost its trace: told, and no score.
      if (lhr.runtimeError) console.log(`${address}: ${lhr.runtimeError.code}`);
      else found.push(lhr);
    }
    if (found.length === 0) {
      failed = true;
      continue;
    }
    const scores = CATEGORIES.map((name) => median(found.map((lhr) => Math.round((lhr.categories[name].score ?? 0) * 100))));
    console.log(`${address.slice(0, 30).padEnd(32)} ${CATEGORIES.map((name, index) => `${name} ${scores[index]}`).join(", ")}`);
    if (scores.every((score) => score >= LEAST)) continue;
    failed = true;
    const low = Object.values(found[0].audits).filter((audit) => audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== "informative");
    for (const audit of low) console.log(`  ${audit.id}: ${audit.displayValue ?? audit.title}`);
  }
} finally {
  await browser?.close();
  server.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(failed ? 1 : 0);

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
