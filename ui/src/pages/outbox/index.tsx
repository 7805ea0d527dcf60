// Mail that was kept inside, because no mail server is connected.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { mailsQuery, rows } from "../../api/queries";
import { Button, buttonClass } from "../../components/button";
import { Json } from "../../components/code";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Page } from "../../components/page";
import { Ago } from "../../components/time";
import { cx } from "../../lib/classes";
import { exact } from "../../lib/time";

type Mail = Schemas["MailBody"];

export function OutboxPage() {
  const { mail: open } = useSearch({ from: "/outbox" });
  const mails = useInfiniteQuery({
    ...mailsQuery,
    refetchInterval: (asked) => ((asked.state.data?.pages.length ?? 0) <= 1 ? 5000 : false),
  });
  const found = rows(mails.data);
  const shown = found.find((mail) => mail.id === open);
  return (
    <Page wide title="Outbox" about="Mail of your bots stays here until you connect a mail server.">
      {mails.isPending && <Loading what="Reading the outbox …" />}
      {mails.isError && <ProblemCard error={mails.error} retry={() => void mails.refetch()} />}
      {mails.isSuccess && found.length === 0 && (
        <Empty title="No mail" action={<Link to="/connections" search={{ add: "email" }} className={buttonClass()}>Connect a mail server</Link>}>
          When a bot sends mail and no mail server is connected, you read it here.
        </Empty>
      )}
      {found.length > 0 && (
        <div className="grid items-start gap-6 lg:grid-cols-[minmax(18rem,26rem)_minmax(0,1fr)]">
          <div className={cx(shown && "hidden lg:block")}>
            <ul aria-label="Mail" className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-panel">
              {found.map((mail) => (
                <li key={mail.id}>
                  <Link
                    to="/outbox"
                    search={{ mail: mail.id }}
                    aria-current={mail.id === open ? "page" : undefined}
                    className={cx("block px-4 py-2.5 outline-offset-[-2px] hover:bg-sunken", mail.id === open && "bg-accent-soft")}
                  >
                    <span className="flex items-baseline justify-between gap-3">
                      <span className="truncate font-medium">{field(mail, "subject") || "Without a subject"}</span>
                      <span className="shrink-0 text-[0.82rem] text-soft"><Ago time={mail.at} /></span>
                    </span>
                    <span className="block truncate text-[0.88rem] text-soft">to {field(mail, "to")}</span>
                  </Link>
                </li>
              ))}
            </ul>
            {mails.hasNextPage && (
              <div className="mt-3 text-center">
                <Button busy={mails.isFetchingNextPage && "Reading more …"} onClick={() => void mails.fetchNextPage()}>
                  Show older mail
                </Button>
              </div>
            )}
          </div>
          {shown ? <Letter mail={shown} /> : <p className="hidden pt-2 text-soft lg:block">Choose a mail to read it.</p>}
        </div>
      )}
    </Page>
  );
}

function field(mail: Mail, name: string): string {
  const value = (mail.mail as Record<string, unknown>)[name];
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(String).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value as string | number);
}

const HEAD = ["from", "to", "cc", "bcc", "reply_to"];

function Letter({ mail }: { mail: Mail }) {
  const all = mail.mail as Record<string, unknown>;
  const rest = Object.entries(all).filter(([name]) => ![...HEAD, "subject", "text", "html"].includes(name));
  return (
    <article aria-labelledby="subject" className="min-w-0 rounded-xl border border-line bg-panel p-5">
      <Link to="/outbox" className="mb-3 inline-block text-accent underline underline-offset-2 lg:hidden">
        All mail
      </Link>
      <h2 id="subject" className="text-[1.25rem]! wrap-anywhere">
        {field(mail, "subject") || "Without a subject"}
      </h2>
      <dl className="mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 border-b border-line pb-4 text-[0.92rem]">
        {HEAD.filter((name) => field(mail, name)).map((name) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name.replace("_", " ")}</dt>
            <dd className="wrap-anywhere">{field(mail, name)}</dd>
          </div>
        ))}
        <dt className="text-soft">kept</dt>
        <dd>{exact(mail.at)}</dd>
      </dl>
      <p className="mt-4 max-w-[80ch] whitespace-pre-wrap wrap-anywhere">{field(mail, "text") || field(mail, "html") || "It has no text."}</p>
      {rest.length > 0 && (
        <details className="mt-5">
          <summary className="text-soft">All that the step said</summary>
          <div className="mt-2"><Json label="The mail as the step sent it" value={all} /></div>
        </details>
      )}
    </article>
  );
}
