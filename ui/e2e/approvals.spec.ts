// Approvals: asked in the interface and by a link in a mail, decided once, told everywhere.
import { accessible, expect, test, type Server } from "./server";

const ORDER = `
bot: order
inputs: { id: integer }
steps:
  - id: ok
    approve: "Fulfil <b>order</b> {{ inputs.id }}?"
    to: [boss@example.com]
    form:
      reason: { type: string, description: Why it may go out }
      parts: { type: integer, required: false }
      way: { enum: [truck, bike], required: false }
    expires: 2d
    on_reject: continue
  - return: "{{ steps.ok }}"
`;

interface Mail {
  mail: { to: string[]; text: string };
}

/** The link in the mail that asks somebody about an order. */
async function link(server: Server, order: number, to: string): Promise<string> {
  let found = "";
  await expect
    .poll(() => {
      const { items } = JSON.parse(server.cli("outbox", "--json")) as { items: Mail[] };
      const about = `</b> ${order}?`;
      const asks = ({ mail }: Mail) => mail.to.includes(to) && mail.text.includes(about);
      const text = items.find(asks)?.mail.text ?? "";
      found = /http:\S+\/approvals\/\S+/.exec(text)?.[0] ?? "";
      return found;
    })
    .not.toBe("");
  return found;
}

test("what a bot asks is answered on its page", async ({ signedIn: page, server }) => {
  await page.goto(`${server.url}/approvals`);
  await expect(page.getByRole("heading", { name: "Nothing waits for an answer" })).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });
  server.deploy(ORDER);
  server.trigger("order", { id: 1 });
  const open = page.getByRole("list", { name: "Open approvals" }).getByRole("article");
  await expect(open).toContainText("Fulfil <b>order</b> 1?", { timeout: 20_000 });
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });

  // What does not fit stands beside its field.
  await open.getByLabel("parts").fill("many");
  await open.getByRole("button", { name: "Approve" }).click();
  await expect(open.getByLabel("reason")).toHaveAttribute("aria-invalid", "true");
  await expect(open.getByLabel("parts")).toHaveAttribute("aria-invalid", "true");
  await open.getByText("Somebody else should decide").click();
  await open.getByLabel("Their email address").fill("deputy@example.com");
  await open.getByRole("button", { name: "Hand it on" }).click();
  await expect(page.getByText("deputy@example.com is asked, too.")).toBeVisible();
  await open.getByLabel("reason").fill("in stock");
  await open.getByLabel("parts").fill("2");
  await open.getByLabel("way").selectOption("bike");
  await open.getByLabel("Comment").fill("go <i>on</i>");
  await open.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByRole("heading", { name: "Nothing waits for an answer" })).toBeVisible();
  const decided = page.getByRole("list", { name: "Decided approvals" });
  await expect(decided).toContainText("by owner");
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 860 });

  await decided.getByRole("link", { name: /Fulfil/ }).click();
  await expect(page.getByRole("heading", { name: "Fulfil <b>order</b> 1?" })).toBeVisible();
  await expect(page.getByText("go <i>on</i>").first()).toBeVisible();
  await expect(page.getByRole("list", { name: "Who is asked" })).toContainText("deputy@example.com was told, kept in the outbox");
  await expect(page.getByRole("list", { name: "What happened" })).toContainText("owner handed it on to deputy@example.com");
  await accessible(page);
});

test("a run that waits is answered beside its step", async ({ signedIn: page, server }) => {
  server.deploy(ORDER);
  const run = server.trigger("order", { id: 2 });
  await page.setViewportSize({ width: 1600, height: 1000 });
  await page.goto(`${server.url}/runs/${run}`);
  await expect(page.getByText("waits for an approval").first()).toBeVisible();
  await page.getByRole("button", { name: "Reject" }).click();
  await expect(page.getByText("Rejected.", { exact: true })).toBeVisible();
  await expect(page.getByText(/rejected by owner/)).toBeVisible();
  await expect(page.getByRole("main").getByText("Succeeded").first()).toBeVisible();
  await accessible(page);
});

test("the link in a mail decides without signing in and without a script", async ({ browser, server }) => {
  server.deploy(ORDER);
  const run = server.trigger("order", { id: 3 });
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const url = await link(server, 3, "boss@example.com");
  await page.goto(url);
  await expect(page.getByRole("heading", { name: "Please decide" })).toBeVisible();
  await expect(page.getByText("Fulfil <b>order</b> 3?")).toBeVisible();
  await page.getByText("Somebody else should decide").click();
  await page.getByLabel(/Their email address/).fill("aide@example.com");
  await page.getByRole("button", { name: "Hand it on" }).click();
  await expect(page.getByText("You handed this on to aide@example.com")).toBeVisible();

  await page.goto(await link(server, 3, "aide@example.com"));
  await expect(page.getByText("boss@example.com handed this on to you.")).toBeVisible();
  // A browser keeps back what lacks a required field; what it cannot know comes back marked.
  await page.getByLabel(/reason/).fill("in stock");
  await page.getByLabel(/way/).selectOption("truck");
  await page.getByLabel(/Comment/).fill("fine");
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByRole("heading", { name: "Approved" })).toBeVisible();
  await expect(page.getByText(/Approved by aide@example.com at/)).toBeVisible();
  await page.goto(url);
  await expect(page.getByText(/Approved by aide@example.com at/)).toBeVisible();
  await expect(page.getByRole("button")).toHaveCount(0);
  await context.close();
  const shown = JSON.parse(server.cli("run", "show", run, "--json")) as { output: { by: string; form: unknown } };
  expect([shown.output.by, shown.output.form]).toEqual(["aide@example.com", { reason: "in stock", parts: null, way: "truck" }]);
});

test("the pages behind a link can be used by everybody", async ({ page, server }) => {
  server.deploy(ORDER);
  server.trigger("order", { id: 4 });
  const url = await link(server, 4, "boss@example.com");
  await page.goto(url);
  await accessible(page, { themed: false });
  await page.getByText("Somebody else should decide").click();
  await accessible(page, { themed: false });
  await page.getByLabel(/Their email address/).fill("boss@example.com");
  await page.getByRole("button", { name: "Hand it on" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await accessible(page, { themed: false });
  await page.getByRole("button", { name: "Reject" }).click();
  await expect(page.getByRole("heading", { name: "Rejected" })).toBeVisible();
  await accessible(page, { themed: false });
  await page.goto(url.slice(0, -3));
  await expect(page.getByRole("heading", { name: "This is not one of our links" })).toBeVisible();
  await accessible(page, { themed: false });
});
