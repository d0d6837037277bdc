/** All that a prompt said: what each version changed, which is published, which labels point where. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { everyEntry } from "../../api/list-page.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { TextDifference } from "../../controls/difference.tsx";
import { SelectField } from "../../controls/forms/field.tsx";
import type { Prompt } from "../../api/objects.ts";
import { useSay } from "../../controls/messages.tsx";
import { Panel } from "../../controls/page.tsx";
import { Badge, Moment } from "../../controls/show.tsx";
import { Await, ErrorPanel } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { textOf } from "./prompt-terms.ts";
import { Form } from "../../controls/forms/form.tsx";

type Version = Schemas["PromptVersions"]["data"][number];

export function Versions({ prompt }: { prompt: Prompt }) {
  const control = useControl();
  const { project } = useProject();
  const query = useQuery({
    queryKey: ["prompt-versions", project.id, prompt.slug],
    queryFn: () =>
      everyEntry((page) =>
        answerOf(
          control.api.GET("/v1/prompts/{prompt}/versions", {
            params: { path: { prompt: prompt.slug }, query: { workspace_id: project.id, ...page } },
          }),
        ),
      ),
  });
  return (
    <Await query={query} what="versions">
      {(data) => (
        <div className="stack">
          {data.map((version, index) => (
            <VersionPanel key={version.id} prompt={prompt} version={version} before={data[index + 1]} />
          ))}
        </div>
      )}
    </Await>
  );
}

interface VersionProps {
  prompt: Prompt;
  version: Version;
  before: Version | undefined;
}

function VersionPanel({ prompt, version, before }: VersionProps) {
  const { canChange } = useProject();
  const [isOpen, setIsOpen] = useState(version.prompt_version === prompt.latest_version);
  const isPublished = version.prompt_version === prompt.published_version;
  return (
    <Panel
      title={`Version ${version.prompt_version}`}
      lead={
        <>
          <Moment at={version.prompt_version_created_at} />
          {version.prompt_version_description !== null && ` · ${version.prompt_version_description}`}
        </>
      }
      actions={
        <>
          {isPublished && <Badge kind="good">published</Badge>}
          {version.prompt_version_labels.map(({ id, name }) => (
            <Badge key={id} kind="info">
              {name}
            </Badge>
          ))}
          <Button variant="quiet" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {isOpen ? "Hide" : "Show"}
          </Button>
          {canChange && !isPublished && <Publish prompt={prompt} version={version} />}
        </>
      }
    >
      {isOpen && (
        <>
          <TextDifference
            before={before === undefined ? undefined : textOf(before)}
            after={textOf(version)}
            label={`what version ${version.prompt_version} changed`}
          />
          {canChange && (
            <Label
              // A label that has been pointed elsewhere is no choice here any more.
              key={version.prompt_version_labels.map(({ id }) => id).join(" ")}
              prompt={prompt}
              version={version}
            />
          )}
        </>
      )}
    </Panel>
  );
}

function Publish({ prompt, version: { prompt_version: version } }: { prompt: Prompt; version: Version }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  const publish = async (wanted: number, before?: number) => {
    const params = { path: { prompt: prompt.slug }, query: { workspace_id: project.id } };
    await answerOf(control.api.PUT("/v1/prompts/{prompt}/makeDefault", { params, body: { version: wanted } }));
    const undo = before === undefined ? undefined : () => publish(before);
    say(`Version ${wanted} is published: calls that name none get it at once.`, undo);
    await queries.invalidateQueries();
  };
  const { run, error, isBusy } = useAct(() => publish(version, prompt.published_version));
  return (
    <>
      <Button variant="primary" onClick={run} isBusy={isBusy} aria-label={`Publish version ${version}`}>
        Publish
      </Button>
      {error !== undefined && <ErrorPanel error={error} />}
    </>
  );
}

function Label({ prompt, version }: { prompt: Prompt; version: Version }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  const [chosen, setChosen] = useState(version.prompt_version_labels[0]?.name ?? "");
  const labels = useQuery({
    queryKey: ["label-choice", project.id],
    queryFn: () =>
      everyEntry((page) =>
        answerOf(control.api.GET("/v1/labels", { params: { query: { workspace_id: project.id, ...page } } })),
      ),
  });
  const { run, error, isBusy } = useAct(async () => {
    const path = { prompt: prompt.slug, version: String(version.prompt_version) };
    await answerOf(
      control.api.PUT("/v1/prompts/{prompt}/versions/{version}", {
        params: { path, query: { workspace_id: project.id } },
        body: { label_id: chosen === "" ? null : chosen },
      }),
    );
    say(chosen === "" ? "No label points here." : `${prompt.slug}@${chosen} is this version.`);
    await queries.invalidateQueries();
  });
  return (
    <Form className="bar" onSubmit={run}>
      <SelectField
        label={`Label of version ${version.prompt_version}`}
        value={chosen}
        onChange={setChosen}
        hint={`Calls name it: ${prompt.slug}@staging.`}
        error={labels.error === null ? undefined : `The labels could not be read. ${labels.error.message}`}
      >
        <option value="">none: takes away what points here</option>
        {(labels.data ?? []).map(({ id, name }) => (
          <option key={id} value={name}>
            {name}
          </option>
        ))}
      </SelectField>
      <Button type="submit" isBusy={isBusy}>
        Point it here
      </Button>
      {error !== undefined && <ErrorPanel error={error} />}
    </Form>
  );
}
