// Performance, accessibility and best practices of the main pages, at least 95 each, on a server that is
// started for it (CODEX32_BIN, else the debug build). Not part of CI: it wants a quiet machine.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import lighthouse from "lighthouse";
import { chromium } from "@playwright/test";

const BIN = path.resolve(process.env.CODEX32_BIN ?? "../target/debug/codex32");
const LEAST = 95;
const PORT = 9333;
const PAGES = ["/", "/bots", "/runs", "/connections", "/connectors", "/settings"];
const CATEGORIES = ["performance", "accessibility", "best-practices"];

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
  browser = await chromium.launchPersistentContext(path.join(folder, "browser"), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", `--remote-debugging-port=${PORT}`, "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const page = await browser.newPage();
  await page.goto(execFileSync(BIN, ["sign-in-link"], { cwd: folder, env: { ...process.env, CODEX32_URL: url }, encoding: "utf8" }).trim());
  for (const address of PAGES) {
    const { lhr } = await lighthouse(`${url}${address}`, { port: PORT, onlyCategories: CATEGORIES, disableStorageReset: true, logLevel: "error" });
    const scores = CATEGORIES.map((name) => Math.round((lhr.categories[name].score ?? 0) * 100));
    const low = Object.values(lhr.audits).filter((audit) => audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== "informative");
    console.log(`${address.padEnd(14)} ${CATEGORIES.map((name, index) => `${name} ${scores[index]}`).join(", ")}`);
    if (scores.some((score) => score < LEAST)) {
      failed = true;
      for (const audit of low) console.log(`  ${audit.id}: ${audit.displayValue ?? audit.title}`);
    }
  }
} finally {
  await browser?.close();
  server.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(failed ? 1 : 0);
