// Knowledge: documents that bots search and answer from.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../../api/client";
import { basesQuery } from "../../api/knowledge";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Confirm, Dialog } from "../../components/dialog";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Field, Input, Select } from "../../components/field";
import { Page } from "../../components/page";
import { count } from "../../lib/count";
import { notify } from "../../lib/notices";
import { Documents } from "./documents";
import { Give } from "./give";
import { TestSearch } from "./search";

type Base = Schemas["KnowledgeBase"];

const LANGUAGES = ["english", "german", "french", "spanish", "italian", "portuguese", "dutch", "swedish", "norwegian", "danish", "finnish", "russian", "turkish", "none"];

export function KnowledgePage() {
  const { base: name } = useSearch({ from: "/knowledge" });
  const bases = useQuery({ ...basesQuery, refetchInterval: name ? false : 4000 });
  const [making, setMaking] = useState(false);
  const shown = bases.data?.find((base) => base.name === name);
  const make = (
    <Button look="primary" onClick={() => setMaking(true)}>
      <Plus aria-hidden size={17} /> New knowledge base
    </Button>
  );
  return (
    <Page
      title={name ?? "Knowledge"}
      over={name && <Link to="/knowledge" className="text-accent underline underline-offset-2">Knowledge</Link>}
      about={name ? shown?.description : "Documents that bots search (search) and answer from (sources of ask), with where each passage stands."}
      actions={name ? shown && <Actions base={shown} /> : make}
    >
      {bases.isPending && <Loading what="Reading the knowledge bases …" />}
      {bases.isError && <ProblemCard error={bases.error} retry={() => void bases.refetch()} />}
      {bases.data?.length === 0 && !name && (
        <Empty title="No knowledge base yet" action={make}>
          Put a handbook, price lists or web pages into one, and bots find what is asked for, with the place where it stands.
        </Empty>
      )}
      {bases.data && !name && bases.data.length > 0 && <Bases bases={bases.data} />}
      {bases.data && name && !shown && (
        <Empty title="There is no such knowledge base">
          <Link to="/knowledge" className="text-accent underline underline-offset-2">See those that there are</Link>
        </Empty>
      )}
      {shown && (
        <div className="grid items-start gap-6 xl:grid-cols-2">
          <div className="grid min-w-0 gap-6">
            <Give base={shown.name} />
            <Documents base={shown.name} />
          </div>
          <TestSearch base={shown.name} />
        </div>
      )}
      {making && <Make onClose={() => setMaking(false)} />}
    </Page>
  );
}

function Bases({ bases }: { bases: Base[] }) {
  return (
    <ul aria-label="Knowledge bases" className="grid gap-3 sm:grid-cols-2 2xl:grid-cols-3">
      {bases.map((base) => (
        <li key={base.name} className="min-w-0 rounded-xl border border-line bg-panel p-4">
          <h2>
            <Link to="/knowledge" search={{ base: base.name }} className="text-accent underline-offset-2 hover:underline wrap-anywhere">
              {base.name}
            </Link>
          </h2>
          {base.description && <p className="mt-1 text-soft wrap-anywhere">{base.description}</p>}
          <p className="mt-2 flex flex-wrap items-center gap-2 text-[0.9rem] text-soft">
            {count(base.documents)} {base.documents === 1 ? "document" : "documents"}, {count(base.passages)} passages
            {base.failed > 0 && <Badge tone="bad">{base.failed} failed</Badge>}
            {base.ready + base.failed < base.documents && <Badge tone="accent">{base.documents - base.ready - base.failed} to do</Badge>}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [language, setLanguage] = useState("english");
  const [model, setModel] = useState("built-in");
  const make = useMutation({
    mutationFn: () => data(api.POST("/api/v1/knowledge", { body: { name, description, language, model } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: basesQuery.queryKey });
      onClose();
      await navigate({ to: "/knowledge", search: { base: name } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Dialog open title="New knowledge base" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        <Field label="Name" hint="Letters a to z, digits and hyphens; steps name it so.">
          {(ids) => <Input {...ids} required pattern="[a-z][a-z0-9_\-]*" maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="What is in it">
          {(ids) => <Input {...ids} value={description} onChange={(event) => setDescription(event.target.value)} />}
        </Field>
        <Field label="Language" hint="Whose words are brought to their stems.">
          {(ids) => (
            <Select {...ids} value={language} onChange={(event) => setLanguage(event.target.value)}>
              {LANGUAGES.map((each) => <option key={each}>{each}</option>)}
            </Select>
          )}
        </Field>
        <Field label="Embeds" hint="built-in needs nobody; or the name of a model of yours that embeds.">
          {(ids) => <Input {...ids} required value={model} onChange={(event) => setModel(event.target.value)} />}
        </Field>
        {make.isError && <ProblemCard error={make.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" type="submit" busy={make.isPending && "Making it …"}>Make it</Button>
        </div>
      </form>
    </Dialog>
  );
}

function Actions({ base }: { base: Base }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [sure, setSure] = useState(false);
  const params = { path: { base: base.name } };
  const again = useMutation({
    mutationFn: () => data(api.POST("/api/v1/knowledge/{base}/reindex", { params })),
    onSuccess: () => {
      notify("All documents are looked at anew.");
      return client.invalidateQueries({ queryKey: ["knowledge"] });
    },
    onError: (error) => notify(error.message, "bad"),
  });
  const remove = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/knowledge/{base}", { params })),
    onSuccess: async () => {
      notify(`${base.name} is removed.`);
      await navigate({ to: "/knowledge", search: {} });
      return client.invalidateQueries({ queryKey: ["knowledge"] });
    },
  });
  return (
    <>
      <Button busy={again.isPending && "Asking …"} onClick={() => again.mutate()}>Look at all anew</Button>
      <Button look="danger" onClick={() => setSure(true)}>Remove …</Button>
      <Confirm
        open={sure}
        title={`Remove ${base.name}?`}
        about={`Its ${count(base.documents)} documents are gone for good; steps that search it fail.`}
        action="Remove it"
        busy={remove.isPending && "Removing …"}
        onClose={() => setSure(false)}
        onConfirm={() => remove.mutate()}
      >
        {remove.isError && <ProblemCard error={remove.error} />}
      </Confirm>
    </>
  );
}
