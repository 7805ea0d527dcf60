// The conversation beside a draft: changes in words, pieces, undo, and what a language model proposes.
import { accessible, expect, test as base } from "./server";
import { Provider } from "./provider";

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

const SENTENCE = "every day at 9 fetch https://a.example/orders and post it to #sales";

test("a draft is changed in words, in pieces, and back", async ({ signedIn: page, server }) => {
  await page.goto(`${server.url}/?sentence=${encodeURIComponent(SENTENCE)}`);
  const yaml = page.getByRole("textbox", { name: "The definition, as YAML" });
  const words = page.getByLabel("What should be different?");
  const proposal = page.getByRole("region", { name: "Proposed change" });
  await words.fill("also email it to boss@example.com");
  await page.getByRole("button", { name: "Say it" }).click();
  await expect(proposal).toContainText("boss@example.com");
  await words.fill("make it hourly");
  await words.press("Enter");
  await expect(proposal).toContainText("0 * * * *");
  await expect(yaml).toContainText("0 9 * * *");
  await expect(proposal.getByRole("checkbox")).toHaveCount(2);
  await accessible(page);

  // Only the second piece.
  await proposal.getByRole("checkbox").first().uncheck();
  await proposal.getByRole("button", { name: "Accept 1 of 2" }).click();
  await expect(proposal).toBeHidden();
  await expect(yaml).toContainText("boss@example.com");
  await expect(yaml).toContainText("0 9 * * *");

  await words.fill("why is step 1 needed?");
  await page.getByRole("button", { name: "Say it" }).click();
  await expect(page.getByRole("list", { name: "The conversation" })).toContainText("used by step 2");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(yaml).not.toContainText("boss@example.com");

  // It is kept: the first page leads back to it.
  await page.goto(server.url);
  await page.getByRole("link", { name: SENTENCE }).first().click();
  await expect(page.getByRole("list", { name: "The conversation" })).toContainText("used by step 2");
  await accessible(page);
});

test("what words alone cannot change, a language model proposes", async ({ signedIn: page, server, provider }) => {
  server.cli("connections", "add", "mind", "--connector", "openai_compatible", "--auth", "server", "--set", `base_url=${provider.url}`, "--no-test");
  server.cli("models", "set", "smart", "--use", "mind/builder");
  await page.goto(`${server.url}/?sentence=${encodeURIComponent(SENTENCE)}`);
  await page.getByLabel("What should be different?").fill("post it if there are more than three orders");
  await page.getByRole("button", { name: "Say it" }).click();
  const proposal = page.getByRole("region", { name: "Proposed change" });
  await expect(proposal).toContainText("Proposed by a language model, and checked");
  await expect(proposal).toContainText("length > 3");
  await accessible(page);
  await proposal.getByRole("button", { name: "Accept", exact: true }).click();
  await expect(page.getByRole("textbox", { name: "The definition, as YAML" })).toContainText("length > 3");
});
