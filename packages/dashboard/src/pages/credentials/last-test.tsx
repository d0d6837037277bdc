/** How the last test of a credential went, whoever made it. */
import type { Schemas } from "../../api/control.ts";
import { Badge, Moment } from "../../controls/show.tsx";

type Test = NonNullable<Schemas["VirtualKey"]["last_test"]>;
type Stages = readonly Pick<Test["stages"][number], "stage" | "status">[];

const names: Readonly<Record<Stages[number]["stage"], string>> = {
  shape: "secret",
  identity: "identity",
  models: "models",
  profiles: "profiles",
  call: "call",
};

/** That the secret is whole says nothing of its worth: somebody else must have taken it. */
export function isTried(stages: Stages): boolean {
  return stages.some(({ stage, status }) => stage !== "shape" && status === "ok");
}

/** `isWhole`: with the region and the errors by their codes. Null: it was not tested as it is now. */
export function LastTest({ test, isWhole = false }: { test: Test | null; isWhole?: boolean }) {
  if (test === null) return <span className="soft">none</span>;
  const codes = new Set(test.stages.flatMap(({ code }) => code ?? []));
  return (
    <span className="chips">
      <Ended test={test} />
      {isWhole && [...codes].map((code) => <code key={code}>{code}</code>)}
      {isWhole && test.region !== null && <span>in {test.region}</span>}
      <Moment at={test.tested_at} isRelative />
    </span>
  );
}

function Ended({ test: { ok, stages } }: { test: Test }) {
  if (ok) return isTried(stages) ? <Badge kind="good">ok</Badge> : <Badge kind="off">not tried</Badge>;
  const failed = stages.filter(({ status }) => status === "failed").map(({ stage }) => names[stage]);
  // A model may answer whoever may list nothing.
  const answered = stages.some(({ stage, status }) => stage === "call" && status === "ok");
  return <Badge kind={answered ? "waiting" : "bad"}>{`failed: ${failed.join(", ")}`}</Badge>;
}
