// A draft before it is deployed: what it does, what it asks, a try, then deploy.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CalendarClock } from "lucide-react";
import { useState, type FormEvent } from "react";
import { api, asProblem, data, type Schemas } from "../../api/client";
import { templatesQuery } from "../../api/queries";
import { Button, buttonClass } from "../../components/button";
import { Diagnostics, Loading, ProblemCard } from "../../components/feedback";
import { Field, Input, Select, Textarea } from "../../components/field";
import { Lines } from "../../components/lines";
import { Page, Panel } from "../../components/page";
import { Bindings, connectionsOf } from "../../editor/connections";
import { TryPanel } from "../../editor/try";
import { useDefinition } from "../../editor/use-definition";
import { Workbench } from "../../editor/workbench";
import { setValue } from "../../flow/edit";
import { cx } from "../../lib/classes";
import { stateMarks, type State } from "../../flow/marks";
import { useMedia } from "../../lib/media";
import { notify } from "../../lib/notices";
import { BLANK } from "./blank";
import { tooLong } from "./length";
import { Talk } from "./talk";

interface DraftPageProps {
  sentence: string | undefined;
  template: string | undefined;
  /** A conversation that goes on. */
  talk: string | undefined;
}

export default function DraftPage({ sentence, template, talk }: DraftPageProps) {
  if (sentence === undefined && template === undefined) return <FromTalk id={talk ?? ""} />;
  return sentence === undefined ? <FromTemplate name={template ?? ""} /> : <FromSentence sentence={sentence} />;
}

function FromTemplate({ name }: { name: string }) {
  const templates = useQuery({ ...templatesQuery, enabled: name !== "blank" });
  if (name === "blank") return <Drafted title="A new bot" text={BLANK} />;
  if (templates.isPending) return <Loading what="Reading the template …" className="px-8" />;
  if (templates.isError) return <Wrong error={templates.error} retry={() => void templates.refetch()} />;
  const found = templates.data.find((each) => each.name === name);
  if (!found) return <Wrong error={new Error(`There is no template ${name}.`)} />;
  return <Drafted title={found.title} about={found.description} text={found.text} />;
}

function FromTalk({ id }: { id: string }) {
  const talk = useQuery({
    queryKey: ["builder", id],
    queryFn: () => data(api.GET("/api/v1/builder/sessions/{id}", { params: { path: { id } } })),
    staleTime: Infinity,
  });
  if (talk.isPending) return <Loading what="Opening the conversation …" className="px-8" />;
  if (talk.isError) return <Wrong error={talk.error} retry={() => void talk.refetch()} />;
  return <Drafted title="A draft of your bot" about={talk.data.title} text={talk.data.text ?? BLANK} />;
}

function FromSentence({ sentence }: { sentence: string }) {
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const draft = useQuery({
    queryKey: ["draft", sentence, answers],
    queryFn: ({ signal }) => data(api.POST("/api/v1/drafts", { body: { sentence, answers }, signal })),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  if (draft.isPending) return <Loading what="Reading the sentence …" className="px-8" />;
  if (draft.isError && !draft.data) return <Wrong error={draft.error} retry={() => void draft.refetch()} />;
  const { text, questions, explanation } = draft.data;
  const known = Boolean(text);
  return (
    <Drafted
      key={known ? "known" : "unknown"}
      title="A draft of your bot"
      sentence={sentence}
      text={text ?? ""}
      explanation={explanation}
      fires={draft.data.fires}
      questions={
        questions.length > 0 && (
          <Questions
            questions={questions}
            answers={answers}
            busy={draft.isFetching}
            error={draft.error}
            onAnswer={(given) => setAnswers({ ...answers, ...given })}
          />
        )
      }
      open={questions.filter((question) => question.required).length}
    />
  );
}

function Wrong({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <Page title="No draft yet" over={<Link to="/" className="text-accent underline">Begin anew</Link>}>
      <ProblemCard error={error} {...(retry && { retry })} />
    </Page>
  );
}

interface QuestionsProps {
  questions: Schemas["Question"][];
  answers: Record<string, string>;
  busy: boolean;
  error: unknown;
  onAnswer: (answers: Record<string, string>) => void;
}

function Questions({ questions, answers, busy, error, onAnswer }: QuestionsProps) {
  const [given, setGiven] = useState<Record<string, string>>({});
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const filled = questions.map(({ id, default: fallback }) => [id, given[id] ?? answers[id] ?? fallback ?? ""] as const);
    onAnswer(Object.fromEntries(filled.filter(([, answer]) => answer !== "")));
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      {questions.map((question) => {
        const value = given[question.id] ?? answers[question.id] ?? question.default ?? "";
        const set = (next: string) => setGiven({ ...given, [question.id]: next });
        return (
          <Field key={question.id} label={question.text} aside={question.required ? "" : "optional"}>
            {(ids) =>
              question.choices?.length ? (
                <Select {...ids} required={question.required} value={value} onChange={(event) => set(event.target.value)}>
                  {value === "" && <option value="">Choose …</option>}
                  {question.choices.map((choice) => (
                    <option key={choice} value={choice}>
                      {choice}
                    </option>
                  ))}
                </Select>
              ) : (
                <Input {...ids} required={question.required} value={value} onChange={(event) => set(event.target.value)} />
              )
            }
          </Field>
        );
      })}
      {error !== null && <ProblemCard error={error} />}
      <div>
        <Button type="submit" look="primary" busy={busy && "Drafting anew …"}>
          Answer
        </Button>
      </div>
    </form>
  );
}

/** Without a sentence, what it needs has the whole width. */
const ASIDE_ALONE = "lg:grid-cols-[repeat(auto-fit,minmax(24rem,1fr))]";

interface DraftedProps {
  title: string;
  about?: string;
  sentence?: string;
  /** As it was drafted; what is typed later stays until another draft comes. */
  text: string;
  explanation?: string;
  fires?: Schemas["Fires"][];
  questions?: React.ReactNode;
  open?: number;
}

function Drafted({ title, about, sentence, text: drafted, explanation, fires: first = [], questions, open = 0 }: DraftedProps) {
  const [text, setText] = useState(drafted);
  const [from, setFrom] = useState(drafted);
  if (from !== drafted) {
    setFrom(drafted);
    setText(drafted);
  }
  const definition = useDefinition(text);
  const { flow, check } = definition;
  const [bind, setBind] = useState<Record<string, string>>({});
  const [states, setStates] = useState<ReadonlyMap<string, State>>();
  const uses = connectionsOf(flow);
  const fires = (text === drafted && first.length > 0 ? first : check.data?.fires) ?? [];
  const change = (next: string) => {
    setText(next);
    setStates(undefined);
  };
  const { talk } = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const begun = (id: string) => void navigate({ search: (before) => ({ ...before, talk: id }), replace: true });
  // Where there is room, deploying stands beside what was understood; else it comes last.
  const roomy = useMedia("(min-width: 1280px)");
  const above = roomy && (sentence !== undefined || fires.length + uses.length > 0);
  const deploy = <Deploy text={text} onChange={change} bind={bind} name={flow.bot} errors={definition.errors} open={text === drafted ? open : 0} />;
  const said = sentence !== undefined && <Sentence sentence={sentence} edited={text !== drafted} />;
  const asked = questions && (
    <Panel title={open > 0 ? "Before it can run" : "It can be made more exact"} className="border-accent/50">
      {text !== drafted && <p className="mb-3 text-warn">An answer drafts anew: your changes to the definition are lost then.</p>}
      {questions}
    </Panel>
  );

  return (
    <Page
      wide
      title={title}
      over={
        <Link to="/" className="text-accent underline underline-offset-2">
          Begin anew
        </Link>
      }
      about={about}
    >
      {text.trim() === "" && !questions ? (
        <>
          {said}
          <Panel title="The sentence was not understood well enough">
            <p className="max-w-[70ch] text-soft">
              Say when it starts (a webhook, a time, an event) and what it does, step by step. Or write the definition yourself.
            </p>
            <Lines text={explanation} />
            <div className="mt-3"><Button onClick={() => change(BLANK)}>Write the definition yourself</Button></div>
          </Panel>
        </>
      ) : text.trim() === "" ? (
        <div className="grid max-w-4xl gap-5">
          {said}
          {asked}
        </div>
      ) : (
        <>
          {/* What it says on the left; what it needs, and the way out, on the right. */}
          <div className={cx("grid gap-5 has-[section]:mb-6", sentence !== undefined && "xl:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)]")}>
            {sentence !== undefined && (
              <div className="grid min-w-0 content-start gap-5">
                {said}
                {explanation && (
                  <Panel title="What it does">
                    {text !== drafted && <p className="mb-2 text-faint">As it was drafted; what you changed since is not in this text.</p>}
                    <Lines text={explanation} />
                  </Panel>
                )}
                {fires.length > 0 && <FireTimes fires={fires} />}
              </div>
            )}
            <div className={cx("grid min-w-0 content-start gap-5 empty:hidden", sentence === undefined ? ASIDE_ALONE : "min-[118rem]:grid-cols-2 min-[118rem]:[&>:last-child:nth-child(odd)]:col-span-full")}>
              {asked}
              {sentence === undefined && fires.length > 0 && <FireTimes fires={fires} />}
              {uses.length > 0 && (
                <Panel title="Connections it uses">
                  <Bindings uses={uses} bind={bind} onBind={setBind} />
                </Panel>
              )}
              {above && deploy}
            </div>
          </div>
          <div className="mb-6">
            <Talk sentence={sentence} text={text} session={talk} onChange={change} onBegun={begun} />
          </div>
          <Workbench text={text} onChange={change} definition={definition} {...(states && { states })} />
          <div className={cx("mt-6 grid items-start gap-5", !above && "lg:grid-cols-2")}>
            <Panel title="Try it with a sample">
              <TryPanel text={text} flow={flow} onTried={(tried) => setStates(stateMarks(flow, tried.steps))} />
            </Panel>
            {!above && deploy}
          </div>
        </>
      )}
    </Page>
  );
}

function Sentence({ sentence, edited }: { sentence: string; edited: boolean }) {
  const navigate = useNavigate({ from: "/" });
  const [typed, setTyped] = useState(sentence);
  const long = tooLong(typed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() && typed !== sentence && !long) void navigate({ search: { sentence: typed.trim() } });
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
      <Field label="Your sentence" className="flex-1 basis-72" error={long} hint={edited && typed !== sentence ? "Drafting again replaces your changes to the definition." : undefined}>
        {(ids) => <Textarea {...ids} rows={2} value={typed} onChange={(event) => setTyped(event.target.value)} />}
      </Field>
      {typed !== sentence && (
        <Button type="submit" disabled={long !== undefined}>
          Draft again
        </Button>
      )}
    </form>
  );
}

function FireTimes({ fires }: { fires: Schemas["Fires"][] }) {
  return (
    <Panel title={<span className="inline-flex items-center gap-2"><CalendarClock aria-hidden size={18} /> It fires next</span>}>
      {fires.map(({ trigger, timezone, says, times }) => (
        <div key={trigger} className="mb-2 last:mb-0">
          <p className="mb-1 text-soft">
            <code>{trigger}</code>: {says}
            {!says.includes(timezone) && `, ${timezone}`}
          </p>
          <ol className="grid gap-x-6 gap-y-0.5 sm:grid-cols-2">
            {times.map((time) => (
              <li key={time}>
                <time dateTime={time} className="tabular-nums">{inZone(time, timezone)}</time>
              </li>
            ))}
          </ol>
          {times.length === 0 && <p>Never again.</p>}
        </div>
      ))}
    </Panel>
  );
}

function inZone(time: string, zone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone, weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" }).format(new Date(time));
  } catch {
    return time;
  }
}

interface DeployProps {
  text: string;
  onChange: (text: string) => void;
  bind: Record<string, string>;
  name: string;
  errors: number;
  /** Questions that have to be answered first. */
  open: number;
}

function Deploy({ text, onChange, bind, name, errors, open }: DeployProps) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const deploy = useMutation({
    mutationFn: (replace: boolean) =>
      data(
        api.POST("/api/v1/bots", {
          params: { header: replace ? {} : { "If-None-Match": "*" } },
          body: { definition: text, bind: Object.fromEntries(Object.entries(bind).filter(([, to]) => to)) },
        }),
      ),
    onSuccess: (deployed) => {
      void client.invalidateQueries({ queryKey: ["bots"] });
      notify(`${deployed.bot} is deployed, version ${deployed.version}.`);
      void navigate({ to: "/bots/$bot", params: { bot: deployed.bot }, search: { new: true } });
    },
  });
  const problem = deploy.error ? asProblem(deploy.error) : undefined;
  const taken = problem?.status === 412 || problem?.status === 409;
  return (
    <Panel title="Deploy it" className="border-accent/50">
      <div className="grid gap-4">
        <Field label="Name" hint="Small letters, digits and dashes; unique in the workspace.">
          {(ids) => (
            <Input {...ids} spellCheck={false} value={name} onChange={(event) => onChange(setValue(text, ["bot"], event.target.value))} />
          )}
        </Field>
        <p className="text-soft">
          {errors > 0
            ? `${errors} ${errors === 1 ? "error has" : "errors have"} to be mended first; they are under the definition.`
            : open > 0
              ? "Answer what is asked above first, or change the definition yourself."
              : "It is saved as version 1, and its triggers start runs from then on."}
        </p>
        {problem && taken ? (
          <div role="alert" className="rounded-lg border border-warn/50 bg-warn-soft p-3">
            <p className="font-medium">A bot called {name} is there already.</p>
            <p className="mt-1 text-soft wrap-anywhere">{problem.detail} Give yours another name, or make this the new version of that one.</p>
            <div className="mt-3 flex flex-wrap gap-2">
              <Link to="/bots/$bot" params={{ bot: name }} className={buttonClass()}>
                Look at it
              </Link>
              <Button look="danger" onClick={() => deploy.mutate(true)} busy={deploy.isPending && "Deploying …"}>
                Deploy as its new version
              </Button>
            </div>
          </div>
        ) : (
          problem && <ProblemCard error={deploy.error} />
        )}
        <Diagnostics items={deploy.data?.diagnostics} />
        <div>
          <Button look="primary" disabled={errors > 0 || open > 0 || !name} onClick={() => deploy.mutate(false)} busy={deploy.isPending && "Deploying …"}>
            Deploy
          </Button>
        </div>
      </div>
    </Panel>
  );
}
