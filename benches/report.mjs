// Puts the results of all benchmarks onto one page with a picture: benches/results/README.md and picture.svg.
// Other engines' results stand beside ours if they are given: a file of JSON lines with `w`, `label` and one of
// `req_s` (W1, with `conc`), `runs_s` (W2), `start_s` and `pss_mb` (W3), `ms` (W4), as their own scripts write it.
//
//   node benches/report.mjs [PEERS.jsonl]
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "results");
const lines = (file) =>
  readFileSync(file, "utf8").split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));

const ours = readdirSync(folder).filter((name) => /^W.*\.jsonl$/.test(name)).sort()
  .flatMap((name) => lines(join(folder, name)));

const kept = join(folder, "peers.jsonl");
const given = process.argv[2];
if (given) {
  // Of several sittings the last one counts.
  const last = new Map();
  for (const row of lines(given)) last.set(`${row.w} ${row.label} ${row.conc ?? ""}`, row);
  writeFileSync(kept, [...last.values()].flatMap(peer).map((row) => JSON.stringify(row)).join("\n") + "\n");
}
const peers = existsSync(kept) ? lines(kept) : [];

function peer(row) {
  const one = (w, label, value, unit) =>
    value === undefined || value === null ? [] : [{ w, program: row.label, label, value, unit }];
  switch (row.w) {
    case "W1": return one("W1", `${row.conc} connections`, Math.round(row.req_s), "req/s");
    case "W2": return one("W2", "10,000 queued runs", Math.round(row.runs_s), "runs/s");
    case "W3": return [...one("W3", "start to first answer", Math.round(row.start_s * 1000), "ms"),
      ...one("W3", "idle memory", Math.round(row.pss_mb), "MB")];
    case "W4": return one("W4", items(row.label), row.ms, "ms");
    default: return [];
  }
}

// Where each item is a step of its own that is saved, as the label says.
function items(label) {
  if (!/ctx\.run|runStep|activit/.test(label)) return "1,000 items";
  return `1,000 items, each durable, ${/\ball\b|at once/.test(label) ? "64 at a time" : "one by one"}`;
}

// A chart for each figure that both have, the better end on top; times are better when short.
const charts = [
  ["W1", "64 connections", "Webhook, three steps, answer: requests a second at 64 connections"],
  ["W2", "10,000 queued runs", "Draining 10,000 queued runs: runs a second"],
  ["W3", "start to first answer", "Start to the first answer: milliseconds"],
  ["W3", "idle memory", "Idle memory: MB"],
  ["W4", "1,000 items", "A run over 1,000 items with a code step each: milliseconds"],
  ["W4", "1,000 items, each durable, 64 at a time", "The same, each item durable, 64 at a time: milliseconds"],
];
const name = (row) => (row.database ? `${row.program}, ${row.database === "sqlite" ? "SQLite" : "PostgreSQL"}` : row.program);
const rowsOf = (w, label) => {
  const rows = [...ours, ...peers].filter((row) => row.w === w && row.label === label);
  const less = rows[0] && ["ms", "MB"].includes(rows[0].unit);
  return rows.sort((a, b) => (less ? a.value - b.value : b.value - a.value));
};
const number = (value) => value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 });
const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function picture() {
  const parts = [];
  // Letters are at most this wide, on average; the names of others are long.
  const shown = charts.flatMap(([w, label]) => rowsOf(w, label));
  const left = Math.ceil(Math.max(...shown.map((row) => name(row).length)) * 6.4) + 20;
  let y = 30;
  for (const [w, label, title] of charts) {
    const rows = rowsOf(w, label);
    if (rows.length < 2) continue;
    const most = Math.max(...rows.map((row) => row.value));
    parts.push(`<text x="20" y="${y}" class="title">${w} · ${escape(title)}</text>`);
    y += 14;
    for (const row of rows) {
      // A logarithm: the programs differ by factors of hundreds.
      const long = Math.max(2, (Math.log10(1 + row.value) / Math.log10(1 + most)) * 420);
      const own = row.program === "Codex-32";
      parts.push(`<text x="${left}" y="${y + 13}" text-anchor="end">${escape(name(row))}</text>`);
      parts.push(`<rect x="${left + 10}" y="${y + 2}" width="${long.toFixed(1)}" height="14" class="${own ? "own" : "other"}"/>`);
      parts.push(`<text x="${(left + 18 + long).toFixed(1)}" y="${y + 13}">${number(row.value)}</text>`);
      y += 20;
    }
    y += 30;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + 560} ${y}" width="${left + 560}" role="img" aria-label="Results of the benchmarks">
<style>text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:13px}.own{fill:#2f6fed}.other{fill:#b8bec9}
@media (prefers-color-scheme:dark){text{fill:#ddd}.other{fill:#5b6472}}</style>
${parts.join("\n")}
</svg>
`;
}

function page() {
  const out = ["# Results", "", "Written by `make bench`; a page each for how it was measured: " +
    readdirSync(folder).filter((file) => /^W.*\.md$/.test(file)).sort().map((file) => `[${file.slice(0, -3)}](${file})`).join(", ") + ".",
    "Bars are by logarithm.", "", "![The results as bars](picture.svg)", ""];
  if (peers.length > 0) {
    out.push("The other engines were measured on the same machine with the same load, each as it keeps what it is given: see " +
      "[how](../README.md#other-engines). A ratio above 1 means that Codex-32 on SQLite is better by that factor.", "");
  }
  for (const w of [...new Set([...ours, ...peers].map((row) => row.w))].sort()) {
    const labels = [...new Set([...ours, ...peers].filter((row) => row.w === w).map((row) => row.label))];
    out.push(`## ${w}`, "", "| | program | measured | ratio |", "|---|---|---:|---:|");
    for (const label of labels) {
      const rows = rowsOf(w, label);
      const base = rows.find((row) => row.program === "Codex-32" && row.database !== "postgresql");
      for (const row of rows) {
        const less = ["ms", "MB"].includes(row.unit);
        const ratio = base && base !== row ? (less ? row.value / base.value : base.value / row.value) : null;
        out.push(`| ${label} | ${name(row)} | ${number(row.value)} ${row.unit} | ${ratio ? (ratio >= 10 ? number(Math.round(ratio)) : ratio.toPrecision(2)) : ""} |`);
      }
    }
    out.push("");
  }
  return out.join("\n");
}

writeFileSync(join(folder, "picture.svg"), picture());
writeFileSync(join(folder, "README.md"), page());
