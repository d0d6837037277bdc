/** All that a config was: the difference to what it is, and the way back. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { everyEntry } from "../../api/list-page.ts";
import type { Config } from "../../api/objects.ts";
import { Button } from "../../controls/button.tsx";
import { TextDifference } from "../../controls/difference.tsx";
import { Panel } from "../../controls/page.tsx";
import { RestoreVersion } from "../../controls/restore-version.tsx";
import { Badge, Moment } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { usePeopleNames } from "../settings/people-names.ts";

type Version = Schemas["ConfigVersions"]["data"][number];

export function Versions({ config }: { config: Config }) {
  const control = useControl();
  const { project } = useProject();
  const query = useQuery({
    queryKey: ["config-versions", project.id, config.slug],
    queryFn: () =>
      everyEntry((page) =>
        answerOf(
          control.api.GET("/v1/configs/{slug}/versions", {
            params: { path: { slug: config.slug }, query: { workspace_id: project.id, ...page } },
          }),
        ),
      ),
  });
  return (
    <Await query={query} what="versions">
      {(data) => (
        <ol className="stack plain-list" reversed>
          {data.map((version, index) => (
            <li key={version.id}>
              <VersionPanel config={config} version={version} before={data[index + 1]} isNewest={index === 0} />
            </li>
          ))}
        </ol>
      )}
    </Await>
  );
}

interface VersionProps {
  config: Config;
  version: Version;
  before: Version | undefined;
  isNewest: boolean;
}

const textOf = (config: object) => JSON.stringify(config, undefined, 2);

function VersionPanel({ config, version, before, isNewest }: VersionProps) {
  const { canChange } = useProject();
  const [isOpen, setIsOpen] = useState(isNewest);
  const nameOf = usePeopleNames();
  return (
    <Panel
      title={`Version ${version.version}`}
      lead={
        <>
          <Moment at={version.created_at} />
          {version.created_by !== null && ` by ${nameOf({ kind: "person", id: version.created_by })}`}
        </>
      }
      actions={
        <>
          {isNewest && <Badge kind="good">in use</Badge>}
          <Button variant="quiet" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {isOpen ? "Hide" : "Show"}
          </Button>
          {!isNewest && canChange && <Restore config={config} version={version} />}
        </>
      }
    >
      {isOpen && (
        <TextDifference
          before={before === undefined ? undefined : textOf(before.config)}
          after={textOf(version.config)}
          label={before === undefined ? `version ${version.version}` : `what version ${version.version} changed`}
        />
      )}
    </Panel>
  );
}

function Restore({ config: { slug }, version: { version, config } }: { config: Config; version: Version }) {
  const control = useControl();
  const { project } = useProject();
  const params = { path: { slug }, query: { workspace_id: project.id } };
  return (
    <RestoreVersion
      version={version}
      restore={() => answerOf(control.api.PUT("/v1/configs/{slug}", { params, body: { config } }))}
    />
  );
}
