// The whole way of a bot, from a sentence to a run that is watched, at each width, light and dark.
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { accessible, expect, SCHEMES, test, WIDTHS } from "./server";

// Not in step with this process, which is also the shop that the bot calls.
const shell = async (line: string) => (await promisify(execFile)("sh", ["-c", line])).stdout;

for (const scheme of SCHEMES) {
  for (const size of WIDTHS) {
    test(`a sentence becomes a bot that runs: ${size.width} px, ${scheme}`, async ({ signedIn: page, server }) => {
      // Whoever takes the large orders.
      const orders: string[] = [];
      const shop = createServer((request, response) => {
        let body = "";
        request.on("data", (part: Buffer) => (body += part.toString()));
        request.on("end", () => {
          orders.push(`${request.url} ${body}`);
          response.end("ok");
        });
      });
      await new Promise<void>((resolve) => void shop.listen(0, "127.0.0.1", resolve));
      const { port } = shop.address() as AddressInfo;
      const name = `orders-${size.width}-${scheme}`;

      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize(size);
      await page.goto(server.url);
      await page
        .getByLabel("What should happen?")
        .fill(
          `When a webhook order arrives and its total is over 1000, post it to http://127.0.0.1:${port}/big and email sales, otherwise answer with 'thanks'`,
        );
      await page.getByRole("button", { name: "Draft the bot" }).click();

      // It asks what it cannot know.
      await page.getByLabel(/Which e-mail address/).fill("sales@example.com");
      await page.getByRole("button", { name: "Answer", exact: true }).click();
      await expect(page.getByLabel(/Which e-mail address/)).toBeHidden();
      const main = page.getByRole("main");
      await expect(main.getByRole("button", { name: /Mail: send.*sales@example.com/ })).toBeVisible();

      // The definition can be changed beside the drawing.
      const path = `${name}-hook`;
      await expect(page.getByRole("textbox", { name: "The definition, as YAML" })).toContainText("sales@example.com");
      await main.getByRole("button", { name: /Webhook.*hooks\/order/ }).click();
      await page.getByLabel("Path", { exact: true }).fill(path);
      // On narrow screens the form lies over the page.
      if (size.width < 1280) await page.getByRole("button", { name: "Close", exact: true }).click();
      const deploy = page.locator("section", { has: page.getByRole("heading", { name: "Deploy it" }) });
      await deploy.getByLabel("Name").fill(name);
      await expect(main.getByRole("button", { name: new RegExp(`hooks/${path}`) })).toBeVisible();
      await expect(page.getByText("Checked: nothing is wrong.")).toBeVisible();

      // A try does nothing, and says what it would have done.
      await page.getByRole("button", { name: "Try it" }).click();
      await expect(page.getByText("2 things would have left this machine.")).toBeVisible();
      await expect(page.getByRole("heading", { name: "What would have left" })).toBeVisible();
      expect(orders).toEqual([]);

      // Deployed, it waits for its first call: the line that is shown makes it.
      await page.getByRole("button", { name: "Deploy", exact: true }).click();
      await expect(page.getByRole("heading", { name: "Waiting for the first call" })).toBeVisible();
      const line = await page.getByRole("region", { name: "Call order" }).innerText();
      await shell(line);
      await expect(page.getByRole("heading", { name: "The last run" })).toBeVisible();
      expect(orders).toEqual(['/big {"total":1200}']);
      await page.getByRole("link", { name: "Watch this run" }).click();
      await expect(page.getByText("Succeeded").first()).toBeVisible();
      await expect(page.getByRole("treeitem", { name: /mail, succeeded/ })).toBeVisible();

      expect(await shell(line.replace("1200", "12"))).toBe("thanks");
      await page.goto(`${server.url}/outbox`);
      await page.getByRole("link", { name: /Order: total is over 1000/ }).first().click();
      await expect(page.getByRole("article")).toContainText("sales@example.com");
      shop.close();
    });
  }
}

test("a draft is accessible, drawn and as a list", async ({ signedIn: page, server }) => {
  await page.goto(`${server.url}/?sentence=${encodeURIComponent("Every weekday at 9 Berlin time, fetch https://example.com/invoices and email it to finance@example.com")}`);
  await expect(page.getByText("It fires next")).toBeVisible();
  await expect(page.getByText("Checked: nothing is wrong.")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "List" }).click();
  await expect(page.getByRole("list", { name: "Steps" }).getByRole("listitem")).not.toHaveCount(0);
  await page.getByRole("list", { name: "Steps" }).getByRole("button").first().click();
  await accessible(page);
});
