// A definition's text, read and checked as it is typed.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useState } from "react";
import { api, data } from "../api/client";
import { readText } from "../flow/edit";
import { marksOf } from "../flow/marks";
import { readFlow } from "../flow/model";
import { useLate } from "../lib/use-late";

const PAUSE = 350;
/** Longer texts are read when the typing rests: reading them takes longer than a letter. */
const LONG = 50_000;

export function useDefinition(text: string) {
  const late = useLate(text, PAUSE);
  const soon = useDeferredValue(text.length > LONG ? late : text);
  const read = useMemo(() => readText(soon), [soon]);
  // While it cannot be read, the last drawing stays.
  const [good, setGood] = useState(read.definition);
  if (!read.problem && good !== read.definition) setGood(read.definition);
  const flow = useMemo(() => readFlow(read.problem ? good : read.definition), [read, good]);

  const check = useQuery({
    queryKey: ["check", late],
    queryFn: ({ signal }) => data(api.POST("/api/v1/checks", { body: { definition: late }, signal })),
    enabled: late.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  const fresh = late === text && !check.isPlaceholderData && check.isSuccess;
  const diagnostics = useMemo(() => check.data?.diagnostics ?? [], [check.data]);
  const marks = useMemo(() => marksOf(flow, diagnostics), [flow, diagnostics]);
  const errors = diagnostics.filter((item) => item.severity === "error").length;
  return { flow, check, diagnostics, marks, errors, fresh, ok: fresh && check.data.ok };
}

export type Definition = ReturnType<typeof useDefinition>;
