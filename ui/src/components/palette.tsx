// ⌘K: every place, every bot, every connector, by a few letters.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Dialog as Radix } from "radix-ui";
import { useEffect, useId, useState } from "react";
import { api, data } from "../api/client";
import { connectorsQuery } from "../api/queries";
import { cx } from "../lib/classes";
import { PLACES } from "../lib/places";
import { matches } from "../lib/search";
import { setTheme } from "../lib/theme";

interface Command {
  id: string;
  group: string;
  title: string;
  also?: string;
  run: () => void;
}

export default function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-x-3 top-[10dvh] z-40 mx-auto max-w-xl animate-rise overflow-hidden rounded-2xl border border-line bg-raised shadow-card"
        >
          <Radix.Title className="sr-only">Search and commands</Radix.Title>
          <Finder onClose={onClose} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Finder({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const found = useCommands(typed);
  const chosen = Math.min(at, found.length - 1);

  useEffect(() => {
    document.getElementById(`${list}-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [list, chosen]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKey = (event: React.KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      setAt((chosen + step + found.length) % Math.max(found.length, 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[chosen]);
    }
  };

  return (
    <>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found.length > 0 ? `${list}-${chosen}` : undefined}
        aria-label="Search and commands"
        placeholder="A bot, a place, a connector …"
        value={typed}
        onChange={(event) => (setTyped(event.target.value), setAt(0))}
        onKeyDown={onKey}
        autoComplete="off"
        spellCheck={false}
        className="w-full border-b border-line bg-transparent px-4 py-3.5 outline-none placeholder:text-faint"
      />
      <div id={list} role="listbox" aria-label="Found" className="max-h-[50dvh] overflow-y-auto p-2">
        {found.map((command, index) => (
          // The keyboard stays in the input: arrows choose, Enter goes.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={command.id}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => run(command)}
            onMouseMove={() => setAt(index)}
            className={cx(
              "flex cursor-pointer items-baseline justify-between gap-4 rounded-lg px-3 py-1.75",
              index === chosen && "bg-accent-soft text-accent-strong",
            )}
          >
            <span className="truncate">{command.title}</span>
            <span className={cx("shrink-0 text-[0.82rem]", index === chosen ? "text-accent-strong" : "text-faint")}>{command.group}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p className="px-5 pb-5 text-soft">
          Nothing is called so. Press Escape, or write a bot that does it: New bot.
        </p>
      )}
    </>
  );
}

function useCommands(typed: string): Command[] {
  const navigate = useNavigate();
  const connectors = useQuery(connectorsQuery);
  const bots = useQuery({
    queryKey: ["bots", "palette", typed],
    queryFn: ({ signal }) => data(api.GET("/api/v1/bots", { params: { query: { limit: 20, ...(typed && { q: typed }) } }, signal })),
    placeholderData: (before) => before,
  });
  const go = (to: string) => () => void navigate({ to });
  const commands: Command[] = [
    { id: "new", group: "Action", title: "New bot", also: "create describe draft workflow", run: go("/") },
    ...PLACES.map(({ to, title, also }) => ({ id: to, group: "Place", title, also, run: go(to) })),
    { id: "add-connection", group: "Action", title: "Add a connection", also: "credentials new", run: go("/connections?add=") },
    { id: "failed", group: "Action", title: "Failed runs", also: "errors executions", run: go("/runs?state=failed") },
    ...(["light", "dark", "system"] as const).map((theme) => ({
      id: `theme-${theme}`,
      group: "Theme",
      title: theme === "system" ? "Theme of the system" : `${theme === "light" ? "Light" : "Dark"} theme`,
      also: "mode colour appearance",
      run: () => setTheme(theme),
    })),
    ...(bots.data?.items ?? []).map(({ bot, description }) => ({
      id: `bot-${bot}`,
      group: "Bot",
      title: bot,
      also: description ?? "",
      run: () => void navigate({ to: "/bots/$bot", params: { bot } }),
    })),
  ];
  if (typed) {
    for (const { name, title, description } of connectors.data ?? []) {
      commands.push({ id: `connector-${name}`, group: "Connector", title, also: `${name} ${description}`, run: go(`/connectors?open=${name}`) });
    }
  }
  return commands.filter((command) => matches(typed, command.title, command.also)).slice(0, 60);
}
