// An agent's conversation beside its step: turns, uses of tools, an approval, at every width.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { accessible, expect, test } from "./server";

const HELPER = `bot: helper
inputs: { name: string }
steps:
  - return: "{{ inputs.name }} makes <b>machines</b>"
`;

const BRIEF = `bot: brief
steps:
  - id: brief
    agent: Prepare a brief on Acme
    model: agent
    tools: [ { call: helper, approve: true } ]
  - return: "{{ steps.brief }}"
`;

interface Asked {
  messages: { role: string }[];
}

/** A model that uses its tool once, and then answers. */
async function provider() {
  const http = createServer((request, response) => {
    void read(request).then((body) => {
      const turns = body.messages?.filter((message) => message.role === "assistant").length ?? 0;
      const use = { id: "c1", type: "function", function: { name: "helper", arguments: '{"name":"Acme"}' } };
      const message =
        turns === 0 ? { role: "assistant", content: "I look it up.", tool_calls: [use] } : { role: "assistant", content: "Acme makes machines." };
      const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ id: "1", object: "chat.completion", choices: [{ index: 0, message, finish_reason: turns === 0 ? "tool_calls" : "stop" }], usage }));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`, stop: () => (http.closeAllConnections(), http.close()) };
}

async function read(request: IncomingMessage): Promise<Partial<Asked>> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return text ? (JSON.parse(text) as Asked) : {};
}

test("an agent's conversation is read beside its step, and its tool approved there", async ({ signedIn: page, server }) => {
  const model = await provider();
  server.cli("connections", "add", "agents", "--connector", "openai_compatible", "--auth", "server", "--set", `base_url=${model.url}`, "--no-test");
  server.cli("models", "set", "agent", "--use", "agents/m");
  server.deploy(HELPER);
  server.deploy(BRIEF);
  const run = server.trigger("brief");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${server.url}/runs/${run}?step=brief`);
  const turns = page.getByRole("list", { name: "Turns of the agent" });
  await expect(turns.getByText("waits for an approval", { exact: true })).toBeVisible();
  await expect(turns.getByText("I look it up.")).toBeVisible();

  await page.getByRole("treeitem", { name: /approve/ }).click();
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await expect(page.getByText("Approved.", { exact: true })).toBeVisible();
  await page.getByRole("treeitem", { name: /^brief/ }).click();
  await expect(turns.getByText("Acme makes machines.", { exact: true })).toBeVisible({ timeout: 15_000 });
  await expect(turns.getByText(/^approved/)).toBeVisible();
  await turns.getByText("helper", { exact: true }).click();
  await expect(turns.getByText("Acme makes <b>machines</b>")).toBeVisible();
  await accessible(page);

  // On a telephone it opens over the steps.
  await page.setViewportSize({ width: 360, height: 780 });
  await page.goto(`${server.url}/runs/${run}?step=brief`);
  await expect(page.getByRole("dialog").getByText("I look it up.")).toBeVisible();
  await accessible(page);
  model.stop();
});
