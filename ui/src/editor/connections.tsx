// The connections that a definition names, and which of the workspace's they are bound to.
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { connectionsQuery } from "../api/queries";
import { Button } from "../components/button";
import { Select } from "../components/field";
import { allSteps, isFields, type Flow } from "../flow/model";
import { AddConnection } from "../pages/connections/add";

export interface Use {
  name: string;
  connector: string;
}

/** The connections that steps and triggers name. */
export function connectionsOf(flow: Flow): Use[] {
  const uses = new Map<string, Use>();
  const add = (name: unknown, connector: unknown) => {
    if (typeof name === "string" && typeof connector === "string" && !uses.has(name)) {
      uses.set(name, { name, connector: connector.split(".")[0] ?? "" });
    }
  };
  for (const step of allSteps([...flow.steps, ...flow.onError])) add(step.raw.connection, step.raw.do);
  for (const trigger of flow.triggers) {
    add(trigger.raw.connection, trigger.raw.app);
    const hook = trigger.raw.webhook;
    if (isFields(hook) && isFields(hook.verify)) add(hook.verify.connection, "webhook");
  }
  return [...uses.values()];
}

interface BindProps {
  uses: Use[];
  bind: Record<string, string>;
  onBind: (bind: Record<string, string>) => void;
}

export function Bindings({ uses, bind, onBind }: BindProps) {
  const connections = useQuery(connectionsQuery);
  const [adding, setAdding] = useState<Use>();
  if (uses.length === 0) return null;
  return (
    <>
      <ul className="grid gap-3">
        {uses.map((use) => {
          const fitting = (connections.data ?? []).filter((each) => each.connector === use.connector);
          const bound = bind[use.name] ?? fitting.find((each) => each.name === use.name)?.name ?? "";
          const label = `Connection for ${use.name}`;
          return (
            <li key={use.name} className="flex flex-wrap items-center gap-x-3 gap-y-2">
              {bound ? (
                <CircleCheck aria-hidden size={18} className="shrink-0 text-good" />
              ) : connections.isPending ? null : (
                <TriangleAlert aria-hidden size={18} className="shrink-0 text-warn" />
              )}
              <span className="min-w-0 flex-1 basis-32 wrap-anywhere">
                <code className="font-medium">{use.name}</code> <span className="text-soft">for {use.connector}</span>
                {!bound && !connections.isPending && <span className="block text-[0.85rem] text-warn">Not bound yet: add one, or choose.</span>}
              </span>
              <span className="flex gap-2">
                {fitting.length > 0 && (
                  <Select
                    aria-label={label}
                    value={bound}
                    className="w-40"
                    onChange={(event) => onBind({ ...bind, [use.name]: event.target.value })}
                  >
                    {!bound && <option value="">Choose …</option>}
                    {fitting.map((each) => (
                      <option key={each.name} value={each.name}>
                        {each.name}
                      </option>
                    ))}
                  </Select>
                )}
                <Button aria-label={`Add a connection for ${use.name}`} onClick={() => setAdding(use)}>
                  Add …
                </Button>
              </span>
            </li>
          );
        })}
      </ul>
      <AddConnection
        open={adding !== undefined}
        connector={adding?.connector}
        name={adding?.name}
        onClose={() => setAdding(undefined)}
        onAdded={(added) => {
          if (adding) onBind({ ...bind, [adding.name]: added.name });
          setAdding(undefined);
        }}
      />
    </>
  );
}
