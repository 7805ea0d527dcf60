// A provider of language models that says what the test wants: it speaks OpenAI's language on a port of its own.
import { createServer, type IncomingMessage, type Server as Http } from "node:http";
import type { AddressInfo } from "node:net";

/** What each of its models answers; `null` fails as an overloaded provider does. */
const ANSWERS: Record<string, { text: string; input: number; output: number; cached?: number } | null> = {
  clear: { text: "a bug", input: 1_200, output: 40, cached: 1_000 },
  wordy: { text: "It may well be that this is a bug. <b>Or not.</b>", input: 2_000, output: 900 },
  broken: null,
  // A bot that posts only large lists: what the test of the builder asks for.
  builder: {
    text: JSON.stringify({
      definition: {
        bot: "fetch-orders",
        triggers: { schedule: { schedule: "0 9 * * *" } },
        steps: [
          { id: "orders", do: "http.get", with: { url: "https://a.example/orders" } },
          {
            if: "{{ steps.orders.body.length > 3 }}",
            then: [{ id: "tell_sales", do: "slack.post_message", connection: "slack", with: { channel: "#sales", text: "{{ steps.orders.body }}" } }],
          },
        ],
      },
      says: "It posts only when there are more than three.",
    }),
    input: 6_000,
    output: 300,
  },
};

export class Provider {
  url = "";
  private http: Http | null = null;

  async start() {
    const http = createServer((request, response) => {
      void read(request).then((body) => {
        const answer = ANSWERS[body.model];
        response.setHeader("content-type", "application/json");
        if (!answer) {
          response.statusCode = 503;
          return response.end(JSON.stringify({ error: { message: "overloaded, <i>try later</i>", type: "server_error" } }));
        }
        const { text, input, output, cached = 0 } = answer;
        const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output, prompt_tokens_details: { cached_tokens: cached } };
        const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
        return response.end(JSON.stringify({ id: "chatcmpl-1", object: "chat.completion", created: 1, model: body.model, choices, usage }));
      });
    });
    this.http = http;
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`;
  }

  async stop() {
    const http = this.http;
    if (!http) return;
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  }
}

async function read(request: IncomingMessage): Promise<{ model: string }> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return JSON.parse(text) as { model: string };
}
