import { Page } from "../../components/page";

export function BotsPage() {
  return <Page title="Bots">{null}</Page>;
}
