/** What was said of a call: by guardrails while it went on, and by people and programs afterwards. */
import type { LogDetail } from "../../api/objects.ts";
import { Panel } from "../../controls/page.tsx";
import { Badge, Moment } from "../../controls/show.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { secondsOf } from "./log-columns.tsx";

type CheckFact = LogDetail["guardrails"][number];
type Feedback = LogDetail["feedback"][number];

const checkColumns: readonly Column<CheckFact>[] = [
  { title: "Guardrail", cell: ({ guardrail }) => guardrail },
  { title: "Check", cell: ({ check }) => <code>{check}</code> },
  { title: "Of", cell: ({ when }) => (when === "before_request" ? "the request" : "the answer") },
  { title: "Verdict", cell: (fact) => <Verdict fact={fact} /> },
  { title: "Changed it", cell: ({ transformed }) => (transformed ? "yes" : "no") },
  { title: "Took", isNumber: true, cell: ({ durationMs }) => secondsOf(Math.round(durationMs)) },
];

function Verdict({ fact: { verdict, error, isAsync } }: { fact: CheckFact }) {
  const [kind, words] = verdict
    ? (["good", "passed"] as const)
    : error === undefined
      ? (["bad", "failed"] as const)
      : (["waiting", "could not judge"] as const);
  return (
    <span className="chips">
      <Badge kind={kind}>{words}</Badge>
      {error !== undefined && <span>{error}</span>}
      {isAsync === true && <span className="chip">nobody waited for it</span>}
    </span>
  );
}

const feedbackColumns: readonly Column<Feedback>[] = [
  { title: "Value", isNumber: true, cell: ({ value }) => value },
  { title: "Weight", isNumber: true, cell: ({ weight }) => weight },
  {
    title: "Metadata",
    cell: ({ metadata }) =>
      Object.entries(metadata)
        .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
        .join(", "),
  },
  { title: "Given", cell: ({ created_at }) => <Moment at={created_at} withSeconds /> },
];

export function JudgedPanels({ log: { guardrails: checks, feedback } }: { log: LogDetail }) {
  return (
    <>
      {checks.length > 0 && (
        <Panel title="Guardrails" lead="What each check said. Neither here nor in the record is a word of the text.">
          <Table
            caption="Checks"
            columns={checkColumns}
            rows={checks}
            keyOf={(fact) => `${fact.when} ${checks.indexOf(fact)}`}
          />
        </Panel>
      )}
      {feedback.length > 0 && (
        <Panel title="Feedback" lead="What was said of the call's trace.">
          <Table caption="Feedback" columns={feedbackColumns} rows={feedback} keyOf={({ id }) => id} />
        </Panel>
      )}
    </>
  );
}
