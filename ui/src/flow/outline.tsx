// The flow as a nested list: for screen readers, narrow screens, and whoever prefers to read.
import { Plus } from "lucide-react";
import { useState } from "react";
import { Card } from "./card";
import type { Marks } from "./marks";
import { pathText, type Block, type Flow, type FlowStep, type Path } from "./model";
import { count } from "../lib/count";

export interface FlowProps {
  flow: Flow;
  marks?: Marks | undefined;
  /** The text of the chosen step's path, or `trigger:` and its name. */
  selected?: string | undefined;
  onSelect?: ((id: string) => void) | undefined;
  /** Offers to add a step at each place. */
  onInsert?: ((place: { block: Path; index: number }) => void) | undefined;
}

const AT_ONCE = 200;

export function Outline({ flow, ...rest }: FlowProps) {
  return (
    <div className="grid gap-3">
      {flow.triggers.length > 0 && (
        <ul aria-label="What starts it" className="grid gap-2">
          {flow.triggers.map((trigger) => {
            const id = `trigger:${trigger.name}`;
            return (
              <li key={id} className="h-16">
                <Card
                  trigger={trigger}
                  mark={rest.marks?.get(id)}
                  selected={rest.selected === id}
                  onPress={rest.onSelect && (() => rest.onSelect?.(id))}
                />
              </li>
            );
          })}
        </ul>
      )}
      <Steps label="Steps" steps={flow.steps} path={["steps"]} {...rest} />
      {flow.onError.length > 0 && (
        <div>
          <p className="mb-2 text-[0.87rem] font-medium text-soft">If the bot fails</p>
          <Steps label="If the bot fails" steps={flow.onError} path={["on_error"]} {...rest} />
        </div>
      )}
    </div>
  );
}

type StepsProps = Omit<FlowProps, "flow"> & { label: string; steps: FlowStep[]; path: Path };

function Steps({ label, steps, path, ...rest }: StepsProps) {
  const [most, setMost] = useState(AT_ONCE);
  return (
    <>
      <ol aria-label={label} className="grid gap-2">
        {steps.slice(0, most).map((step) => (
          <Item key={pathText(step.path)} step={step} {...rest} />
        ))}
      </ol>
      {steps.length > most && (
        <button type="button" className="justify-self-start text-accent underline" onClick={() => setMost(most + AT_ONCE)}>
          Show {Math.min(AT_ONCE, steps.length - most)} more of {count(steps.length - most)} steps
        </button>
      )}
      {rest.onInsert && (
        <button
          type="button"
          onClick={() => rest.onInsert?.({ block: path, index: steps.length })}
          className="inline-flex items-center gap-1.5 justify-self-start rounded-lg px-2 py-1 text-[0.87rem] text-soft hover:bg-sunken hover:text-ink"
        >
          <Plus aria-hidden size={15} /> Add a step<span className="sr-only"> at the end of: {label}</span>
        </button>
      )}
    </>
  );
}

function Item({ step, ...rest }: Omit<FlowProps, "flow"> & { step: FlowStep }) {
  const id = pathText(step.path);
  return (
    <li className="min-w-0">
      <div className="h-16">
        <Card
          step={step}
          mark={rest.marks?.get(id)}
          selected={rest.selected === id}
          onPress={rest.onSelect && (() => rest.onSelect?.(id))}
        />
      </div>
      {step.blocks.map((block) => (
        <Inner key={block.name} block={block} step={step} {...rest} />
      ))}
    </li>
  );
}

function Inner({ block, step, ...rest }: Omit<FlowProps, "flow"> & { block: Block; step: FlowStep }) {
  const [open, setOpen] = useState(step.inside <= AT_ONCE);
  return (
    <div className="mt-2 ml-3 grid gap-2 border-l-2 border-line pl-3">
      <p className="text-[0.83rem] font-medium text-soft wrap-anywhere">{block.title}</p>
      {open ? (
        <>
          {block.steps.length === 0 && !rest.onInsert && <p className="text-[0.87rem] text-faint">Goes on.</p>}
          <Steps label={`${step.title}: ${block.title}`} steps={block.steps} path={block.path} {...rest} />
        </>
      ) : (
        <button type="button" className="justify-self-start text-accent underline" onClick={() => setOpen(true)}>
          Show the {count(block.steps.length)} steps in it
        </button>
      )}
    </div>
  );
}
