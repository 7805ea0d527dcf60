// The flow beside its text and the form of the chosen step. Used by drafts and by deployed bots.
import { Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "../components/button";
import { Dialog } from "../components/dialog";
import { Diagnostics } from "../components/feedback";
import { Tab, Tabs } from "../components/tabs";
import { freeId, insertStep, lineOf, setValue } from "../flow/edit";
import { marksOf, type State } from "../flow/marks";
import { pathText, stepAt, type Path } from "../flow/model";
import { FlowView } from "../flow/view";
import { useMedia } from "../lib/media";
import { StepPicker } from "./picker";
import { StepForm } from "./step-form";
import type { Definition } from "./use-definition";
import { newTrigger } from "./verbs";
import { YamlEditor } from "./yaml";

interface WorkbenchProps {
  text: string;
  onChange: (text: string) => void;
  definition: Definition;
  /** How a rehearsal went, by the text of steps' paths. */
  states?: ReadonlyMap<string, State>;
}

export function Workbench({ text, onChange, definition, states }: WorkbenchProps) {
  const { flow, diagnostics, check } = definition;
  const [selected, setSelected] = useState<string>();
  const [side, setSide] = useState<"form" | "yaml">("yaml");
  const [adding, setAdding] = useState<{ block: Path; index: number }>();
  const [line, setLine] = useState<{ line: number; column?: number | undefined; focus?: boolean }>();
  const threeColumns = useMedia("(min-width: 118rem)");
  // Where the form would be out of sight, it opens over the flow.
  const narrow = !useMedia("(min-width: 1280px)");
  const [sheet, setSheet] = useState(false);
  const marks = useMemo(() => marksOf(flow, diagnostics, states), [flow, diagnostics, states]);

  const select = (id: string | undefined) => {
    setSelected(id);
    if (!id) return;
    const trigger = flow.triggers.find((each) => `trigger:${each.name}` === id);
    const step = trigger ? undefined : stepAt(flow, id);
    const found = lineOf(text, trigger?.path ?? step?.path ?? []);
    if (found) setLine({ line: found });
    show();
  };
  const show = () => (narrow ? setSheet(true) : setSide("form"));
  const add = (step: Record<string, unknown>) => {
    if (!adding) return;
    onChange(insertStep(text, adding.block, adding.index, step));
    setSelected(pathText([...adding.block, adding.index]));
    show();
    setAdding(undefined);
  };
  const addTrigger = () => {
    const name = freeId(flow.triggers.map((each) => each.name), "trigger");
    onChange(setValue(text, ["triggers", name], newTrigger("webhook", flow.bot)));
    setSelected(`trigger:${name}`);
    show();
  };

  const chosen = (id: string | undefined) => {
    setSelected(id);
    if (id === undefined) setSheet(false);
  };
  const form = <StepForm text={text} flow={flow} selected={selected} diagnostics={diagnostics} onChange={onChange} onSelect={chosen} />;
  const yaml = (
    <YamlEditor
      label="The definition, as YAML"
      value={text}
      onChange={onChange}
      diagnostics={diagnostics}
      line={line}
      className="h-[26rem] xl:h-[calc(100dvh-19rem)] xl:min-h-[30rem]"
    />
  );

  return (
    <>
      <div className="grid gap-5 xl:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)] min-[118rem]:grid-cols-[minmax(0,1.3fr)_minmax(24rem,0.7fr)_minmax(0,1fr)]">
        <div className="min-w-0">
          <FlowView
            flow={flow}
            marks={marks}
            selected={selected}
            onSelect={select}
            onInsert={setAdding}
            className="h-[30rem] xl:h-[calc(100dvh-19rem)] xl:min-h-[30rem]"
          />
          <div className="mt-2 flex flex-wrap gap-2">
            <Button small onClick={addTrigger}>
              <Plus aria-hidden size={15} /> Trigger
            </Button>
            <Button small onClick={() => setAdding({ block: ["steps"], index: flow.steps.length })}>
              <Plus aria-hidden size={15} /> Step at the end
            </Button>
          </div>
        </div>
        {threeColumns ? (
          <>
            <div className="max-h-[calc(100dvh-17rem)] min-w-0 overflow-y-auto pt-10 pr-2">{form}</div>
            <div className="min-w-0 pt-10">{yaml}</div>
          </>
        ) : (
          <Tabs
            label="How to change it"
            value={side}
            onChange={setSide}
            tabs={[
              { value: "yaml", title: "YAML" },
              { value: "form", title: "Form" },
            ]}
          >
            <Tab value="yaml" className="pt-3">{yaml}</Tab>
            <Tab value="form" className="pt-4 xl:max-h-[calc(100dvh-19rem)] xl:overflow-y-auto xl:pr-2">{form}</Tab>
          </Tabs>
        )}
      </div>
      <div aria-live="polite" className="mt-4 min-h-6">
        {diagnostics.length > 0 ? (
          <Diagnostics
            items={diagnostics}
            onPick={(item) => {
              setSide("yaml");
              if (item.line) setLine({ line: item.line, column: item.column ?? undefined, focus: true });
            }}
          />
        ) : (
          <p className="text-[0.9rem] text-soft">
            {check.isError ? "The server could not check it; it tries again with the next change." : definition.ok ? "Checked: nothing is wrong." : "Checking …"}
          </p>
        )}
      </div>
      <Dialog title="Change it" open={narrow && sheet} onClose={() => setSheet(false)}>
        {form}
      </Dialog>
      <StepPicker open={adding !== undefined} onClose={() => setAdding(undefined)} onPick={add} />
    </>
  );
}
