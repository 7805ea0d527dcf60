// What a named model asks, and the connections that it can ask.
import type { Schemas } from "../../api/client";

export type Target = Schemas["ModelTarget"];

/** The connectors whose connections are language models (`CONNECTORS` of the gateway), with what a model is called there. */
export const PROVIDERS: Record<string, { title: string; example: string }> = {
  openai: { title: "OpenAI", example: "gpt-5-mini" },
  anthropic: { title: "Anthropic", example: "claude-sonnet-4-5" },
  gemini: { title: "Gemini", example: "gemini-2.5-flash" },
  mistral: { title: "Mistral", example: "mistral-small-latest" },
  azure_openai: { title: "Azure OpenAI", example: "name of the deployment" },
  bedrock: { title: "Amazon Bedrock", example: "anthropic.claude-sonnet-4-5-20250929-v1:0" },
  openai_compatible: { title: "Ollama, vLLM and others", example: "qwen2.5" },
  replay: { title: "Answers out of files", example: "gpt-5-mini" },
};

/** The names of a target's connections: one, or a pool that shares the load. */
export function connectionsOf({ connection }: Target): string[] {
  const all = Array.isArray(connection) ? connection : [connection];
  return all.filter((name): name is string => typeof name === "string");
}
