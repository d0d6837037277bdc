import { answerOf, useControl } from "../../api/control.ts";
import type { Credential } from "../../api/objects.ts";
import { ObjectActions } from "../../controls/object-actions.tsx";
import { Uses } from "../../controls/uses.tsx";
import { useProject } from "../../session/project.ts";

export function CredentialActions({ credential: { slug, name, status } }: { credential: Credential }) {
  const control = useControl();
  const { project } = useProject();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  return (
    <ObjectActions
      name={name}
      switching={{
        isOff: status === "disabled",
        set: async (disabled) => {
          const saved = await answerOf(control.api.PUT("/v1/virtual-keys/{slug}", { params, body: { disabled } }));
          // What its integration keeps off stays off.
          if (!disabled && saved.status === "disabled") throw new Error(saved.warnings.join(" "));
        },
        words: (
          <>
            <p>
              Calls that it would sign are refused, or go to the next target of their config. It can be switched on
              again.
            </p>
            <Uses used="credential" slug={slug} />
          </>
        ),
      }}
      deleting={{
        run: () => answerOf(control.api.DELETE("/v1/virtual-keys/{slug}", { params })),
        typed: slug,
        listPath: "/credentials",
        words: (
          <>
            <p>Its secret is gone for good. Switch it off instead if you may want it back.</p>
            <Uses used="credential" slug={slug} />
          </>
        ),
      }}
    />
  );
}
