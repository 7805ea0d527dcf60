// Changes to a definition's text that keep everything else as it was written: comments, order, spelling.
import { Document, isCollection, isMap, isScalar, isSeq, parseDocument, stringify, YAMLMap, YAMLSeq, type ParsedNode } from "yaml";
import type { Path } from "./model";

export interface Read {
  definition: unknown;
  /** Why it cannot be read at all. */
  problem?: string;
}

const OPTIONS = { version: "1.2", schema: "core", uniqueKeys: false, logLevel: "silent" } as const;
const PRINT = { lineWidth: 0, flowCollectionPadding: true } as const;

/** What was read last: a page and the editor in it read the same text. */
let latest: { text: string; read: Read } | undefined;

export function readText(text: string): Read {
  if (latest?.text !== text) latest = { text, read: parsed(text) };
  return latest.read;
}

function parsed(text: string): Read {
  const document = parseDocument(text, OPTIONS);
  const error = document.errors[0];
  try {
    const definition: unknown = document.toJS({ maxAliasCount: 100 });
    return error ? { definition, problem: error.message } : { definition };
  } catch (cause) {
    return { definition: null, problem: cause instanceof Error ? cause.message : "it cannot be read" };
  }
}

/** A change made to the parsed text; the text stays as it is when it cannot be parsed. */
function change(text: string, edit: (document: Document.Parsed<ParsedNode>) => void): string {
  const document = parseDocument(text, OPTIONS);
  if (document.errors.length > 0) return text;
  if (!isMap(document.contents)) return text;
  edit(document);
  return document.toString(PRINT);
}

/** Sets a value; `undefined` takes the key away. */
export function setValue(text: string, path: Path, value: unknown): string {
  return change(text, (document) => {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, node(document, value));
  });
}

/** Renames a key of a map, in its place. */
export function renameKey(text: string, path: Path, name: string): string {
  return change(text, (document) => {
    const map = document.getIn(path.slice(0, -1), true);
    if (!isMap(map) || map.has(name)) return;
    const pair = map.items.find((item) => keyOf(item.key) === String(path.at(-1)));
    if (pair) pair.key = document.createNode(name);
  });
}

export function insertStep(text: string, block: Path, index: number, step: unknown): string {
  return change(text, (document) => {
    const list = blockAt(document, block);
    list.flow = false;
    list.items.splice(Math.min(index, list.items.length), 0, node(document, step));
    unflow(document, block);
  });
}

export function removeStep(text: string, path: Path): string {
  return change(text, (document) => document.deleteIn(path));
}

/** Moves a step up or down among its siblings. */
export function moveStep(text: string, path: Path, by: 1 | -1): string {
  return change(text, (document) => {
    const list = document.getIn(path.slice(0, -1), true);
    const from = path.at(-1);
    if (!isSeq(list) || typeof from !== "number") return;
    const to = from + by;
    if (to < 0 || to >= list.items.length) return;
    const [item] = list.items.splice(from, 1);
    list.items.splice(to, 0, item);
  });
}

/** Puts a copy below; ids are left out of it, because they are unique. */
export function copyStep(text: string, path: Path): string {
  return change(text, (document) => {
    const list = document.getIn(path.slice(0, -1), true);
    const from = path.at(-1);
    if (!isSeq(list) || typeof from !== "number") return;
    const item = list.items[from];
    const value: unknown = isCollection(item) ? item.toJS(document) : item;
    list.items.splice(from + 1, 0, node(document, withoutIds(value)));
  });
}

function withoutIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIds);
  if (typeof value !== "object" || value === null) return value;
  const isStep = !("type" in value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !(isStep && key === "id"))
      // What is inside `with` and the like is data.
      .map(([key, inner]) => [key, BLOCK_KEYS.has(key) ? withoutIds(inner) : inner]),
  );
}
const BLOCK_KEYS = new Set(["then", "else", "cases", "default", "steps", "parallel", "try", "catch", "finally"]);

/** The list at `path`, made if there is none. */
function blockAt(document: Document.Parsed<ParsedNode>, path: Path): YAMLSeq {
  const there = document.getIn(path, true);
  if (isSeq(there)) return there;
  const list = new YAMLSeq();
  document.setIn(path, list);
  return list;
}

/** A flow collection cannot hold a block collection: opens those on the way. */
function unflow(document: Document.Parsed<ParsedNode>, path: Path) {
  for (let length = 0; length <= path.length; length++) {
    const part = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isCollection(part)) part.flow = false;
  }
}

function node(document: Document, value: unknown) {
  const made = document.createNode(value);
  if (isMap(made)) flowSmall(made);
  return made;
}

/** Small maps of scalars inside a step stay on one line, as people write them. */
function flowSmall(map: YAMLMap) {
  for (const pair of map.items) {
    const value = pair.value;
    if (isMap(value) && value.items.length <= 3 && value.items.every((item) => isScalar(item.value) && String(item.value.value).length < 30 && !String(item.value.value).includes("\n"))) {
      value.flow = value.items.length > 0;
    } else if (isMap(value)) flowSmall(value);
  }
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

/** A value as somebody types it into a form: text stays text, everything else is YAML. */
export function printValue(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value === "" || readScalar(value) !== value ? JSON.stringify(value) : value;
  return stringify(value, PRINT).trimEnd();
}

/** The value that somebody typed: `{{ … }}` is text, `12` a number, `a: 1` an object. */
export function parseValue(typed: string): { value: unknown } | { problem: string } {
  if (typed.trim() === "") return { value: undefined };
  if (isTemplate(typed)) return { value: typed };
  const document = parseDocument(typed, OPTIONS);
  const error = document.errors[0];
  if (error) return looksStructured(typed) ? { problem: error.message.split("\n")[0] ?? "it cannot be read" } : { value: typed };
  return { value: document.toJS({ maxAliasCount: 100 }) as unknown };
}

const isTemplate = (typed: string) => /^\s*\{\{/.test(typed);
const looksStructured = (typed: string) => /^\s*[[{"'|>-]/.test(typed) || /\n/.test(typed);

function readScalar(text: string): unknown {
  if (isTemplate(text)) return text;
  const document = parseDocument(text, OPTIONS);
  if (document.errors.length > 0) return looksStructured(text) ? undefined : text;
  return document.toJS() as unknown;
}

/** An id that no step has yet. */
export function freeId(taken: Iterable<string>, wanted: string): string {
  const used = new Set(taken);
  const base = wanted.replace(/[^a-z0-9_]+/g, "_").replace(/^[^a-z]+/, "") || "step";
  if (!used.has(base)) return base;
  for (let number = 2; ; number++) if (!used.has(`${base}_${number}`)) return `${base}_${number}`;
}

/** The line (from 1) at which the value at `path` begins. */
export function lineOf(text: string, path: Path): number | undefined {
  const document = parseDocument(text, OPTIONS);
  const found = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
  if (!found?.range) return undefined;
  return text.slice(0, found.range[0]).split("\n").length;
}
