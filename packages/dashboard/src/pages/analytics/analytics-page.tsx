/** What all calls together cost, took and failed by; apart by anything; beside the period before. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { AddressField } from "../../controls/forms/address-field.tsx";
import { SelectField } from "../../controls/forms/field.tsx";
import { Page } from "../../controls/page.tsx";
import { useDelayed } from "../../controls/use-delayed.ts";
import { StatusField } from "../logs/status-field.tsx";
import { periodOf, periods, type AnalyticsFilter } from "./analytics-query.ts";
import { Graphs } from "./graphs.tsx";
import { Groups } from "./groups.tsx";

export function AnalyticsPage() {
  const filter = useSearch({ from: "/frame/analytics" });
  const settled = useDelayed(filter);
  return (
    <Page
      title="Analytics"
      lead="Sums over the calls of the project, beside the same time before. Unknown costs are in no sum, and are counted."
    >
      <Filters filter={filter} />
      <Graphs filter={settled}>
        <Groups filter={settled} />
      </Graphs>
    </Page>
  );
}

function Filters({ filter }: { filter: AnalyticsFilter }) {
  const navigate = useNavigate({ from: "/analytics" });
  const set = (part: AnalyticsFilter) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  const text = (name: keyof AnalyticsFilter) => ({
    value: filter[name] ?? "",
    onChange: (value: string) => set({ [name]: value === "" ? undefined : value }),
  });
  return (
    <div className="filters">
      <SelectField label="Time" value={periodOf(filter).id} onChange={(period) => set({ period })}>
        {periods.map(({ id, words }) => (
          <option key={id} value={id}>
            {words}
          </option>
        ))}
      </SelectField>
      <AddressField label="Model" type="search" placeholder="amazon.nova-lite-v1:0" {...text("model")} />
      <AddressField label="Credential" type="search" placeholder="bedrock-production" {...text("credential")} />
      <AddressField label="Region" type="search" placeholder="us-east-1" {...text("region")} />
      <StatusField {...text("status")} />
    </div>
  );
}
