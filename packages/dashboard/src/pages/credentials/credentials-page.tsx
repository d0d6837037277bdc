/** Stored credentials: the gateway's virtual keys. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { TextField } from "../../controls/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Page } from "../../controls/page.tsx";
import { Moment, Status } from "../../controls/show.tsx";
import { Await, EmptyState } from "../../controls/states.tsx";
import { More, Table, type Column } from "../../controls/table.tsx";
import { useDelayed } from "../../controls/use-delayed.ts";
import { useProject } from "../../session/project.ts";
import { kindTitle } from "./kinds.ts";

type Credential = Schemas["VirtualKey"];

const columns: readonly Column<Credential>[] = [
  {
    title: "Name",
    cell: ({ name, slug }) => (
      <span className="name-cell">
        <Link to="/credentials/$slug" params={{ slug }}>
          {name}
        </Link>
        <small>@{slug}</small>
      </span>
    ),
  },
  { title: "Kind", cell: ({ kind }) => kindTitle(kind) },
  { title: "Identity", cell: (one) => <code>{identityOf(one)}</code> },
  { title: "Region", cell: ({ region }) => region ?? <span className="soft">the server's</span> },
  {
    title: "Models",
    cell: ({ allowed_models }) => (allowed_models === null ? "all" : `${allowed_models.length} allowed`),
  },
  { title: "Status", cell: ({ status }) => <Status status={status} /> },
  { title: "Expires", cell: (one) => <Expiry credential={one} /> },
];

/** What tells one from another and is no secret. */
export function identityOf({ credential, masked_api_key }: Credential): string {
  return credential.role_arn ?? credential.base_url ?? masked_api_key ?? credential.term ?? "—";
}

export function Expiry({ credential }: { credential: Credential }) {
  const at = credential.expires_at ?? credential.credential.expires_at;
  return at === undefined ? <span className="soft">never</span> : <Moment at={at} isRelative />;
}

export function CredentialsPage() {
  const control = useControl();
  const { project, canChange } = useProject();
  const [search, setSearch] = useState("");
  const asked = useDelayed(search.trim());
  const list = useLongList(["credentials", project.id, asked], (after) => {
    const query = {
      workspace_id: project.id,
      limit: 50,
      ...(asked !== "" && { search: asked }),
      ...(after !== undefined && { after }),
    };
    return answerOf(control.api.GET("/v1/virtual-keys", { params: { query } }));
  });
  const add = canChange && (
    <Link to="/credentials/new" className="button button-primary">
      Add a credential
    </Link>
  );
  return (
    <Page
      title="Credentials"
      lead="What signs the calls to Bedrock. Secrets are taken in, sealed, and never given out."
      actions={add}
    >
      <Await query={list} what="credentials">
        {({ entries, total }) =>
          entries.length === 0 && asked === "" ? (
            <EmptyState icon="credentials" title="No credential yet" action={add}>
              Until there is one, calls are signed with what the server itself has from AWS. Store a key pair, a role or
              a Bedrock API key, and it is tested at once.
            </EmptyState>
          ) : (
            <>
              <div className="filters">
                <TextField
                  label="Search"
                  type="search"
                  placeholder="Name or slug"
                  value={search}
                  onChange={setSearch}
                />
              </div>
              <Table caption="Credentials" columns={columns} rows={entries} keyOf={({ id }) => id} />
              <More
                shown={entries.length}
                total={total}
                hasMore={list.hasMore}
                isLoading={list.isLoading}
                onMore={list.more}
              />
            </>
          )
        }
      </Await>
    </Page>
  );
}
