// Shapes that the server's document does not name.
import type { Schemas } from "./client";

export type Draft = Schemas["Draft"] & { text?: string | null; fires?: Fires[] };
export type Checked = Schemas["Checked"] & { text?: string | null; fires?: Fires[] };

export interface Fires {
  trigger: string;
  timezone: string;
  times: string[];
}

export interface Outside {
  step: string;
  action: string;
  with: unknown;
}

export interface Tried {
  state: Schemas["RunState"];
  output: unknown;
  error?: Schemas["StepError"] | null;
  answer?: Schemas["HookAnswer"] | null;
  steps: Schemas["Step"][];
  outside: Outside[];
  diagnostics: Schemas["Diagnostic"][];
}

export interface Template {
  name: string;
  title: string;
  description: string;
  connectors: string[];
  triggers: string[];
  text: string;
}

export type BotRow = Schemas["Bot"] & {
  triggers?: Schemas["Trigger"][];
  last_run?: Schemas["RunRow"] | null;
  last_failure?: Schemas["RunRow"] | null;
};
