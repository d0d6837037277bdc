/** One model: ids to paste, limits, capabilities, every price with its conditions. */
import { Link, useParams } from "@tanstack/react-router";
import { CopyText } from "../../controls/copy.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { countOf, dollarsOf, Facts } from "../../controls/show.tsx";
import { Await, Callout, EmptyState } from "../../controls/states.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { Chips } from "../credentials/credential-page.tsx";
import { SnippetTabs } from "../keys/snippet-tabs.tsx";
import { idToPaste, useCatalog, type Model, type Price } from "./catalog.ts";
import { Access } from "./access.tsx";
import { Lifecycle } from "./models-page.tsx";

export function ModelPage() {
  const { id } = useParams({ from: "/frame/models/$id" });
  const catalog = useCatalog();
  const model = catalog.data?.data.find((one) => one.id === id || one.inference_profiles.includes(id));
  return (
    <Page
      title={id}
      back={<Link to="/models">← Models</Link>}
      actions={
        model?.output === "text" && (
          <Link to="/playground" search={{ model: idToPaste(model) }} className="button button-primary">
            Try it
          </Link>
        )
      }
    >
      <Await query={catalog} what="model">
        {({ sources }) =>
          model === undefined ? (
            <EmptyState icon="models" title="Not in the catalogue" action={<Link to="/models">See the models</Link>}>
              It can be called all the same, if AWS knows it: the catalogue is what comes with this version.
            </EmptyState>
          ) : (
            <>
              <About model={model} />
              <Access model={model} />
              <Prices model={model} sources={sources} />
              {model.output === "text" && (
                <Panel title="Call it">
                  <SnippetTabs secret={undefined} model={idToPaste(model)} />
                </Panel>
              )}
            </>
          )
        }
      </Await>
    </Page>
  );
}

function About({ model }: { model: Model }) {
  const { id, profile_only, inference_profiles, regions, capabilities, input } = model;
  const unknown = <span className="soft">unknown</span>;
  const ids = profile_only ? inference_profiles : [id, ...inference_profiles];
  return (
    <Panel title="What it is">
      {profile_only && (
        <Callout kind="info">On demand AWS takes it by an inference profile alone: use one of the ids below.</Callout>
      )}
      <Facts
        facts={[
          ["Maker", model.provider],
          ["State", <Lifecycle key="state" lifecycle={model.lifecycle} />],
          ["Reads", input === null ? unknown : input.join(", ")],
          ["Answers with", model.output],
          ["Context", model.context_tokens === null ? unknown : `${countOf(model.context_tokens)} tokens`],
          ["Longest answer", model.max_output_tokens === null ? unknown : `${countOf(model.max_output_tokens)} tokens`],
          ["Can", capabilities === null ? unknown : <Chips key="can" texts={capabilities} />],
          ["Regions known", regions === null ? unknown : <Chips key="regions" texts={regions} />],
        ]}
      />
      <h3>Ids to paste</h3>
      <div className="chips">
        {ids.map((one) => (
          <CopyText key={one} text={one} label={`the id ${one}`} />
        ))}
      </div>
    </Panel>
  );
}

const unpriced = <span className="soft">—</span>;
const amount = (of: keyof Price) => (price: Price) => {
  const value = price[of];
  return typeof value === "number" ? dollarsOf(value) : unpriced;
};

const tokenColumns: readonly Column<Price>[] = [
  { title: "Tier", cell: ({ tier }) => tier },
  { title: "Where", cell: (price) => whereOf(price) },
  { title: "Input", isNumber: true, cell: amount("input") },
  { title: "Output", isNumber: true, cell: amount("output") },
  { title: "Cache read", isNumber: true, cell: amount("cache_read") },
  { title: "Cache write, 5 min", isNumber: true, cell: amount("cache_write_5m") },
  { title: "Cache write, 1 h", isNumber: true, cell: amount("cache_write_1h") },
];

const pieceColumns: readonly Column<Price>[] = [
  { title: "Per image", isNumber: true, cell: amount("image") },
  { title: "Per second", isNumber: true, cell: amount("second") },
  { title: "Per query", isNumber: true, cell: amount("query") },
];

function whereOf({ regions, profiles, above_input_tokens }: Price): string {
  const places = [
    regions?.join(", "),
    profiles === undefined ? undefined : `profiles ${profiles.join(", ")}`,
    above_input_tokens === undefined ? undefined : `above ${countOf(above_input_tokens)} input tokens`,
  ].filter((place) => place !== undefined);
  return places.length === 0 ? "everywhere else" : places.join("; ");
}

function Prices({ model, sources }: { model: Model; sources: Record<string, string> }) {
  const { prices, price_sources } = model;
  if (prices === null) {
    return (
      <Panel title="Prices">
        <p className="soft">No source says what it costs: a call's cost is recorded as unknown, never as nothing.</p>
      </Panel>
    );
  }
  const hasPieces = prices.some(({ image, second, query }) => (image ?? second ?? query) !== undefined);
  const from = price_sources.map((name) => `${name} (${sources[name] ?? "the operator"})`).join("; ");
  return (
    <Panel title="Prices" lead={`US dollars per million tokens. From ${from === "" ? "the operator" : from}`}>
      <Table
        caption="Prices"
        columns={hasPieces ? [...tokenColumns, ...pieceColumns] : tokenColumns}
        rows={prices}
        keyOf={(price) => JSON.stringify(price)}
      />
    </Panel>
  );
}
