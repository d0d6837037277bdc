/** What the gateway would do with a config: its plan, and what each failure would lead to. Nothing is sent. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "../../api/api-error.ts";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { exactJson } from "../../controls/forms/exact-json.ts";
import { TextField } from "../../controls/forms/field.tsx";
import { Panel } from "../../controls/page.tsx";
import { Badge } from "../../controls/show.tsx";
import { Callout, ErrorPanel, Loading } from "../../controls/states.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { useDelayed } from "../../controls/use-delayed.ts";
import { useProject } from "../../session/project.ts";
import { exampleModel } from "../keys/snippets.ts";

type DryRun = Schemas["DryRun"];
type Failure = DryRun["failures"][number];

/** As the gateway writes it; the document has it without its inside, for it holds itself. */
interface PlanTarget {
  kind: "target";
  path: string;
  model: string;
  region?: string;
  credential: string;
  retry?: { attempts: number };
  request_timeout?: number;
}
type Plan =
  | PlanTarget
  | { kind: "fallback"; path: string; members: Plan[] }
  | { kind: "loadbalance"; path: string; members: { plan: Plan }[] };

/** Asked again when the text has rested. `config` is undefined while the text is no JSON. */
export function useDryRun(config: Record<string, unknown> | undefined, model: string) {
  const control = useControl();
  const { project } = useProject();
  const asked = useDelayed(JSON.stringify({ config, model }), 350);
  return useQuery({
    queryKey: ["dry-run", project.id, asked],
    // What is asked is of a moment ago: it may be a text that was no JSON yet.
    enabled: config !== undefined && "config" in (JSON.parse(asked) as object),
    placeholderData: (before: DryRun | undefined) => before,
    retry: false,
    queryFn: () => {
      const given = exactJson(asked) as { config: Record<string, unknown>; model: string };
      return answerOf(
        control.api.POST("/v1/configs/dry-run", {
          params: { query: { workspace_id: project.id } },
          body: { config: given.config, request: { body: { model: given.model } } },
        }),
      );
    },
  });
}

export function DryRunPanel({
  query,
  model,
  onModel,
}: {
  query: ReturnType<typeof useDryRun>;
  model: string;
  onModel: (model: string) => void;
}) {
  return (
    <Panel title="What it would do" lead="A dry run for a request that names this model. Nothing is sent.">
      <TextField label="Model of the request" className="mono" value={model} onChange={onModel} />
      {query.error !== null ? (
        <ErrorPanel
          error={query.error}
          title={isRefused(query.error) ? "A call with this config would be refused" : "It could not be tried"}
          onRetry={() => void query.refetch()}
        />
      ) : query.data === undefined ? (
        <Loading what="the plan" />
      ) : (
        <Outcome run={query.data} />
      )}
    </Panel>
  );
}

/** Said of the config, and not that the gateway is away, busy, or does not know who asks. */
export function isRefused(error: unknown): boolean {
  const { status } = asApiError(error);
  return status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
}

export function useDryRunModel() {
  return useState(exampleModel);
}

function Outcome({ run }: { run: DryRun }) {
  const targets = targetsOf(run.plan as Plan);
  const chances = new Map(run.first.map(({ target, share }) => [target, share]));
  const columns: Column<PlanTarget>[] = [
    { title: "Target", cell: ({ path }) => <code>{shortPath(path)}</code> },
    { title: "Called first", cell: ({ path }) => chanceOf(chances.get(path)) },
    { title: "Model", cell: ({ model }) => <code>{model}</code> },
    { title: "Region", cell: ({ region }) => region ?? "—" },
    { title: "Signed with", cell: ({ credential }) => credential },
  ];
  return (
    <>
      <Table caption="Targets of the plan" columns={columns} rows={targets} keyOf={({ path }) => path} />
      {run.dropped.length > 0 && (
        <Callout kind="warning">
          <strong>Has no effect here:</strong> {run.dropped.join(", ")}
        </Callout>
      )}
      <h3>If it fails</h3>
      <Table
        caption="What each failure leads to"
        columns={failureColumns}
        rows={grouped(run.failures)}
        keyOf={keyOfFailure}
      />
    </>
  );
}

function targetsOf(plan: Plan): PlanTarget[] {
  switch (plan.kind) {
    case "target":
      return [plan];
    case "fallback":
      return plan.members.flatMap(targetsOf);
    case "loadbalance":
      return plan.members.flatMap((member) => targetsOf(member.plan));
  }
}

const shortPath = (path: string) => path.replace(/^config\./, "");

function chanceOf(share: number | undefined) {
  if (share === undefined) return <span className="soft">no</span>;
  return <Badge kind="good">{share === 1 ? "always" : `${Math.round(share * 1000) / 10} %`}</Badge>;
}

interface FailureGroup extends Failure {
  failures: string[];
}

const keyOfFailure = ({ target, failures }: FailureGroup) => `${target} ${failures.join(" ")}`;

/** Failures of a target that lead to the same are one line. */
function grouped(failures: readonly Failure[]): FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const failure of failures) {
    const key = JSON.stringify([failure.target, failure.retries, failure.next]);
    const words = `${failure.failure.replaceAll("_", " ")} (${failure.status})`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...failure, failures: [words] });
    else group.failures.push(words);
  }
  return [...groups.values()];
}

const failureColumns: readonly Column<FailureGroup>[] = [
  { title: "Target", cell: ({ target }) => <code>{shortPath(target)}</code> },
  { title: "Fails by", cell: ({ failures }) => failures.join(", ") },
  {
    title: "Tried again",
    cell: ({ retries }) => (retries === 0 ? <span className="soft">no</span> : `up to ${retries} times`),
  },
  {
    title: "Then",
    cell: ({ next }) =>
      next === null ? <Badge kind="bad">the caller gets the error</Badge> : <code>{shortPath(next)}</code>,
  },
];
