/** Which stored credentials may call a model: by their bounds, and by what calls of late have shown of AWS's own. */
import { Link } from "@tanstack/react-router";
import type { Credential } from "../../api/objects.ts";
import { useEveryCredential } from "../../controls/forms/choice-fields.tsx";
import { Panel } from "../../controls/page.tsx";
import { Badge, Status } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { useCredentialUse } from "../credentials/credential-use.ts";
import { regionOf } from "../credentials/credentials-page.tsx";
import { UseBadge } from "../credentials/use-badge.tsx";
import { idToPaste, type Model } from "./catalog.ts";

export function Access({ model }: { model: Model }) {
  const { canChange } = useProject();
  const credentials = useEveryCredential();
  return (
    <Panel
      title="Who may call it"
      lead="Stored credentials: what their bounds allow, and how calls of this model went. What AWS itself allows, a call or a test shows."
    >
      <Await query={credentials} what="credentials">
        {(every) => {
          const own = every.filter(({ kind }) => kind !== "openai_compatible");
          return own.length === 0 ? (
            <p className="soft">
              None is stored yet. {canChange && <Link to="/credentials/new">Add a credential</Link>}
            </p>
          ) : (
            <Table caption="Credentials" columns={columnsOf(model, canChange)} rows={own} keyOf={({ id }) => id} />
          );
        }}
      </Await>
    </Panel>
  );
}

/** A test is a call, which is for those who may change something. */
function columnsOf(model: Model, canTest: boolean): Column<Credential>[] {
  return [
    {
      title: "Credential",
      cell: ({ name, slug }) => (
        <Link to="/credentials/$slug" params={{ slug }}>
          {name}
        </Link>
      ),
    },
    { title: "Status", cell: ({ status }) => <Status status={status} /> },
    { title: "Region", cell: regionOf },
    {
      title: "Its bounds",
      cell: ({ allowed_models }) =>
        isAllowed(model, allowed_models) ? <Badge kind="good">allow it</Badge> : <Badge kind="bad">refuse it</Badge>,
    },
    { title: "Last 30 days", cell: ({ slug }) => <Seen model={model} slug={slug} /> },
    ...(canTest ? [tryColumn(model)] : []),
  ];
}

function tryColumn(model: Model): Column<Credential> {
  return {
    title: "Try",
    cell: ({ slug }) => (
      <Link to="/credentials/$slug" params={{ slug }} search={{ model: idToPaste(model) }}>
        Test with it
      </Link>
    ),
  };
}

function Seen({ model, slug }: { model: Model; slug: string }) {
  const use = useCredentialUse(model.id);
  if (use.data === undefined) return <span className="soft">{use.error === null ? "…" : "unknown"}</span>;
  return <UseBadge use={use.data.get(slug)} />;
}

/** As the gateway matches: `*` stands for any text, and the id counts with and without its geography. */
function isAllowed({ id, inference_profiles }: Model, patterns: readonly string[] | null): boolean {
  if (patterns === null) return true;
  const forms = patterns.map((pattern) => new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`));
  return [id, ...inference_profiles].some((name) => forms.some((form) => form.test(name)));
}

const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
