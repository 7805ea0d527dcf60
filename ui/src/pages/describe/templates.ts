import { queryOptions } from "@tanstack/react-query";
import { data } from "../../api/client";
import type { Template } from "../../api/extra";

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: async ({ signal }) => {
    const response = await fetch("/api/v1/templates", { signal });
    const body: unknown = await response.json().catch(() => undefined);
    const answer = await data(Promise.resolve(response.ok ? { data: body as { items: Template[] }, response } : { error: body, response }));
    return answer.items;
  },
  staleTime: 5 * 60_000,
});

export const BLANK = `bot: my-bot
description: What it does, for people.
inputs:
  name: { type: string, default: world }
triggers:
  call: { webhook: { path: my-bot, respond: run } }
steps:
  - id: greeting
    set: "Hello, {{ inputs.name }}!"
  - return: { message: "{{ steps.greeting }}" }
`;
