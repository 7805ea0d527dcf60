// The pages of evaluations, against the real server: a run becomes a case, cases are edited, models are compared.
import { Provider } from "./provider";
import { accessible, expect, test } from "./server";

const BOT = `bot: label
inputs: { title: string }
steps:
  - { id: label, ask: "Label this issue: {{ inputs.title }}", model: fast }
  - return: "{{ steps.label }}"
`;

test("a run becomes a case, and models are compared by cases", async ({ signedIn: page, server }) => {
  // Eight pages and dialogs are looked at in three widths and two themes each.
  test.slow();
  const provider = new Provider();
  await provider.start();
  server.cli("connections", "add", "mine", "--connector", "openai_compatible", "--auth", "server", "--set", `base_url=${provider.url}`, "--no-test");
  server.cli("models", "set", "fast", "--use", "mine/clear");
  server.cli("models", "set", "smart", "--use", "mine/wordy");
  server.cli("models", "price", "set", "openai_compatible", "*", "--input", "1", "--output", "2");
  await page.goto(`${server.url}/evaluations`);
  await expect(page.getByRole("heading", { name: "No suite yet" })).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });

  server.deploy(BOT);
  await page.goto(`${server.url}/runs/${server.trigger("label", { title: "It crashes" })}?step=label`);
  await expect(page.getByText("Output of the run")).toBeVisible();
  await page.getByRole("button", { name: "Make a case of this" }).first().click();
  await expect(page.getByLabel("Name of the new suite")).toHaveValue("label-label");
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByLabel("Name of the new suite").fill("labels");
  await page.getByRole("button", { name: "Make it", exact: true }).click();
  const cases = page.getByRole("region", { name: "Cases, as a table" });
  await expect(cases).toContainText("it is a bug");
  await expect(cases).toContainText('{"title":"It crashes"}');
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });

  // A second case by hand: what is no JSON is said, and a check is written.
  await page.getByRole("button", { name: "Add a case" }).click();
  await page.getByLabel("Name", { exact: true }).fill("another <b>crash</b>");
  await page.getByLabel("Inputs").fill("{");
  await expect(page.getByText("This is no JSON")).toBeVisible();
  await page.getByLabel("Inputs").fill('{"title": "It hangs"}');
  await page.getByRole("button", { name: "Add a check" }).click();
  await page.getByLabel("Check", { exact: true }).selectOption({ label: "does not contain" });
  await page.getByLabel("What", { exact: true }).fill("may well be");
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole("button", { name: "Store it" }).click();
  await expect(cases).toContainText("it does not contain may well be");

  await page.getByRole("button", { name: "Evaluate …" }).click();
  await page.getByLabel("fast", { exact: true }).check();
  await page.getByLabel("smart", { exact: true }).check();
  await page.getByLabel("Ask each so often").fill("2");
  await expect(page.getByText("8 questions")).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole("button", { name: "Begin", exact: true }).click();
  await expect(page.getByText("8 of 8 questions answered")).toBeVisible({ timeout: 30_000 });
  const table = page.getByRole("region", { name: "Variants, as a table" });
  await expect(table.getByRole("row").filter({ hasText: "fast" })).toContainText("100.0 % 4 of 4");
  await expect(table.getByRole("row").filter({ hasText: "smart" })).toContainText("0.0 % 0 of 4");
  const answers = page.getByRole("list", { name: "Answers" }).getByRole("listitem");
  const wrong = answers.filter({ hasText: "another <b>crash</b>, smart" }).first();
  await expect(wrong).toContainText("it contains “may well be”");
  await wrong.getByRole("button", { expanded: false }).first().click();
  await expect(wrong.getByRole("region", { name: /What was asked/ })).toContainText("Label this issue: It hangs");
  await expect(wrong.getByRole("region", { name: /What was answered/ })).toContainText("<b>Or not.</b>");
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });

  // As text; what does not do is said, and the suite goes.
  await page.getByRole("link", { name: "labels", exact: true }).click();
  await expect(page.getByRole("list", { name: "Evaluations" })).toContainText("50.0 % of 8 answers right");
  await page.getByRole("button", { name: "Edit as text" }).click();
  await page.getByRole("textbox", { name: "The suite" }).fill("suite: labels\nevaluates: {}\n");
  await page.getByRole("button", { name: "Store it" }).click();
  await expect(page.getByText("E-EVAL-001")).toBeVisible();
  await page.getByRole("button", { name: "Leave it" }).click();
  await page.getByRole("button", { name: "Remove …" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByRole("heading", { name: "No suite yet" })).toBeVisible();
  await expect(page.getByRole("list", { name: "Evaluations" })).toContainText("labels");
  await accessible(page);
  await provider.stop();
});
