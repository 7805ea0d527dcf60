import { Page } from "../../components/page";

export function EventsPage() {
  return <Page title="Events">{null}</Page>;
}
