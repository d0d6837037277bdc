/** A connection is tried by sending its request once. */
import type { Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { CopyText } from "../../controls/copy.tsx";
import { Callout, ErrorPanel } from "../../controls/states.tsx";
import { useState } from "react";

type Status = Schemas["ConnectionStatus"]["connection_status"];

const causes: Readonly<Record<NonNullable<Status["cause"]>, string>> = {
  request_format: "The request format has a fault",
  connection_spec: "The connection has a fault",
  signature: "AWS does not accept the signature",
  credential: "The credential does not work",
  permission: "The credential may not do this",
  model_not_in_region: "The region does not have the model",
  request: "The model does not take the request",
  quota: "A quota of AWS is used up",
  network: "AWS was not reached",
  aws: "AWS failed",
};

export function CheckConnection({ check }: { check: () => Promise<Schemas["ConnectionStatus"]> }) {
  const [status, setStatus] = useState<Status>();
  const { run, error, isBusy } = useAct(async () => {
    setStatus(undefined);
    setStatus((await check()).connection_status);
  });
  return (
    <div className="stack" aria-live="polite">
      <div className="actions">
        <Button icon="play" onClick={run} isBusy={isBusy}>
          Check the connection
        </Button>
        <span className="hint">Sends the request format once; AWS bills that call.</span>
      </div>
      {error !== undefined && <ErrorPanel error={error} title="The check could not be run" />}
      {status?.status === "succeeded" && (
        <Callout kind="good">
          <strong>The model answered.</strong>
        </Callout>
      )}
      {status?.status === "failed" && (
        <Callout kind="warning">
          <strong>{status.cause === undefined ? "It failed" : causes[status.cause]}.</strong>
          {status.message !== null && <p>{status.message}</p>}
          {status.remedy !== undefined && <p>{status.remedy}</p>}
          {status.aws_request_id !== undefined && <CopyText text={status.aws_request_id} label="AWS's request id" />}
        </Callout>
      )}
    </div>
  );
}
