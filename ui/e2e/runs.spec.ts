import { accessible, expect, test } from "./server";

const MIXED = `
bot: mixed
inputs: { n: { type: integer, default: 3 }, fail: { type: boolean, default: false } }
triggers:
  order: { webhook: { path: mixed, respond: run } }
steps:
  - { id: list, set: "{{ Array.from({length: inputs.n}, (x, i) => i) }}" }
  - id: lines
    for_each: "{{ steps.list }}"
    as: item
    steps:
      - { id: line, set: "{{ item * 2 }}" }
  - id: mail
    do: email.send
    with: { to: ada@example.com, subject: "<b>Hi</b>", text: "n = {{ inputs.n }}" }
  - id: check
    code: "if (inputs.fail) { throw new Error('<img src=x onerror=alert(1)> no luck'); } return { ok: true };"
  - return: { lines: "{{ steps.lines }}" }
`;

const NAPS = `
bot: naps
steps:
  - { id: before, set: ready }
  - { id: nap, wait: { event: wake.up, timeout: 10m } }
  - { id: after, set: "{{ steps.before }} and rested" }
  - return: "{{ steps.after }}"
`;

test("a failed run says why, and is retried from the step that failed", async ({ signedIn: page, server }) => {
  server.deploy(MIXED);
  const run = server.trigger("mixed", { fail: true });
  await page.goto(`${server.url}/runs?bot=mixed&state=failed`);
  await page.getByRole("link", { name: /mixed/ }).first().click();
  await expect(page).toHaveURL(new RegExp(run));
  await expect(page.getByRole("treeitem", { selected: true })).toHaveAccessibleName(/check, failed/);
  await expect(page.getByText("<img src=x onerror=alert(1)> no luck").first()).toBeVisible();
  await accessible(page);

  await page.setViewportSize({ width: 1400, height: 900 });
  const steps = page.getByRole("tree");
  await steps.focus();
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("region", { name: "Input of mail" })).toContainText("<b>Hi</b>");
  await page.getByRole("button", { name: "Retry from here" }).click();
  await expect(page.getByRole("dialog")).toContainText("This may happen again");
  await page.getByRole("button", { name: "Not now" }).click();

  await page.getByRole("button", { name: "Retry from the failed step" }).click();
  await page.getByRole("button", { name: "Retry", exact: true }).click();
  await expect(page).not.toHaveURL(new RegExp(run));
  await expect(page.getByText("the run that it repeats")).toBeVisible();
});

test("it is run again with another input", async ({ signedIn: page, server }) => {
  server.deploy(MIXED);
  const run = server.trigger("mixed", { fail: true });
  await page.goto(`${server.url}/runs/${run}`);
  await page.getByRole("button", { name: "Run again with this input" }).click();
  const input = page.getByRole("textbox", { name: "Input" });
  await input.fill("{ fail: no");
  await page.getByRole("button", { name: "Run it" }).click();
  await expect(page.getByText(/This is not JSON/)).toBeVisible();
  await input.fill('{ "n": "many" }');
  await page.getByRole("button", { name: "Run it" }).click();
  await expect(page.getByRole("alert")).toContainText("n");
  await input.fill('{ "n": 2 }');
  await page.getByRole("button", { name: "Run it" }).click();
  await expect(page).not.toHaveURL(new RegExp(run));
  await expect(page.getByText("Succeeded").first()).toBeVisible();
});

test("a run is followed live, through a server that dies and comes back", async ({ signedIn: page, server }) => {
  server.deploy(NAPS);
  const run = server.trigger("naps");
  await page.goto(`${server.url}/runs/${run}`);
  await expect(page.getByText("following live")).toBeVisible();
  await expect(page.getByRole("treeitem", { name: /nap, waiting/ })).toBeVisible();
  await server.kill();
  await expect(page.getByText(/The line to the server is down/)).toBeVisible();
  await server.start();
  server.cli("emit", "wake.up");
  await expect(page.getByRole("treeitem", { name: /after, succeeded/ })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("Succeeded").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Output of the run" })).toContainText("ready and rested");
});

test("a run that goes on is cancelled, once it is confirmed", async ({ signedIn: page, server }) => {
  server.deploy(NAPS);
  const run = server.trigger("naps");
  await page.goto(`${server.url}/runs/${run}`);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await expect(page.getByText("Cancelled").first()).toBeVisible({ timeout: 15_000 });
});

test("the list is filtered, by keyboard too, and new runs appear by themselves", async ({ signedIn: page, server }) => {
  server.deploy(MIXED);
  server.deploy(NAPS);
  server.trigger("mixed");
  await page.goto(`${server.url}/runs`);
  const list = page.getByRole("main").getByRole("listitem");
  await expect(list.first()).toContainText("mixed");
  const before = await list.count();
  server.trigger("naps");
  await expect(list.first()).toContainText("naps");
  expect(await list.count()).toBeGreaterThan(before);
  await accessible(page);
  await page.keyboard.press("/");
  await page.keyboard.type("mixed");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/bot=mixed/);
  await expect(list.filter({ hasText: "naps" })).toHaveCount(0);
  await page.getByLabel("State", { exact: true }).selectOption("cancelled");
  await expect(page.getByRole("heading", { name: "No run is like this" })).toBeVisible();
  await page.getByLabel("Bot", { exact: true }).fill("no-such-bot");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "There is no bot of that name" })).toBeVisible();
  await page.getByRole("button", { name: "Show all runs" }).click();
  await expect(list.first()).toBeVisible();
});

test("a run of two thousand steps scrolls smoothly and draws only what is seen", async ({ signedIn: page, server }) => {
  server.deploy(`
bot: long
steps:
  - { id: list, set: "{{ Array.from({length: 1000}, (x, i) => i) }}" }
  - id: lines
    for_each: "{{ steps.list }}"
    as: item
    steps: [ { id: line, set: "{{ item }}" } ]
`);
  const run = server.trigger("long");
  await page.goto(`${server.url}/runs/${run}`);
  const steps = page.getByRole("tree");
  await expect(steps.getByRole("treeitem", { name: /item 9,/ })).toBeVisible();
  const seen = await steps.evaluate(async (box) => {
    const frames: number[] = [];
    let last = performance.now();
    for (let step = 0; step < 90; step++) {
      box.scrollTop += 400;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      frames.push(now - last);
      last = now;
    }
    frames.sort((a, b) => a - b);
    return { median: frames[45] ?? 0, rows: box.querySelectorAll("[role=treeitem]").length, top: box.scrollTop };
  });
  expect(seen.top).toBeGreaterThan(30_000);
  expect(seen.rows).toBeLessThan(120);
  // A bound for a busy machine: a list that is drawn whole takes some hundred milliseconds a frame.
  expect(seen.median).toBeLessThan(60);
});

test("a run that does not exist is said so", async ({ signedIn: page, server }) => {
  await page.goto(`${server.url}/runs/run_01a203a004e07d9ca9da47d38a36dcb3`);
  await expect(page.getByRole("alert")).toContainText("run_01a203a004e07d9ca9da47d38a36dcb3");
});
