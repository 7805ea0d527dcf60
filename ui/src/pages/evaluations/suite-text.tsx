// A suite as text: a new one, or all of one that is there.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { parse, stringify } from "yaml";
import { api, data } from "../../api/client";
import { suitesQuery, type Suite } from "../../api/evaluations";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { ProblemCard } from "../../components/feedback";
import { YamlEditor } from "../../editor/yaml";
import { notify } from "../../lib/notices";

const BLANK = `suite: labels
evaluates: { bot: label, step: label }
cases:
  - name: a crash
    inputs: { title: It crashes at start }
    checks:
      - { at: label, exact: bug }
`;

export function SuiteText({ title, suite, onClose }: { title: string; suite?: Suite; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [text, setText] = useState(() => (suite ? stringify(suite.definition, { lineWidth: 110 }) : BLANK));
  const keep = useMutation({
    mutationFn: () => {
      const name = suite?.name ?? nameOf(text);
      return data(api.PUT("/api/v1/evaluations/suites/{name}", { params: { path: { name } }, body: { definition: text, after: suite?.version ?? 0 } }));
    },
    onSuccess: async (kept) => {
      client.setQueryData(["evaluations", "suite", kept.name], kept);
      await client.invalidateQueries({ queryKey: suitesQuery.queryKey });
      notify(`${kept.name} is stored, version ${kept.version}.`);
      onClose();
      if (!suite) await navigate({ to: "/evaluations", search: { suite: kept.name } });
    },
  });
  return (
    <Dialog open wide title={title} about="YAML or JSON. The guide on evaluations tells all fields and checks." onClose={onClose}>
      <div className="grid gap-4">
        <YamlEditor value={text} onChange={setText} label="The suite" className="h-[24rem]" />
        {keep.isError && <ProblemCard error={keep.error} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" busy={keep.isPending && "Storing it …"} onClick={() => keep.mutate()}>Store it</Button>
        </div>
      </div>
    </Dialog>
  );
}

/** The name that the text gives; what is wrong with the rest, the server says. */
function nameOf(text: string): string {
  try {
    const read: unknown = parse(text);
    if (read && typeof read === "object" && "suite" in read && typeof read.suite === "string" && read.suite) return read.suite;
  } catch {
    // The server says where.
  }
  return "new";
}
