/** The columns of the logs. */
import { Link } from "@tanstack/react-router";
import type { Log } from "../../api/objects.ts";
import { Badge, countOf, Moment, type StateKind } from "../../controls/show.tsx";
import type { Column } from "../../controls/table.tsx";
import { KeyName } from "../keys/key-name.tsx";

const unknown = <span className="soft">unknown</span>;

export function statusKind(status: number): StateKind {
  if (status < 400) return "good";
  return status === 429 ? "waiting" : "bad";
}

function moneyOf(cost: string | null, isEstimate: boolean) {
  if (cost === null) return unknown;
  return `$${cost}${isEstimate ? " est." : ""}`;
}

export function secondsOf(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

export const logColumns: readonly (Column<Log> & { id: string; isUsual: boolean })[] = [
  {
    id: "time",
    title: "Time",
    isUsual: true,
    cell: ({ id, created_at }) => (
      <Link to="/logs/$id" params={{ id }} className="row-link">
        <Moment at={created_at} withSeconds />
      </Link>
    ),
  },
  {
    id: "status",
    title: "Status",
    isUsual: true,
    cell: ({ response_status_code: status, error }) => (
      <span className="chips">
        <Badge kind={statusKind(status)}>{status}</Badge>
        {error !== null && <code>{error}</code>}
      </span>
    ),
  },
  {
    id: "model",
    title: "Model",
    isUsual: true,
    cell: ({ model, ai_model }) => <code>{model ?? ai_model ?? "—"}</code>,
  },
  {
    id: "tokens",
    title: "Tokens",
    isUsual: true,
    isNumber: true,
    cell: ({ req_units, res_units }) =>
      req_units === null ? unknown : `${countOf(req_units)} in, ${res_units === null ? "?" : countOf(res_units)} out`,
  },
  {
    id: "cost",
    title: "Cost",
    isUsual: true,
    isNumber: true,
    cell: ({ cost, cost_is_estimate }) => moneyOf(cost, cost_is_estimate),
  },
  { id: "took", title: "Took", isUsual: true, isNumber: true, cell: ({ response_time }) => secondsOf(response_time) },
  { id: "signs", title: "Signs", isUsual: true, cell: (log) => signsOf(log) },
  { id: "first", title: "First word", isUsual: false, isNumber: true, cell: (log) => firstOf(log) },
  {
    id: "key",
    title: "Gateway key",
    isUsual: false,
    cell: ({ api_key_id }) => (api_key_id === null ? "—" : <KeyName id={api_key_id} />),
  },
  { id: "region", title: "Region", isUsual: false, cell: ({ region }) => region ?? "—" },
  { id: "credential", title: "Credential", isUsual: false, cell: ({ credential }) => credential ?? "—" },
  { id: "dialect", title: "Dialect", isUsual: false, cell: ({ dialect }) => dialect },
  { id: "config", title: "Config", isUsual: false, cell: ({ config }) => config ?? "—" },
  { id: "client", title: "Client", isUsual: false, cell: ({ client }) => client ?? "—" },
  {
    id: "metadata",
    title: "Metadata",
    isUsual: false,
    cell: ({ metadata }) =>
      Object.entries(metadata)
        .map(([name, value]) => `${name}=${value}`)
        .join(", "),
  },
];

const firstOf = ({ first_token_ms }: Log) => (first_token_ms === null ? "—" : secondsOf(first_token_ms));

/** What was out of the ordinary: from the cache, after retries, at another target than the first, as a stream. */
function signsOf({ cache_status, attempt_count, stream, target }: Log) {
  const signs = [
    ...(cache_status === "HIT" || cache_status === "SEMANTIC HIT" ? ["cache"] : []),
    ...(attempt_count > 1 ? [`${attempt_count} attempts`] : []),
    ...(target !== null && target.includes("[") && !target.endsWith("[0]") ? [target] : []),
    ...(stream ? ["stream"] : []),
  ];
  // An empty cell is left out of a card.
  if (signs.length === 0) return null;
  return (
    <span className="chips">
      {signs.map((sign) => (
        <span key={sign} className="chip">
          {sign}
        </span>
      ))}
    </span>
  );
}
