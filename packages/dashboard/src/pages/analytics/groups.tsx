/** The same calls, apart by a model, a key, a user ... */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { answerOf, useControl, type Control, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { csvOf } from "../../controls/csv.ts";
import { AddressField } from "../../controls/forms/address-field.tsx";
import { SelectField } from "../../controls/forms/field.tsx";
import { Panel } from "../../controls/page.tsx";
import { countOf } from "../../controls/show.tsx";
import { saveAs } from "../../controls/save-as.ts";
import { Await, Callout, ErrorPanel } from "../../controls/states.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { secondsOf } from "../logs/log-columns.tsx";
import { KeyName } from "../keys/key-name.tsx";
import { textOfPairs, type LogFilter } from "../logs/log-query.ts";
import { groupOf, groups, queryOf, spanOf, type AnalyticsFilter, type Span } from "./analytics-query.ts";

type Row = Schemas["AnalyticsGroups"]["data"][number];

/** Values are texts, and statuses are figures. */
const valueOf = (row: Row, field: string): string => {
  const value = row[field];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};

const number = (row: Row, name: string): number => {
  const value = row[name];
  return typeof value === "number" ? value : 0;
};

export function Groups({ filter }: { filter: AnalyticsFilter }) {
  const control = useControl();
  const { project } = useProject();
  const navigate = useNavigate({ from: "/analytics" });
  // The fields show what is chosen at once: `filter` follows a moment later, and a second press of a key would go from the choice of before.
  const chosen = useSearch({ from: "/frame/analytics" });
  const set = (part: AnalyticsFilter) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  const group = groupOf(filter);
  const isWhole = group.id !== "metadata" || filter.name !== undefined;
  const query = useQuery({
    queryKey: ["groups", project.id, filter],
    enabled: isWhole,
    queryFn: () => readPage(control, group.id, filter, groupsQuery(control, filter, project.id)),
    refetchOnMount: "always",
  });
  const exporting = useAct(async () => {
    const rows = await everyGroup(control, group.id, filter, project.id);
    saveAs(`${group.id}.csv`, "text/csv", csvText(rows, group.field));
  });
  return (
    <Panel
      title={`Apart by ${group.words}`}
      actions={
        query.data !== undefined && (
          <Button onClick={exporting.run} isBusy={exporting.isBusy}>
            Export
          </Button>
        )
      }
    >
      <div className="filters">
        <SelectField label="Apart by" value={groupOf(chosen).id} onChange={(id) => set({ group: id })}>
          {groups.map(({ id, words }) => (
            <option key={id} value={id}>
              {words}
            </option>
          ))}
        </SelectField>
        {groupOf(chosen).id === "metadata" && (
          <AddressField
            label="Name in the metadata"
            placeholder="team"
            value={chosen.name ?? ""}
            onChange={(name) => set({ name: name === "" ? undefined : name })}
          />
        )}
      </div>
      {exporting.error !== undefined && <ErrorPanel error={exporting.error} title="It was not exported" />}
      {isWhole ? (
        <Await query={query} what="groups">
          {(found) => <Found found={found} group={group} filter={filter} />}
        </Await>
      ) : (
        <p className="soft">Name a pair of the metadata, such as team.</p>
      )}
    </Panel>
  );
}

interface FoundProps {
  found: Schemas["AnalyticsGroups"];
  group: (typeof groups)[number];
  filter: AnalyticsFilter;
}

function Found({ found, group, filter }: FoundProps) {
  const control = useControl();
  const { data, total, is_partial } = found;
  return (
    <>
      {data.length === 0 ? (
        <p className="soft">No call of this time has one.</p>
      ) : (
        <Table
          caption={`Calls apart by ${group.words}`}
          columns={columnsOf(group, filter, spanOf(filter, control.now()))}
          rows={data}
          keyOf={(row) => valueOf(row, group.field)}
        />
      )}
      {total > data.length && (
        <p className="hint">
          The first {data.length} of {countOf(total)}, by cost.
        </p>
      )}
      {is_partial && <Callout kind="warning">Not all calls of this time could be read through.</Callout>}
    </>
  );
}

/** Of one answer: more the API does not give. */
const pageGroups = 100;

function groupsQuery(control: Control, filter: AnalyticsFilter, projectId: string) {
  const span = spanOf(filter, control.now());
  return { ...queryOf(filter, projectId, span), page_size: pageGroups, order_by: "cost" as const };
}

function readPage(
  control: Control,
  group: string,
  { name = "" }: AnalyticsFilter,
  query: ReturnType<typeof groupsQuery> & { current_page?: number },
) {
  if (group === "metadata") {
    return answerOf(control.api.GET("/v1/analytics/groups/metadata/{key}", { params: { path: { key: name }, query } }));
  }
  return answerOf(control.api.GET("/v1/analytics/groups/{group}", { params: { path: { group }, query } }));
}

/** All that there are, of one window: the table has the first of them. */
async function everyGroup(control: Control, group: string, filter: AnalyticsFilter, projectId: string): Promise<Row[]> {
  const query = groupsQuery(control, filter, projectId);
  const rows: Row[] = [];
  for (let page = 0; ; page += 1) {
    const { data, total } = await readPage(control, group, filter, { ...query, current_page: page });
    rows.push(...data);
    if (data.length < pageGroups || rows.length >= total) return rows;
  }
}

/** Groups that the logs can be asked for: by which of their filters, and in which words. */
const inLogs: Readonly<Record<string, (value: string, filter: AnalyticsFilter) => LogFilter>> = {
  "ai-models": (model) => ({ model }),
  api_key: (key) => ({ key }),
  provider: (credential) => ({ credential: credential.replace(/^virtual key /, "") }),
  users: (user) => ({ metadata: textOfPairs({ _user: user }) }),
  region: (region) => ({ region }),
  config: (config) => ({ config }),
  status_code: (status) => ({ status }),
  metadata: (value, { name = "" }) => ({ metadata: textOfPairs({ [name]: value }) }),
};

/** The calls behind a figure: of its time, and by the filters that the page has. */
function logsOf(group: string, value: string, filter: AnalyticsFilter, span: Span): LogFilter | undefined {
  const own = inLogs[group]?.(value, filter);
  if (own === undefined) return undefined;
  const { model, credential, region, status } = filter;
  return { model, credential, region, status, ...span, ...own };
}

function columnsOf({ id, field, words }: (typeof groups)[number], filter: AnalyticsFilter, span: Span): Column<Row>[] {
  const title = id === "metadata" ? (filter.name ?? words) : words;
  return [
    {
      title: (title[0]?.toUpperCase() ?? "") + title.slice(1),
      cell: (row) => {
        const value = valueOf(row, field);
        if (value === "") return <span className="soft">none</span>;
        const shown = id === "api_key" ? <KeyName id={value} /> : value;
        const search = logsOf(id, value, filter, span);
        return search === undefined ? (
          <code>{shown}</code>
        ) : (
          <Link to="/logs" search={search}>
            {shown}
          </Link>
        );
      },
    },
    { title: "Calls", isNumber: true, cell: ({ requests }) => countOf(requests) },
    {
      title: "Cost",
      isNumber: true,
      cell: ({ cost_usd, unknown_costs }) =>
        `$${cost_usd}${unknown_costs > 0 ? ` (${countOf(unknown_costs)} unknown)` : ""}`,
    },
    { title: "Tokens", isNumber: true, cell: (row) => countOf(number(row, "total_tokens")) },
    { title: "Failed", isNumber: true, cell: (row) => countOf(number(row, "error_count")) },
    { title: "Took on average", isNumber: true, cell: (row) => secondsOf(Math.round(number(row, "avg_latency"))) },
  ];
}

function csvText(rows: readonly Row[], field: string): string {
  const names = [field, "requests", "cost_usd", "unknown_costs", "total_tokens", "error_count", "avg_latency"];
  return csvOf(
    names,
    rows.map((row) => names.map((name) => row[name])),
  );
}
