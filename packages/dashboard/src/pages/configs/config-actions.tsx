import { answerOf, useControl } from "../../api/control.ts";
import type { Config } from "../../api/objects.ts";
import { ObjectActions } from "../../controls/object-actions.tsx";
import { Uses } from "../../controls/uses.tsx";
import { useProject } from "../../session/project.ts";

export function ConfigActions({ config: { slug, name, status, is_default } }: { config: Config }) {
  const control = useControl();
  const { project } = useProject();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  const breaks = (
    <>
      <p>
        Requests that name <code>{slug}</code> are refused from then on.
        {is_default === 1 && " It is the project's default: requests that name none go on without a config."}
      </p>
      <Uses used="config" slug={slug} />
    </>
  );
  return (
    <ObjectActions
      name={name}
      switching={{
        isOff: status === "inactive",
        set: (isOff) =>
          answerOf(control.api.PUT("/v1/configs/{slug}", { params, body: { status: isOff ? "inactive" : "active" } })),
        words: breaks,
      }}
      deleting={{
        run: () => answerOf(control.api.DELETE("/v1/configs/{slug}", { params })),
        typed: slug,
        listPath: "/configs",
        words: (
          <>
            {breaks}
            <p>All its versions go with it. It stays while a key has it as default.</p>
          </>
        ),
      }}
    />
  );
}
