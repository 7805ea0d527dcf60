// Which step to add: everything that bots can do, by a few letters.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { connectorsQuery } from "../api/queries";
import { Dialog } from "../components/dialog";
import { Loading } from "../components/feedback";
import { Search } from "../components/field";
import { VerbIcon } from "../flow/icons";
import { actionTitle } from "../flow/model";
import { matches } from "../lib/search";
import { NEW_STEPS } from "./verbs";

interface PickerProps {
  open: boolean;
  onClose: () => void;
  onPick: (step: Record<string, unknown>) => void;
}

const MOST = 120;

export function StepPicker({ open, onClose, onPick }: PickerProps) {
  return (
    <Dialog title="Add a step" open={open} onClose={onClose} wide>
      <Choices onPick={onPick} />
    </Dialog>
  );
}

function Choices({ onPick }: { onPick: PickerProps["onPick"] }) {
  const [typed, setTyped] = useState("");
  const connectors = useQuery(connectorsQuery);
  const logic = NEW_STEPS.filter((each) => matches(typed, each.title, each.about, each.verb));
  const actions = (connectors.data ?? [])
    .flatMap((each) => each.actions.map((name) => ({ name: name.includes(".") ? name : `${each.name}.${name}`, title: each.title, about: each.description })))
    .filter((each) => matches(typed, each.name, actionTitle(each.name), each.title, each.about));
  return (
    <>
      <Search label="Search steps" value={typed} onChange={(event) => setTyped(event.target.value)} />
      {logic.length > 0 && <h3 className="mt-4 mb-1.5">Flow and values</h3>}
      <ul className="grid gap-1 sm:grid-cols-2 lg:grid-cols-3">
        {logic.map((each) => (
          <li key={each.verb}>
            <Choice verb={each.verb} title={each.title} about={each.about} onPick={() => onPick(structuredClone(each.step))} />
          </li>
        ))}
      </ul>
      {connectors.isPending && <Loading what="Reading the connectors …" />}
      {actions.length > 0 && <h3 className="mt-4 mb-1.5">Actions</h3>}
      <ul className="grid gap-1 sm:grid-cols-2 lg:grid-cols-3">
        {actions.slice(0, MOST).map((each) => (
          <li key={each.name}>
            <Choice verb="do" title={actionTitle(each.name)} about={each.name} onPick={() => onPick({ do: each.name, with: {} })} />
          </li>
        ))}
      </ul>
      {actions.length > MOST && <p className="mt-2 text-soft">{actions.length - MOST} more: type to find them.</p>}
      {logic.length === 0 && actions.length === 0 && connectors.isSuccess && (
        <p className="mt-4 text-soft">Nothing is called so. “http” reaches every system with an API; “code” does what no action does.</p>
      )}
    </>
  );
}

function Choice({ verb, title, about, onPick }: { verb: string; title: string; about: string; onPick: () => void }) {
  return (
    <button type="button" onClick={onPick} className="flex w-full items-center gap-3 rounded-lg border border-transparent px-3 py-2 text-left hover:border-line hover:bg-sunken">
      <span className="grid size-8 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent-strong">
        <VerbIcon verb={verb} />
      </span>
      <span className="min-w-0">
        <span className="block truncate font-medium">{title}</span>
        <span className="block truncate text-[0.83rem] text-soft">{about}</span>
      </span>
    </button>
  );
}
