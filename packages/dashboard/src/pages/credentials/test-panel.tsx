/** A credential is tried at AWS, stage by stage: the first that fails says why, and what to do. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ApiError } from "../../api/api-error.ts";
import { useControl, type Schemas } from "../../api/control.ts";
import { eventsOf } from "../../api/server-events.ts";
import type { Credential } from "../../api/objects.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { CopyText } from "../../controls/copy.tsx";
import { TextField } from "../../controls/forms/field.tsx";
import { Icon, type IconName } from "../../controls/icon.tsx";
import { Panel } from "../../controls/page.tsx";
import { Callout, ErrorPanel } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { isTried } from "./last-test.tsx";
import { Form } from "../../controls/forms/form.tsx";

type Result = Schemas["VirtualKeyTestResult"];
type Stage = Result["stages"][number];

const titles: Readonly<Record<Stage["stage"], string>> = {
  shape: "The stored secret is whole",
  identity: "AWS knows who it is",
  models: "It sees models in the region",
  profiles: "It sees inference profiles",
  call: "A model answers",
};
const awsStages = ["shape", "identity", "models", "profiles", "call"] as const;

interface TestPanelProps {
  credential: Credential;
  /** True where it is run at once. */
  isBegun: boolean;
  firstModel: string;
}

export function TestPanel({ credential, isBegun, firstModel }: TestPanelProps) {
  const control = useControl();
  const queries = useQueryClient();
  const { project } = useProject();
  const [model, setModel] = useState(firstModel);
  const [stages, setStages] = useState<readonly Stage[]>([]);
  const [result, setResult] = useState<Result>();
  const running = useRef(new AbortController());
  // Who leaves the page waits for no more of it.
  useEffect(() => () => running.current.abort(), []);
  const { run, error, isBusy } = useAct(async () => {
    setResult(undefined);
    setStages([]);
    const stop = new AbortController();
    running.current = stop;
    const query = new URLSearchParams({ workspace_id: project.id });
    const path = `/v1/virtual-keys/${encodeURIComponent(credential.slug)}/test?${query.toString()}`;
    const asked = { stream: true, ...(model.trim() !== "" && { model: model.trim() }) };
    let isWhole = false;
    try {
      for await (const { event, data } of eventsOf(await control.stream(path, stop.signal, { body: asked }))) {
        if (event === "stage") setStages((before) => [...before, JSON.parse(data) as Stage]);
        if (event !== "result") continue;
        setResult(JSON.parse(data) as Result);
        isWhole = true;
      }
      if (!isWhole) throw new ApiError("The test broke off before its end.", { status: 0, code: "stream_broken" });
    } catch (fault) {
      // Whoever has left the page wanted no more of it: that is no failure.
      if (!stop.signal.aborted) throw fault;
    }
    // How it went is kept with the credential.
    await queries.invalidateQueries({ queryKey: ["credential", project.id, credential.slug] });
  });
  useBegin(isBegun, run);
  const isForeign = credential.kind === "openai_compatible";
  return (
    <Panel
      title="Does it work?"
      lead="Only the last stage costs something, and only if you name a model: one token of it."
    >
      <Form className="filters" onSubmit={run}>
        <TextField
          label="Model to ask for one token"
          isOptional
          className="mono"
          placeholder={isForeign ? "gpt-4o-mini" : "us.amazon.nova-micro-v1:0"}
          value={model}
          onChange={setModel}
        />
        <div>
          <Button type="submit" variant="primary" icon="play" isBusy={isBusy}>
            {result === undefined ? "Test" : "Test again"}
          </Button>
        </div>
      </Form>
      {error !== undefined && <ErrorPanel error={error} title="The test could not be run" />}
      {(isBusy || result !== undefined) && <Stages stages={stages} result={result} isForeign={isForeign} />}
    </Panel>
  );
}

/** Once, where whoever came here has just stored it. */
function useBegin(isBegun: boolean, run: () => void): void {
  const hasBegun = useRef(false);
  useEffect(() => {
    if (!isBegun || hasBegun.current) return;
    hasBegun.current = true;
    run();
  });
}

interface StagesProps {
  /** Those that have ended. */
  stages: readonly Stage[];
  result: Result | undefined;
  isForeign: boolean;
}

function Stages({ stages, result, isForeign }: StagesProps) {
  const expected = isForeign ? (["shape", "call"] as const) : awsStages;
  return (
    <div aria-live="polite" className="stack">
      {result !== undefined && <Verdict result={result} />}
      <ol className="stages">
        {expected.map((name) => (
          <StageLine key={name} title={titles[name]} stage={stages.find(({ stage }) => stage === name)} />
        ))}
      </ol>
    </div>
  );
}

function Verdict({ result: { ok, stages, region } }: { result: Result }) {
  if (ok && !isTried(stages)) {
    return (
      <Callout kind="info">
        <strong>It is stored, and not tried yet.</strong> Name a model: only a call shows whether it is taken.
      </Callout>
    );
  }
  return (
    <Callout kind={ok ? "good" : "warning"}>
      <strong>
        {ok ? "It works" : "It does not work yet"}
        {region !== null && ` in ${region}`}.
      </strong>
    </Callout>
  );
}

const marks: Readonly<Record<Stage["status"], IconName>> = { ok: "check", failed: "cross", skipped: "skip" };

function StageLine({ title, stage }: { title: string; stage: Stage | undefined }) {
  return (
    <li className={`stage stage-${stage?.status ?? "waiting"}`}>
      <span className="stage-mark">
        {stage === undefined ? <span className="spinner" aria-hidden="true" /> : <Icon name={marks[stage.status]} />}
      </span>
      <div>
        <h3>
          {title}
          <span className="hidden">: {stage?.status ?? "under way"}</span>
        </h3>
        {stage !== undefined && <p>{stage.message}</p>}
        {stage?.remedy !== undefined && <p className="remedy">{stage.remedy}</p>}
        {stage?.aws?.request_id !== undefined && <CopyText text={stage.aws.request_id} label="AWS's request id" />}
      </div>
    </li>
  );
}
