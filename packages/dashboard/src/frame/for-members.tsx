import { Page } from "../controls/page.tsx";
import { EmptyState } from "../controls/states.tsx";

/** What a viewer sees where members make something. */
export function ForMembers({ title }: { title: string }) {
  return (
    <Page title={title}>
      <EmptyState icon="person" title="For members of the project">
        You are a viewer here: you see what there is. Ask an admin for the role member.
      </EmptyState>
    </Page>
  );
}
