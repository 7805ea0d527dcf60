import { Page } from "../../components/page";

export function BotPage() {
  return <Page title="Bot">{null}</Page>;
}
