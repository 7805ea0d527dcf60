// The pages of language models, against a provider that answers and one that does not.
import { accessible, expect, test as base, type Server } from "./server";
import { Provider } from "./provider";
import type { Page } from "@playwright/test";

const test = base.extend<object, { provider: Provider }>({
  provider: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of what is wanted from it
    async ({}, use) => {
      const provider = new Provider();
      await provider.start();
      await use(provider);
      await provider.stop();
    },
    { scope: "worker" },
  ],
});

const LABELS = `
bot: labels
inputs: { title: string }
steps:
  - { id: label, ask: "Which label fits: {{ inputs.title }}?", model: clear }
  - { id: again, ask: "In many words: {{ inputs.title }}", model: wordy }
  - { return: "{{ steps.label }}" }
`;

function connect(server: Server, provider: Provider) {
  for (const name of ["house", "cellar"]) {
    // Untested: while the command is waited for, the provider, of this process, cannot answer.
    server.cli("connections", "add", name, "--connector", "openai_compatible", "--auth", "server", "--set", `base_url=${provider.url}`, "--no-test");
  }
}

/** What every test but the first needs: a connection, its prices, and models over it. Said again, it stays the same. */
function models(server: Server, provider: Provider) {
  if (!server.cli("connections", "list").includes("house")) connect(server, provider);
  server.cli("models", "price", "set", "openai_compatible", "*", "--input", "5", "--output", "20");
  server.cli("models", "set", "clear", "--use", "cellar/broken", "--use", "house/clear", "--cache", "1h");
  server.cli("models", "set", "wordy", "--use", "house/wordy");
}

/** A run of the bot that asks, until it has ended. */
async function label(page: Page, server: Server, title: string): Promise<string> {
  server.deploy(LABELS);
  const run = server.trigger("labels", { title });
  await page.goto(`${server.url}/runs/${run}`);
  await expect(page.getByText("Succeeded").first()).toBeVisible({ timeout: 30_000 });
  return run;
}

test("what is empty says what to do first, and a model is named, tried, changed and removed", async ({ signedIn: page, server, provider }) => {
  await page.goto(`${server.url}/costs`);
  await expect(page.getByRole("heading", { name: "Nothing was spent yet" })).toBeVisible();
  await accessible(page);
  await page.getByRole("tab", { name: "Budgets" }).click();
  await expect(page.getByRole("heading", { name: "Nothing bounds what models cost" })).toBeVisible();
  await page.goto(`${server.url}/models`);
  await expect(page.getByRole("heading", { name: "Connect a provider first" })).toBeVisible();
  await accessible(page);

  connect(server, provider);
  await page.reload();
  await expect(page.getByRole("heading", { name: "No model has a name yet" })).toBeVisible();
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole("button", { name: "Name a model" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("first");
  const places = page.getByRole("list", { name: "Providers, in order" }).getByRole("listitem");
  await places.getByLabel("Connection", { exact: true }).selectOption("house");
  await places.getByLabel("Its model").fill("clear");
  await page.getByRole("button", { name: "Add a fallback" }).click();
  await places.last().getByLabel("Connection", { exact: true }).selectOption("cellar");
  await places.last().getByLabel("Its model").fill("broken");
  await page.getByRole("button", { name: "Ask number 2 earlier" }).click();
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByText("Patience, cache and limits").click();
  await page.getByLabel("One provider has").fill("soon");
  await page.getByRole("button", { name: "Add the model" }).click();
  await expect(page.getByRole("alert")).toContainText("`soon` is no duration");
  await page.getByLabel("One provider has").fill("20s");
  await page.getByRole("button", { name: "Add the model" }).click();

  const card = page.getByRole("list", { name: "Models", exact: true }).getByRole("listitem").filter({ has: page.getByRole("heading", { name: "first" }) });
  const providers = card.getByRole("list", { name: "Providers of first, in order" });
  await expect(providers.getByRole("link", { name: /cellar|house/ })).toHaveText(["cellar", "house"]);
  await expect(card).toContainText("Each has 20s to answer");
  await expect(providers.getByText("Not asked yet")).toHaveCount(2);
  await expect(providers.getByText("No price: not asked under a budget")).toHaveCount(2);

  // Three failures, and the first is left alone; the second answers all the same.
  await card.getByRole("button", { name: "Ask first something" }).click();
  for (let times = 1; times <= 3; times += 1) {
    const answered = page.waitForResponse((response) => response.url().endsWith("/v1/chat/completions"));
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    expect((await answered).status()).toBe(200);
  }
  await expect(page.getByRole("dialog").getByText("a bug", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Close" }).last().click();
  await expect(providers.getByText(/Left alone, \d s yet/)).toBeVisible();
  await expect(providers).toContainText("overloaded, <i>try later</i>");
  await expect(providers.getByText("Well", { exact: true })).toBeVisible();
  await accessible(page);

  await card.getByRole("button", { name: "Change first" }).click();
  await page.getByRole("button", { name: "Take out number 1" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(providers.getByRole("link", { name: /cellar|house/ })).toHaveText(["house"]);
  await expect(card).toContainText("Each has 20s to answer");
  await card.getByRole("button", { name: "Remove first" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByRole("heading", { name: "No model has a name yet" })).toBeVisible();
});

test("prices are told with their day and source; one's own go before, until they are removed", async ({ signedIn: page, server, provider }) => {
  models(server, provider);
  await page.goto(`${server.url}/models?view=prices`);
  await expect(page.getByRole("row", { name: /gpt-5-mini/ }).first()).toContainText("$0.25");
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole("button", { name: "Set a price" }).click();
  await page.getByLabel("Model", { exact: false }).last().fill("clear");
  await page.getByLabel("Input", { exact: true }).fill("7");
  await page.getByLabel("Output", { exact: true }).fill("20");
  await page.getByRole("button", { name: "Set it" }).click();
  await expect(page.getByRole("row", { name: /^clear/ })).toContainText("yours");
  await page.getByRole("tab", { name: "Models" }).click();
  const priced = page.getByRole("list", { name: "Providers of clear, in order" }).getByRole("listitem").filter({ hasText: "clear" });
  await expect(priced.first()).toContainText("$7 in, $20 out");
  await page.getByRole("tab", { name: "Prices" }).click();
  await page.getByRole("button", { name: "Remove your prices of clear" }).click();
  await page.getByRole("button", { name: "Remove them" }).click();
  await expect(page.getByRole("row", { name: /^clear/ })).toHaveCount(0);
  await page.getByRole("tab", { name: "Models" }).click();
  await expect(priced.first()).toContainText("$5 in, $20 out");
});

test("a step of a run tells who answered and what it cost; its prompt is shown where it was kept", async ({ signedIn: page, server, provider }) => {
  models(server, provider);
  await page.setViewportSize({ width: 1400, height: 900 });
  await label(page, server, "It crashes <b>at once</b>");
  const calls = page.getByRole("list", { name: "Calls of models" });
  await expect(calls).toContainText("house/clear");
  await expect(calls).toContainText("1,200 tokens in, 40 out, $0.0068");
  // Nobody said that prompts are kept.
  await calls.getByRole("button", { name: "Show prompt and answer" }).click();
  await expect(calls.getByText("They were not kept.")).toBeVisible();

  await page.goto(`${server.url}/models?view=settings`);
  await page.getByLabel("Keep prompts and answers").check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The settings are saved.")).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 1400, height: 900 });
  await label(page, server, "It crashes <b>later</b>");
  await calls.getByRole("button", { name: "Show prompt and answer" }).click();
  await expect(calls.getByRole("region", { name: "user" })).toHaveText("Which label fits: It crashes <b>later</b>?");
  await expect(calls.getByRole("region", { name: "Answer" })).toHaveText("a bug");
  await accessible(page);
  await page.setViewportSize({ width: 1400, height: 900 });

  // The same question once more is answered by the cache.
  await label(page, server, "It crashes <b>later</b>");
  await expect(calls.getByText("From the cache")).toBeVisible();
  await expect(calls).toContainText("$0.0068 saved");
});

test("costs are drawn by day, and told by run and step", async ({ signedIn: page, server, provider }) => {
  models(server, provider);
  const run = await label(page, server, "Where does the money go?");
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto(`${server.url}/costs`);
  const today = page.getByRole("table", { name: "Spending by day" }).getByRole("row").nth(1);
  await expect(today).toContainText(/\$0\.\d*[1-9]/);
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole("button", { name: "Show as a table" }).click();

  await page.getByRole("tab", { name: "Run", exact: true }).click();
  const line = page.getByRole("row").filter({ hasText: run });
  await line.getByRole("button", { name: "its steps" }).click();
  const steps = page.getByRole("list", { name: `Steps of ${run}` });
  await expect(steps.getByRole("listitem").first()).toContainText("1 call, $0.0280");
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^costs-by-run-\d{4}-\d\d-\d\d\.csv$/);
  const csv = await new Response(await file.createReadStream() as unknown as ReadableStream).text();
  expect(csv).toContain(`\n${run},2,`);
  await steps.getByRole("link", { name: "again" }).click();
  await expect(page).toHaveURL(new RegExp(`${run}\\?step=again`));
  await expect(page.getByRole("treeitem", { selected: true })).toHaveAccessibleName(/^again/);

});

test("a budget says how much is used, and refuses what it has not left", async ({ signedIn: page, server, provider }) => {
  models(server, provider);
  await label(page, server, "How much is left?");
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto(`${server.url}/costs?view=budgets`);
  await page.getByRole("button", { name: "Set a budget" }).first().click();
  await page.getByLabel("For", { exact: true }).selectOption("bot");
  await page.getByLabel("Which", { exact: true }).selectOption("labels");
  await page.getByLabel("By", { exact: true }).selectOption("day");
  await page.getByLabel("At most").fill("0.001");
  await accessible(page);
  await page.getByRole("button", { name: "Set it" }).click();
  const budget = page.getByRole("list", { name: "Budgets" }).getByRole("listitem").filter({ hasText: "labels" });
  await expect(budget).toContainText("of $0.001 spent");
  await expect(budget).toContainText("Used up");
  await expect(budget.getByRole("meter")).toHaveAttribute("aria-valuenow", "100");
  await accessible(page);

  // What it has not left is refused, and the log says so.
  const refused = server.trigger("labels", { title: "Too late" });
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto(`${server.url}/runs/${refused}`);
  await expect(page.getByText("Failed").first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("E-LLM-002").first()).toBeVisible();
  await page.goto(`${server.url}/costs?view=budgets`);
  await budget.getByRole("button", { name: /^Change/ }).click();
  await page.getByLabel("At most").fill("5");
  await page.getByRole("button", { name: "Change it" }).click();
  await expect(budget).toContainText("Well");
  await budget.getByRole("button", { name: /^Remove/ }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByRole("heading", { name: "Nothing bounds what models cost" })).toBeVisible();

});

test("every call is found by day, bot and run", async ({ signedIn: page, server, provider }) => {
  models(server, provider);
  const run = await label(page, server, "Who asked this?");
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto(`${server.url}/costs?view=calls`);
  await page.getByLabel("Bot", { exact: true }).selectOption("labels");
  await page.getByLabel("Run", { exact: true }).fill(run);
  await page.keyboard.press("Enter");
  const calls = page.getByRole("list", { name: "Calls" }).getByRole("listitem");
  await expect(calls).toHaveCount(2);
  await calls.first().getByRole("button").first().click();
  await expect(calls.first()).toContainText("2,000 in, 900 out");
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByLabel("Days", { exact: true }).selectOption("before");
  await expect(page.getByRole("heading", { name: "No call is like this" })).toBeVisible();
  await page.getByRole("button", { name: "Show the last 90 days of all" }).click();
  await expect(calls.first()).toBeVisible();
});
