// The first page: a sentence, an example or a template becomes a draft.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { DraftPage } from "./draft";
import { Start } from "./start";

export function DescribePage() {
  const { sentence, template } = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  if (sentence !== undefined || template !== undefined) {
    return <DraftPage key={`${template}:${sentence}`} sentence={sentence} template={template} />;
  }
  return <Start onStart={(search) => void navigate({ search })} />;
}
