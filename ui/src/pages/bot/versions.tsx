import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../../api/client";
import { definitionQuery, rows, versionsQuery } from "../../api/queries";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Loading, ProblemCard } from "../../components/feedback";
import { Ago } from "../../components/time";
import { YamlEditor } from "../../editor/yaml";
import { notify } from "../../lib/notices";

export function VersionsTab({ bot, live }: { bot: Schemas["BotDetail"]; live: string }) {
  const versions = useInfiniteQuery(versionsQuery(bot.bot));
  const [shown, setShown] = useState<number>();
  if (versions.isPending) return <Loading what="Reading the versions …" />;
  if (versions.isError) return <ProblemCard error={versions.error} retry={() => void versions.refetch()} />;
  return (
    <>
      <ul aria-label="Versions" className="max-w-4xl divide-y divide-line rounded-xl border border-line bg-panel">
        {rows(versions.data).map((version) => (
          <li key={version.version} className="flex flex-wrap items-center justify-between gap-3 px-4 py-2.5">
            <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="font-medium">Version {version.version}</span>
              {version.live && <Badge tone="good">Live</Badge>}
              <span className="text-[0.9rem] text-soft">
                deployed <Ago time={version.created_at} />
              </span>
            </span>
            <Button small onClick={() => setShown(version.version)}>
              {version.live ? "Read it" : "Compare with the live one"}
            </Button>
          </li>
        ))}
      </ul>
      {versions.hasNextPage && (
        <div className="mt-4">
          <Button busy={versions.isFetchingNextPage && "Reading more …"} onClick={() => void versions.fetchNextPage()}>
            Show older versions
          </Button>
        </div>
      )}
      {shown !== undefined && <OneVersion bot={bot} version={shown} live={live} onClose={() => setShown(undefined)} />}
    </>
  );
}

function OneVersion({ bot, version, live, onClose }: { bot: Schemas["BotDetail"]; version: number; live: string; onClose: () => void }) {
  const client = useQueryClient();
  const isLive = version === bot.version;
  const text = useQuery(definitionQuery(bot.bot, version));
  const back = useMutation({
    mutationFn: () => data(api.POST("/api/v1/bots", { params: { header: { "If-Match": `"${bot.version}"` } }, body: { definition: text.data ?? "" } })),
    onSuccess: (deployed) => {
      notify(`Version ${version} is live again, as version ${deployed.version}.`);
      void client.invalidateQueries({ queryKey: ["bots"] });
      onClose();
    },
  });
  return (
    <Dialog
      wide
      open
      onClose={onClose}
      title={isLive ? `Version ${version}, live` : `From version ${bot.version} back to version ${version}`}
      about={isLive ? undefined : "Green is what version " + version + " has; red is what would go."}
    >
      {text.isPending && <Loading what="Reading it …" />}
      {text.isError && <ProblemCard error={text.error} retry={() => void text.refetch()} />}
      {text.isSuccess && (
        <YamlEditor key={version} label={`Version ${version}`} value={text.data} {...(!isLive && { before: live })} className="h-[55dvh]" />
      )}
      {back.isError && <ProblemCard error={back.error} className="mt-3" />}
      {!isLive && text.isSuccess && (
        <div className="mt-4 flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Leave it as it is</Button>
          <Button look="primary" busy={back.isPending && "Deploying …"} onClick={() => back.mutate()}>
            Deploy version {version} again
          </Button>
        </div>
      )}
    </Dialog>
  );
}
