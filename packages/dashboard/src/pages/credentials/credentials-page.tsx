/** Stored credentials: the gateway's virtual keys. */
import { Link } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import type { Credential } from "../../api/objects.ts";
import { SearchedListPage } from "../../controls/searched-list.tsx";
import { Moment, Status } from "../../controls/show.tsx";
import type { Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { useCredentialUse } from "./credential-use.ts";
import { kindTitle } from "./kinds.ts";
import { LastTest } from "./last-test.tsx";
import { UseBadge } from "./use-badge.tsx";

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
  {
    title: "Identity",
    cell: (one) => (
      <span className="name-cell">
        {kindTitle(one.kind)}
        <small>{identityOf(one)}</small>
      </span>
    ),
  },
  { title: "Region", cell: regionOf },
  {
    title: "Models",
    cell: ({ allowed_models }) => (allowed_models === null ? "all" : `${allowed_models.length} allowed`),
  },
  { title: "Status", cell: ({ status }) => <Status status={status} /> },
  { title: "Last test", cell: ({ last_test }) => <LastTest test={last_test} /> },
  { title: "Last 30 days", cell: ({ slug }) => <Health slug={slug} /> },
  { title: "Expires", cell: (one) => <Expiry credential={one} /> },
];

/** Another host than AWS's has none. */
export function regionOf({ kind, region }: Credential) {
  if (kind === "openai_compatible") return "—";
  return region === null ? <span className="soft">the server's</span> : <span className="one-line">{region}</span>;
}

/** What tells one from another and is no secret. */
export function identityOf({ credential, masked_api_key }: Credential): string {
  return credential.role_arn ?? credential.base_url ?? masked_api_key ?? credential.term ?? "—";
}

export function Health({ slug }: { slug: string }) {
  const use = useCredentialUse();
  if (use.data === undefined) return <span className="soft">{use.error === null ? "…" : "unknown"}</span>;
  return <UseBadge use={use.data.get(slug)} />;
}

export function Expiry({ credential }: { credential: Credential }) {
  const at = credential.expires_at ?? credential.credential.expires_at;
  return at === undefined ? <span className="soft">never</span> : <Moment at={at} isRelative />;
}

export function CredentialsPage() {
  const control = useControl();
  const { canChange } = useProject();
  return (
    <SearchedListPage
      title="Credentials"
      lead="What signs the calls to Bedrock. Secrets are taken in, sealed, and never given out."
      what="credentials"
      caption="Credentials"
      columns={columns}
      keyOf={({ id }) => id}
      read={(query) => answerOf(control.api.GET("/v1/virtual-keys", { params: { query } }))}
      empty={{
        icon: "credentials",
        title: "No credential yet",
        words:
          "Until there is one, calls are signed with what the server itself has from AWS. Store a key pair, a role or a Bedrock API key, and it is tested at once.",
      }}
      add={
        canChange && (
          <Link to="/credentials/new" className="button button-primary">
            Add a credential
          </Link>
        )
      }
    />
  );
}
