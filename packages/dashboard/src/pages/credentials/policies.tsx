import { useQuery } from "@tanstack/react-query";
import { answerOf, useControl } from "../../api/control.ts";
import type { Credential } from "../../api/objects.ts";
import { CodeBlock } from "../../controls/copy.tsx";
import { indented } from "../../controls/forms/form-text.ts";
import { Panel } from "../../controls/page.tsx";
import { Await } from "../../controls/states.tsx";
import { Tabs } from "../../controls/tabs.tsx";
import { useProject } from "../../session/project.ts";

/** IAM policies to paste: no more rights than the gateway needs. */
export function Policies({ credential: { slug, kind } }: { credential: Credential }) {
  const control = useControl();
  const { project } = useProject();
  const query = useQuery({
    queryKey: ["policies", project.id, slug],
    queryFn: () =>
      answerOf(
        control.api.GET("/v1/virtual-keys/{slug}/policies", {
          params: { path: { slug }, query: { workspace_id: project.id } },
        }),
      ),
    staleTime: 60_000,
  });
  return (
    <Panel title="Policies to paste into IAM" lead={leadOf(kind)}>
      <Await query={query} what="policies">
        {({ permission_policy, trust_policy }) => {
          const permissions = <CodeBlock code={indented(permission_policy)} label="the permission policy" />;
          if (trust_policy === null) return permissions;
          const trust = <CodeBlock code={indented(trust_policy)} label="the trust policy" />;
          return (
            <Tabs
              label="Policies"
              tabs={[
                { id: "permissions", label: "Permissions", content: permissions },
                { id: "trust", label: "Trust", content: trust },
              ]}
            />
          );
        }}
      </Await>
    </Panel>
  );
}

function leadOf(kind: Credential["kind"]): string {
  if (kind === "assumed_role") {
    return "IAM > Roles > the role: Permissions > Create inline policy > JSON, and Trust relationships > Edit trust policy.";
  }
  return "IAM > the user or role > Permissions > Create inline policy > JSON. It allows the least that the gateway needs.";
}
