// Which price applies to a model, by the gateway's rule: the workspace's own before those that come with the
// program; of those that fit, the longest name, and of that the newest that has begun.
import type { Schemas } from "../../api/client";

export type Price = Schemas["PriceBody"];

export const isOwn = (price: Price) => price.source == null;

export function priceOf(prices: Price[], provider: string, model: string, now: number): Price | undefined {
  const best = (among: Price[]) =>
    among
      .filter((price) => price.provider === provider && began(price) <= now && fits(price.model, model))
      .toSorted((a, b) => b.model.length - a.model.length || began(b) - began(a))[0];
  return best(prices.filter(isOwn)) ?? best(prices.filter((price) => !isOwn(price)));
}

const began = (price: Price) => (price.since ? Date.parse(price.since) : 0);

/** Whether `model` is the one of the price, or a dated or numbered version of it: `gpt-5-mini-2025-08-07`. */
function fits(name: string, model: string): boolean {
  if (name === "*") return true;
  const plain = model.replace(/^(us\.|eu\.|apac\.|global\.|models\/)/, "");
  return plain.startsWith(name) && /^($|[:@]|-v\d|-latest$|-\d{3})/.test(plain.slice(name.length));
}
