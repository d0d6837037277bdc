import { Link } from "@tanstack/react-router";
import { Page } from "../controls/page.tsx";
import { EmptyState, ErrorPanel } from "../controls/states.tsx";

/** A page that broke: the others still work. */
export function PageFault({ error }: { error: unknown }) {
  return (
    <Page title="This page broke">
      <ErrorPanel error={error} onRetry={() => location.reload()} />
    </Page>
  );
}

/** Where not even the frame stands. */
export function FrameFault({ error }: { error: unknown }) {
  return (
    <main className="main">
      <PageFault error={error} />
    </main>
  );
}

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyState icon="search" title="There is no such page" action={<Link to="/">To the start</Link>}>
        The address may be mistyped, or what it showed was deleted.
      </EmptyState>
    </Page>
  );
}
