/** The catalogue: what there is, what it can do, what it costs. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CopyButton } from "../../controls/copy.tsx";
import { AddressField } from "../../controls/forms/address-field.tsx";
import { SelectField } from "../../controls/forms/field.tsx";
import { Page } from "../../controls/page.tsx";
import { Badge, countOf } from "../../controls/show.tsx";
import { Await, EmptyState } from "../../controls/states.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { idToPaste, inputPrice, outputPrice, useCatalog, usualPrice, type Model } from "./catalog.ts";

const unknown = <span className="soft">unknown</span>;

const columns: readonly Column<Model>[] = [
  {
    title: "Model",
    cell: (model) => (
      <span className="name-cell">
        <span className="copy-text">
          <Link to="/models/$id" params={{ id: model.id }}>
            {model.id}
          </Link>
          <CopyButton text={idToPaste(model)} label={`the id ${idToPaste(model)}`} />
        </span>
        <small>{model.provider}</small>
      </span>
    ),
  },
  { title: "Answers with", cell: ({ output }) => output },
  {
    title: "Context",
    isNumber: true,
    cell: ({ context_tokens }) => (context_tokens === null ? unknown : countOf(context_tokens)),
  },
  {
    title: "Longest answer",
    isNumber: true,
    cell: ({ max_output_tokens }) => (max_output_tokens === null ? unknown : countOf(max_output_tokens)),
  },
  { title: "Input, per million", isNumber: true, cell: (model) => inputPrice(usualPrice(model)) ?? unknown },
  { title: "Output, per million", isNumber: true, cell: (model) => outputPrice(usualPrice(model)) ?? unknown },
  { title: "State", cell: ({ lifecycle }) => <Lifecycle lifecycle={lifecycle} /> },
];

export function Lifecycle({ lifecycle }: { lifecycle: string }) {
  if (lifecycle === "active") return <Badge kind="good">active</Badge>;
  if (lifecycle === "unknown") return <Badge kind="off">not known</Badge>;
  return <Badge kind="waiting">{lifecycle}</Badge>;
}

interface Filter {
  search?: string | undefined;
  provider?: string | undefined;
  output?: string | undefined;
  can?: string | undefined;
}

function fits(model: Model, { search = "", provider, output, can }: Filter): boolean {
  const words = search.toLowerCase().split(/\s+/);
  const text = `${model.id} ${model.provider}`.toLowerCase();
  return (
    words.every((word) => text.includes(word)) &&
    (provider === undefined || model.provider === provider) &&
    (output === undefined || model.output === output) &&
    (can === undefined || model.capabilities?.includes(can) === true)
  );
}

export function ModelsPage() {
  const catalog = useCatalog();
  const filter = useSearch({ from: "/frame/models" });
  return (
    <Page
      title="Models"
      lead="What can be named as model. Which of them your account may call, AWS decides: test a credential to see. Copy takes the id that works on demand."
    >
      <Await query={catalog} what="models">
        {({ data, price_date, sources }) => {
          const shown = data.filter((model) => fits(model, filter));
          return (
            <>
              <Filters models={data} filter={filter} />
              {shown.length === 0 ? (
                <EmptyState icon="search" title="No model fits" action={<Link to="/models">Show all</Link>}>
                  A model that is not listed can be called all the same, by its id or ARN: AWS decides.
                </EmptyState>
              ) : (
                <Table caption="Models" columns={columns} rows={shown} keyOf={({ id }) => id} />
              )}
              <p className="hint">
                {shown.length} of {data.length} models. Prices in US dollars, of {price_date}, from{" "}
                {Object.keys(sources).join(", ")}; what no source says is unknown.
              </p>
            </>
          );
        }}
      </Await>
    </Page>
  );
}

function Filters({ models, filter }: { models: readonly Model[]; filter: Filter }) {
  const navigate = useNavigate({ from: "/models" });
  const set = (part: Filter) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  const unique = (texts: readonly string[]) => [...new Set(texts)].toSorted();
  const choices = [
    { name: "provider", label: "Maker", values: unique(models.map(({ provider }) => provider)) },
    { name: "output", label: "Answers with", values: unique(models.map(({ output }) => output)) },
    { name: "can", label: "Can", values: unique(models.flatMap(({ capabilities }) => capabilities ?? [])) },
  ] as const;
  return (
    <div className="filters">
      <div className="grow">
        <AddressField
          label="Search"
          type="search"
          placeholder="claude sonnet"
          value={filter.search ?? ""}
          onChange={(search) => set({ search: search === "" ? undefined : search })}
        />
      </div>
      {choices.map(({ name, label, values }) => (
        <SelectField
          key={name}
          label={label}
          value={filter[name] ?? ""}
          onChange={(value) => set({ [name]: value === "" ? undefined : value })}
        >
          <option value="">any</option>
          {unique([...values, filter[name] ?? ""].filter((value) => value !== "")).map((value) => (
            <option key={value}>{value}</option>
          ))}
        </SelectField>
      ))}
    </div>
  );
}
