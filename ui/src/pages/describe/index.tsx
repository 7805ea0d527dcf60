// The first page: a sentence, an example or a template becomes a draft.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Loading } from "../../components/feedback";
import { Start } from "./start";

const DraftPage = lazy(() => import("./draft"));

export function DescribePage() {
  const { sentence, template, talk } = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  if (sentence === undefined && template === undefined && talk === undefined) {
    return <Start onStart={(search) => void navigate({ search })} />;
  }
  return (
    <Suspense fallback={<Loading what="Opening the draft …" className="px-8" />}>
      <DraftPage key={`${template}:${sentence}`} sentence={sentence} template={template} talk={talk} />
    </Suspense>
  );
}
