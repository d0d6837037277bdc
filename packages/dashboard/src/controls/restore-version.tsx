import { useQueryClient } from "@tanstack/react-query";
import { useAct } from "./act.ts";
import { Button } from "./button.tsx";
import { useSay } from "./messages.tsx";
import { ErrorPanel } from "./states.tsx";

interface RestoreVersionProps {
  version: number;
  /** Saves what that version says; gives the version that it is then. */
  restore: () => Promise<{ version: number }>;
}

/** The way back to a version that was: it becomes the newest. */
export function RestoreVersion({ version, restore }: RestoreVersionProps) {
  const queries = useQueryClient();
  const say = useSay();
  const { run, error, isBusy } = useAct(async () => {
    const saved = await restore();
    await queries.invalidateQueries();
    say(`Version ${version} is in use again, as version ${saved.version}.`);
  });
  return (
    <>
      <Button icon="refresh" onClick={run} isBusy={isBusy}>
        Use it again
      </Button>
      {error !== undefined && <ErrorPanel error={error} />}
    </>
  );
}
