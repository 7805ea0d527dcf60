/** What somebody begins with who writes the definition. */
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
