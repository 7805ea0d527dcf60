// What models cost, each price with the day from which it holds and where it was read.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { pricesQuery } from "../../api/models";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Confirm } from "../../components/dialog";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Search } from "../../components/field";
import { usdShort } from "../../lib/money";
import { notify } from "../../lib/notices";
import { matches } from "../../lib/search";
import { dayName, dayOf } from "../../lib/days";
import { isOwn, type Price } from "./prices";
import { PROVIDERS } from "./targets";

export function Prices({ q, onQ }: { q: string; onQ: (q: string) => void }) {
  const client = useQueryClient();
  const prices = useQuery(pricesQuery);
  const [removing, setRemoving] = useState<Price>();
  const remove = useMutation({
    mutationFn: ({ provider, model }: Price) => data(api.DELETE("/api/v1/model-prices", { params: { query: { provider, model } } })),
    onSuccess: () => {
      notify("The price is removed.");
      setRemoving(undefined);
      return client.invalidateQueries({ queryKey: pricesQuery.queryKey });
    },
  });
  const title = (provider: string) => PROVIDERS[provider]?.title ?? provider;
  const found = (prices.data ?? []).filter(({ provider, model }) => matches(q, provider, title(provider), model));
  return (
    <>
      <div className="mb-4 grid gap-3 sm:grid-cols-[minmax(0,22rem)_1fr] sm:items-center">
        <Search label="Find a model or provider" value={q} onChange={(event) => onQ(event.target.value)} />
        <p className="text-[0.9rem] text-soft">
          US dollars for a million tokens. They change more often than programs do: look at them before you rely on a budget. Your own go before.
        </p>
      </div>
      {prices.isPending && <Loading what="Reading the prices …" />}
      {prices.isError && <ProblemCard error={prices.error} retry={() => void prices.refetch()} />}
      {prices.data && found.length === 0 && (
        <Empty title="No price is like this" action={<Button onClick={() => onQ("")}>Show all prices</Button>}>
          Set one for a model that is not listed; 0 for a server of your own. Without a price a model is not asked under a budget.
        </Empty>
      )}
      {found.length > 0 && (
        <div className="rounded-xl border border-line bg-panel px-4 py-1 sm:px-5">
          <table className="w-full table-fixed text-[0.92rem]">
            <caption className="sr-only">Prices of models, in US dollars for a million tokens</caption>
            <thead>
              <tr className="text-left text-[0.84rem] text-soft">
                <th scope="col" className="py-2 pr-3 font-medium">Model</th>
                <th scope="col" className="w-18 px-2 py-2 text-right font-medium">In</th>
                <th scope="col" className="hidden w-22 px-2 py-2 text-right font-medium md:table-cell">Cached</th>
                <th scope="col" className="w-18 px-2 py-2 text-right font-medium">Out</th>
                <th scope="col" className="hidden w-34 px-2 py-2 text-right font-medium sm:table-cell">Since</th>
                <th scope="col" className="hidden w-44 py-2 pl-4 font-medium sm:table-cell">Read at</th>
              </tr>
            </thead>
            <tbody>
              {found.map((price) => (
                <tr key={`${price.provider} ${price.model} ${price.since} ${price.source}`} className="border-t border-line align-top">
                  <th scope="row" className="py-2 pr-3 text-left font-normal">
                    <span className="block font-medium wrap-anywhere">{price.model === "*" ? "All models" : price.model}</span>
                    <span className="block text-[0.84rem] text-soft">{title(price.provider)}</span>
                    <span className="mt-0.5 block text-[0.84rem] text-faint sm:hidden">
                      since {since(price)} <Where price={price} onRemove={setRemoving} />
                    </span>
                  </th>
                  <td className="px-2 py-2 text-right tabular-nums">{usdShort(price.input_usd)}</td>
                  <td className="hidden px-2 py-2 text-right text-soft tabular-nums md:table-cell">{price.cached_usd != null ? usdShort(price.cached_usd) : "as in"}</td>
                  <td className="px-2 py-2 text-right tabular-nums">{price.output_usd ? usdShort(price.output_usd) : "$0"}</td>
                  <td className="hidden px-2 py-2 text-right text-soft whitespace-nowrap sm:table-cell">{since(price)}</td>
                  <td className="hidden py-2 pl-4 text-[0.88rem] sm:table-cell"><Where price={price} onRemove={setRemoving} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Confirm
        open={removing !== undefined}
        title={`Remove your prices of ${removing?.model === "*" ? "all models" : (removing?.model ?? "")}?`}
        about="All of them, of every day. The price that comes with the program holds again, where there is one."
        action="Remove them"
        busy={remove.isPending && "Removing …"}
        onClose={() => setRemoving(undefined)}
        onConfirm={() => removing && remove.mutate(removing)}
      >
        {remove.isError && <ProblemCard error={remove.error} />}
      </Confirm>
    </>
  );
}

const since = (price: Price) => (price.since ? dayName(dayOf(Date.parse(price.since)), true) : "always");

function Where({ price, onRemove }: { price: Price; onRemove: (price: Price) => void }) {
  if (!isOwn(price)) {
    return (
      <a href={price.source ?? ""} target="_blank" rel="noreferrer" className="text-soft underline decoration-edge/60 underline-offset-2 hover:text-accent wrap-anywhere">
        {host(price.source ?? "")}
      </a>
    );
  }
  return (
    <span className="inline-flex flex-wrap items-center gap-1">
      <Badge tone="accent">yours</Badge>
      <Button small look="quiet" aria-label={`Remove your prices of ${price.model}`} onClick={() => onRemove(price)}>Remove …</Button>
    </span>
  );
}

function host(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}
