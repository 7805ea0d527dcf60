import { Page } from "../../components/page";

export function DescribePage() {
  return <Page title="Describe">{null}</Page>;
}
