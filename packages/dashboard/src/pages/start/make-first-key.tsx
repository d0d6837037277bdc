import { useQueryClient } from "@tanstack/react-query";
import { answerOf, useControl } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";

/** A key that calls models, and signs with the credential that is there. */
export function MakeFirstKey({
  credential,
  onMade,
}: {
  credential: string | undefined;
  onMade: (secret: string) => void;
}) {
  const control = useControl();
  const queries = useQueryClient();
  const { project } = useProject();
  const { run, error, isBusy } = useAct(async () => {
    const made = await answerOf(
      control.api.POST("/v1/api-keys/{type}/{kind}", {
        params: { path: { type: "workspace", kind: "service" }, query: { workspace_id: project.id } },
        body: {
          name: "First key",
          scopes: ["completions.write"],
          ...(credential !== undefined && { defaults: { virtual_key: credential } }),
        },
      }),
    );
    if (made.key !== null) onMade(made.key);
    await queries.invalidateQueries();
  });
  return (
    <div>
      <Button variant={credential === undefined ? "plain" : "primary"} onClick={run} isBusy={isBusy}>
        Make a key
      </Button>
      {error !== undefined && <ErrorPanel error={error} />}
    </div>
  );
}
