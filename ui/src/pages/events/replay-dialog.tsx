// A person chooses which events are brought to bots once more.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { botsQuery, rows } from "../../api/queries";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { ProblemCard } from "../../components/feedback";
import { Field, Input, Select } from "../../components/field";
import { notify } from "../../lib/notices";
import { count } from "../../lib/count";

interface ReplayEventsProps {
  /** Of the events, as a beginning. */
  name: string;
  onClose: () => void;
  onBegun: () => void;
}

export function ReplayEvents({ name: first, onClose, onBegun }: ReplayEventsProps) {
  const client = useQueryClient();
  const bots = useInfiniteQuery(botsQuery("", undefined));
  const [name, setName] = useState(first);
  const [since, setSince] = useState(() => local(new Date(Date.now() - 24 * 3_600_000)));
  const [until, setUntil] = useState("");
  const [bot, setBot] = useState("");
  const [again, setAgain] = useState(false);
  const replay = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/replays", {
          body: { what: "events", name: name.trim(), since: new Date(since).toISOString(), ...(until && { until: new Date(until).toISOString() }), ...(bot && { bot }), again },
        }),
      ),
    onSuccess: ({ total }) => {
      notify(total === 0 ? "There are no such events in that time." : `${count(total)} ${total === 1 ? "event is" : "events are"} replayed.`);
      void client.invalidateQueries({ queryKey: ["replays"] });
      onBegun();
    },
  });
  return (
    <Dialog open onClose={onClose} title="Replay events" about="Events of a time are brought to the bots that listen now, in their order.">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          replay.mutate();
        }}
      >
        <Field label="Name of the events">
          {(ids) => <Input {...ids} required spellCheck={false} placeholder="invoice.paid" value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="From">{(ids) => <Input {...ids} type="datetime-local" required value={since} onChange={(event) => setSince(event.target.value)} />}</Field>
          <Field label="Until" aside="now, if empty">
            {(ids) => <Input {...ids} type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />}
          </Field>
        </div>
        <Field label="To">
          {(ids) => (
            <Select {...ids} value={bot} onChange={(event) => setBot(event.target.value)}>
              <option value="">All bots that listen</option>
              {rows(bots.data).map((each) => (
                <option key={each.bot} value={each.bot}>
                  {each.bot}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <label className="flex items-start gap-2.5">
          <input type="checkbox" className="mt-1 size-4 accent-accent" checked={again} onChange={(event) => setAgain(event.target.checked)} />
          <span>
            Start bots again by events that have started them before
            <span className="block text-[0.87rem] text-soft">Otherwise each event starts a bot once, however often it is replayed.</span>
          </span>
        </label>
        {replay.isError && <ProblemCard error={replay.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" look="primary" busy={replay.isPending && "Beginning …"}>
            Replay
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** As the field for times wants it: in this browser's zone, to the minute. */
function local(time: Date): string {
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
