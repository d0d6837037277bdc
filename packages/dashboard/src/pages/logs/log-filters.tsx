/** The filters of the logs, the columns, and the saved views. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { KeyField } from "../../controls/forms/choice-fields.tsx";
import { AddressField, MomentField } from "../../controls/forms/address-field.tsx";
import { CheckField } from "../../controls/forms/field.tsx";
import { MoreFields } from "../../controls/forms/more-fields.tsx";
import { logColumns } from "./log-columns.tsx";
import type { LogFilter } from "./log-query.ts";
import { StatusField } from "./status-field.tsx";
import { Views } from "./views.tsx";

const moreNames = ["key", "credential", "config", "region", "trace", "metadata", "costMin"] as const;

export function LogFilters() {
  const filter = useSearch({ from: "/frame/logs" });
  const navigate = useNavigate({ from: "/logs" });
  const set = (part: LogFilter) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  const text = (name: keyof LogFilter) => ({
    value: filter[name] ?? "",
    onChange: (value: string) => set({ [name]: value === "" ? undefined : value }),
  });
  return (
    <div className="stack">
      <div className="filters">
        <div className="grow">
          <AddressField label="Search in the records" type="search" placeholder="an id, a word" {...text("search")} />
        </div>
        <AddressField label="Model" type="search" placeholder="amazon.nova-lite-v1:0" {...text("model")} />
        <StatusField {...text("status")} />
        <MomentField label="From" at={filter.from} onChange={(from) => set({ from })} />
        <MomentField label="To" at={filter.to} onChange={(to) => set({ to })} />
      </div>
      <ContentChoice content={filter.content} onChange={(content) => set({ content })} />
      <MoreFields isUsed={moreNames.some((name) => filter[name] !== undefined)} summary="More filters, columns, views">
        <div className="stack">
          <div className="filters">
            <KeyField label="Gateway key" none="any" {...text("key")} />
            <AddressField label="Credential" type="search" placeholder="bedrock-production" {...text("credential")} />
            <AddressField label="Config" type="search" placeholder="pc-…" {...text("config")} />
            <AddressField label="Region" type="search" placeholder="us-east-1" {...text("region")} />
            <AddressField label="Trace" type="search" {...text("trace")} />
            <AddressField label="Metadata" type="search" placeholder="team=red" {...text("metadata")} />
            <AddressField label="Dollars, at least" type="search" inputMode="decimal" {...text("costMin")} />
          </div>
          <ColumnChoice columns={filter.columns} onChange={(columns) => set({ columns })} />
          <Views filter={filter} />
        </div>
      </MoreFields>
    </div>
  );
}

function ContentChoice({
  content,
  onChange,
}: {
  content: string | undefined;
  onChange: (content: string | undefined) => void;
}) {
  const isChosen = content === "true";
  const words =
    "Where a project keeps them, and as they are kept: without secrets. The calls are read through, the newest first; one of which nothing is kept is found by its record alone.";
  return (
    <CheckField
      label="Search in requests and answers too"
      hint={
        isChosen
          ? `${words} Following looks into the records alone: a call is told of before what was said in it is kept.`
          : words
      }
      checked={isChosen}
      onChange={(isWanted) => onChange(isWanted ? "true" : undefined)}
    />
  );
}

/** The ids in the address; undefined: the usual ones. */
export function shownColumns(columns: string | undefined) {
  const ids = columns?.split(",");
  return logColumns.filter(({ id, isUsual }) => (ids === undefined ? isUsual : ids.includes(id)));
}

function ColumnChoice({
  columns,
  onChange,
}: {
  columns: string | undefined;
  onChange: (columns: string | undefined) => void;
}) {
  const shown = shownColumns(columns).map(({ id }) => id);
  return (
    <fieldset className="column-choice">
      <legend>Columns</legend>
      {logColumns.map(({ id, title }) => (
        <CheckField
          key={id}
          label={title}
          checked={shown.includes(id)}
          disabled={id === "time"}
          onChange={(isShown) => {
            const next = logColumns.map((one) => one.id).filter((one) => (one === id ? isShown : shown.includes(one)));
            onChange(next.join(","));
          }}
        />
      ))}
    </fieldset>
  );
}
