/** One credential: what it is, whether it works, its policies, its changes. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { answerOf, useControl } from "../../api/control.ts";
import type { Credential } from "../../api/objects.ts";
import { CopyText } from "../../controls/copy.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { Badge, Facts, Moment, Status } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";
import { useProject } from "../../session/project.ts";
import { statusKind } from "../logs/log-columns.tsx";
import { CredentialActions } from "./credential-actions.tsx";
import { Expiry, Health, identityOf, regionOf } from "./credentials-page.tsx";
import { EditCredential } from "./edit-credential.tsx";
import { kindTitle } from "./kinds.ts";
import { LastTest } from "./last-test.tsx";
import { Policies } from "./policies.tsx";
import { TestPanel } from "./test-panel.tsx";

function useCredential(slug: string) {
  const control = useControl();
  const { project } = useProject();
  return useQuery({
    queryKey: ["credential", project.id, slug],
    queryFn: () =>
      answerOf(
        control.api.GET("/v1/virtual-keys/{slug}", { params: { path: { slug }, query: { workspace_id: project.id } } }),
      ),
  });
}

export function CredentialPage() {
  const { slug } = useParams({ from: "/frame/credentials/$slug" });
  const { test, model } = useSearch({ from: "/frame/credentials/$slug" });
  const query = useCredential(slug);
  const { canChange } = useProject();
  const name = query.data?.name ?? slug;
  return (
    <Page
      title={name}
      back={<Link to="/credentials">← Credentials</Link>}
      actions={query.data !== undefined && canChange && <CredentialActions credential={query.data} />}
    >
      <Await query={query} what="credential">
        {(credential) => (
          <>
            <Summary credential={credential} />
            {canChange && (
              <TestPanel
                key={credential.last_updated_at}
                credential={credential}
                isBegun={test === true}
                firstModel={model ?? ""}
              />
            )}
            {credential.kind !== "openai_compatible" && <Policies credential={credential} />}
            {canChange && <EditCredential credential={credential} />}
          </>
        )}
      </Await>
    </Page>
  );
}

function Summary({ credential }: { credential: Credential }) {
  const { slug, kind, status, allowed_models, allowed_regions, note, created_at, endpoint, integration } = credential;
  const all = <span className="soft">all</span>;
  return (
    <Panel title="What it is">
      <Facts
        facts={[
          ["Status", <Status key="status" status={status} />],
          ["Kind", kindTitle(kind)],
          ...(integration === null ? [] : [["Follows", <Followed key="follows" slug={integration} />] as const]),
          ["Identity", <code key="identity">{identityOf(credential)}</code>],
          ["Named in requests", <CopyText key="slug" text={`@${slug}`} label="its name in requests" />],
          ["Region", regionOf(credential)],
          ["Models", allowed_models === null ? all : <Chips key="models" texts={allowed_models} />],
          ["Regions", allowed_regions === null ? all : <Chips key="regions" texts={allowed_regions} />],
          ["Last test", <LastTest key="test" test={credential.last_test} isWhole />],
          ["Last 30 days", <Health key="health" slug={slug} />],
          ["Last call", <LastCall key="last" slug={slug} />],
          ["Expires", <Expiry key="expires" credential={credential} />],
          ["Added", <Moment key="added" at={created_at} />],
          ...(credential.credential.external_id === undefined
            ? []
            : [
                [
                  "External ID",
                  <CopyText key="external" text={credential.credential.external_id} label="the external ID" />,
                ] as const,
              ]),
          ...(endpoint === null ? [] : [["Endpoint", <code key="endpoint">{endpoint}</code>] as const]),
          ...(note === null ? [] : [["Note", note] as const]),
        ]}
      />
    </Panel>
  );
}

/** Whose secret, models, regions and attribution it has, now and later. */
function Followed({ slug }: { slug: string }) {
  return (
    <Link to="/credentials/$slug" params={{ slug }}>
      @{slug}
    </Link>
  );
}

/** The newest record that names it. */
function LastCall({ slug }: { slug: string }) {
  const control = useControl();
  const { project } = useProject();
  const { data, error } = useQuery({
    queryKey: ["last-call", project.id, slug],
    queryFn: () =>
      answerOf(
        control.api.GET("/v1/logs", { params: { query: { workspace_id: project.id, credential: slug, limit: 1 } } }),
      ),
    refetchOnMount: "always",
  });
  const last = data?.data[0];
  if (data === undefined) return <span className="soft">{error === null ? "…" : "unknown"}</span>;
  if (last === undefined) return <span className="soft">none yet</span>;
  const { id, created_at, response_status_code: status } = last;
  return (
    <span className="chips">
      <Link to="/logs/$id" params={{ id }}>
        <Moment at={created_at} isRelative />
      </Link>
      <Badge kind={statusKind(status)}>{status}</Badge>
    </span>
  );
}

export function Chips({ texts }: { texts: readonly string[] }) {
  return (
    <span className="chips">
      {texts.map((text) => (
        <span key={text} className="chip">
          {text}
        </span>
      ))}
    </span>
  );
}
