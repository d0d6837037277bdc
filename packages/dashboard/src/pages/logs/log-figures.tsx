import type { LogDetail } from "../../api/objects.ts";
import { Panel } from "../../controls/page.tsx";
import { Badge, countOf, Moment } from "../../controls/show.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { secondsOf, statusKind } from "./log-columns.tsx";

/** Where the time went: from the arrival on. */
export function TimePanel({ log: { timings } }: { log: LogDetail }) {
  const { queue_ms, first_byte_ms, first_token_ms, upstream_ms, total_ms } = timings;
  const rows = [
    { what: "Before it was sent", ms: queue_ms },
    { what: "First byte from AWS", ms: first_byte_ms },
    { what: "First word", ms: first_token_ms },
    { what: "As AWS counts it", ms: upstream_ms },
    { what: "All of it", ms: total_ms },
  ];
  return (
    <Panel title="Time" lead="From the arrival of the request on.">
      <dl className="bars">
        {rows.map(({ what, ms }) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{ms === null ? <span className="soft">—</span> : secondsOf(ms)}</dd>
            <meter min={0} max={Math.max(1, total_ms)} value={ms ?? 0} aria-hidden="true" />
          </div>
        ))}
      </dl>
    </Panel>
  );
}

const unitWords = [
  ["input", "Input"],
  ["output", "Output"],
  ["cache_read", "Read from AWS's cache"],
  ["cache_write", "Written to AWS's cache"],
  ["total", "In all"],
] as const;

export function CostPanel({ log }: { log: LogDetail }) {
  const { units, cost, cost_is_estimate, cost_parts, cost_missing, prices, tier } = log;
  return (
    <Panel
      title="Cost"
      lead={`US dollars, exact${prices === null ? "" : `; prices of ${prices}`}; tier ${tier}.`}
      actions={<strong>{cost === null ? "unknown" : `$${cost}${cost_is_estimate ? " (estimate)" : ""}`}</strong>}
    >
      <dl className="bars">
        {unitWords.map(([name, words]) => (
          <div key={name}>
            <dt>{words}</dt>
            <dd>
              {units[name] === null ? <span className="soft">—</span> : `${countOf(units[name])} tokens`}
              {cost_parts[name] !== undefined && ` · $${cost_parts[name]}`}
            </dd>
          </div>
        ))}
        {Object.entries(cost_parts)
          .filter(([name]) => unitWords.every(([known]) => known !== name))
          .map(([name, dollars]) => (
            <div key={name}>
              <dt>{name.replaceAll("_", " ")}</dt>
              <dd>${dollars}</dd>
            </div>
          ))}
      </dl>
      {cost_missing.length > 0 && <p className="hint">Not known: {cost_missing.join("; ")}</p>}
    </Panel>
  );
}

type Attempt = LogDetail["attempts"][number];

const columns: readonly Column<Attempt>[] = [
  { title: "Target", cell: ({ target }) => <code>{target}</code> },
  {
    title: "Status",
    cell: ({ status }) => (status === null ? "—" : <Badge kind={statusKind(status)}>{status}</Badge>),
  },
  { title: "Model", cell: ({ model }) => <code>{model ?? "—"}</code> },
  { title: "Region", cell: ({ region }) => region ?? "—" },
  { title: "Signed with", cell: ({ credential }) => credential ?? "—" },
  { title: "Began", cell: ({ started_at }) => <Moment at={started_at} withSeconds /> },
  { title: "Took", isNumber: true, cell: ({ duration_ms }) => secondsOf(Math.round(duration_ms)) },
  { title: "Said", cell: ({ error }) => error ?? "" },
];

export function AttemptsPanel({ log: { attempts } }: { log: LogDetail }) {
  return (
    <Panel title="Attempts" lead="Each call of AWS, in their order.">
      <Table
        caption="Attempts"
        columns={columns}
        rows={attempts}
        keyOf={({ started_at, target }) => `${started_at} ${target}`}
      />
    </Panel>
  );
}
