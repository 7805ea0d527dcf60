// The scripts that the first page loads, gzipped, must stay under the budget.
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 150 * 1024;
const dist = new URL("../dist/", import.meta.url);
if (!existsSync(new URL("index.html", dist))) {
  if (process.argv.includes("--if-built")) process.exit(0);
  console.error("Nothing is built: run `npm run build`.");
  process.exit(1);
}
const page = readFileSync(new URL("index.html", dist), "utf8");
const scripts = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]);
const bytes = scripts
  .map((name) => gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length)
  .reduce((sum, size) => sum + size, 0);
console.log(`initial script: ${(bytes / 1024).toFixed(1)} KiB gzipped in ${scripts.length} files (budget ${BUDGET / 1024})`);
if (bytes > BUDGET) process.exit(1);
