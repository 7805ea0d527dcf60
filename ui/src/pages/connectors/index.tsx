import { Page } from "../../components/page";

export function ConnectorsPage() {
  return <Page title="Connectors">{null}</Page>;
}
