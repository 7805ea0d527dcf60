import { Page } from "../../components/page";

export function ConnectionsPage() {
  return <Page title="Connections">{null}</Page>;
}
