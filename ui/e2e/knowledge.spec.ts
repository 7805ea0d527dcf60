// The pages of knowledge, against the real server: documents are given, indexed, refused, searched, removed.
import { accessible, expect, test } from "./server";

const HANDBOOK = `# Handbook

## Leave

Everybody has thirty days of leave each year, and takes ten of them in one piece.

## Travel

Trains are paid in second class.
`;

test("a base is made, filled, searched and removed", async ({ signedIn: page, server }) => {
  await page.goto(`${server.url}/knowledge`);
  await expect(page.getByRole("heading", { name: "No knowledge base yet" })).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole("button", { name: "New knowledge base" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("handbook");
  await page.getByLabel("What is in it").fill("Rules of the house <b>& more</b>");
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole("button", { name: "Make it" }).click();
  await expect(page.getByText("Rules of the house <b>& more</b>")).toBeVisible();
  await expect(page.getByText("Nothing is in it yet")).toBeVisible();

  await page.getByLabel("Files").setInputFiles([
    { name: "handbook.md", mimeType: "text/markdown", buffer: Buffer.from(HANDBOOK) },
    { name: "broken.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 and nothing else") },
  ]);
  const documents = page.getByRole("list", { name: "Documents", exact: true }).getByRole("listitem");
  const good = documents.filter({ hasText: "handbook.md" });
  await expect(good.getByText("Ready")).toBeVisible({ timeout: 30_000 });
  await expect(good).toContainText("2 of 2 passages");
  const bad = documents.filter({ hasText: "broken.pdf" });
  await expect(bad.getByText("Failed")).toBeVisible({ timeout: 30_000 });
  await expect(bad).toContainText("E-KNOW-005");
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });

  await page.getByLabel("Files").setInputFiles([{ name: "handbook.md", mimeType: "text/markdown", buffer: Buffer.from(HANDBOOK) }]);
  await expect(page.getByRole("list", { name: "Given now" })).toContainText("as it was");

  await page.getByLabel("What is asked").fill("How many days of leave are there?");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  const first = page.getByRole("list", { name: "Passages" }).getByRole("listitem").first();
  await expect(first).toContainText("[1] Handbook › Leave");
  await expect(first.locator("mark").filter({ hasText: "leave" })).toHaveCount(1);
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });

  await page.getByRole("button", { name: "Remove broken.pdf" }).click();
  await expect(bad).toHaveCount(0);
  await page.goto(`${server.url}/knowledge`);
  await expect(page.getByRole("list", { name: "Knowledge bases" })).toContainText("1 document, 2 passages");
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole("link", { name: "handbook" }).click();
  await page.getByRole("button", { name: "Remove …" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByRole("heading", { name: "No knowledge base yet" })).toBeVisible();
});
