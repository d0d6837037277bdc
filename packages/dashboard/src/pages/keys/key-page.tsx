/** One gateway key: its terms, its rotation, its key pairs. Its text is shown by nobody. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import type { Key } from "../../api/objects.ts";
import { useAct } from "../../controls/act.ts";
import { LeaveGuard, useMerged } from "../../controls/forms/edited.tsx";
import { errorsUnder } from "../../controls/forms/field-errors.ts";
import { useSay } from "../../controls/messages.tsx";
import { Page, Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { Facts, Moment, Status } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";
import { InItsProject } from "../../frame/in-its-project.tsx";
import { useProject } from "../../session/project.ts";
import { Chips } from "../credentials/credential-page.tsx";
import { KeyActions } from "./key-actions.tsx";
import { KeyFields } from "./key-fields.tsx";
import { KeyLimits } from "./key-limits.tsx";
import { KeyPairs } from "./key-pairs.tsx";
import { changeOf, termsOfKey } from "./key-terms.ts";
import { ShownOnce } from "./shown-once.tsx";
import { SnippetTabs } from "./snippet-tabs.tsx";

export function KeyPage() {
  const control = useControl();
  const { id } = useParams({ from: "/frame/keys/$id" });
  const { canChange } = useProject();
  const [secret, setSecret] = useState<string>();
  const query = useQuery({
    queryKey: ["key", id],
    queryFn: () => answerOf(control.api.GET("/v1/api-keys/{id}", { params: { path: { id } } })),
  });
  return (
    <Page
      title={query.data?.name ?? "Key"}
      back={<Link to="/keys">← Keys</Link>}
      actions={query.data !== undefined && canChange && <KeyActions gatewayKey={query.data} onRotated={setSecret} />}
    >
      <Await query={query} what="key">
        {(key) => (
          <InItsProject id={key.workspace_id}>
            {secret !== undefined && <ShownOnce secret={secret} what="the new key" />}
            <Summary gatewayKey={key} />
            <Panel title="Use it" lead="Where the client's key goes; its text was shown when it was made.">
              <SnippetTabs secret={secret} />
            </Panel>
            <KeyLimits keyId={id} />
            <KeyPairs keyId={id} />
            {canChange && <EditKey gatewayKey={key} />}
          </InItsProject>
        )}
      </Await>
    </Page>
  );
}

function Summary({ gatewayKey: key }: { gatewayKey: Key }) {
  return (
    <Panel title="What it is">
      <Facts
        facts={[
          ["Status", <Status key="status" status={key.status} />],
          ["May", <Chips key="may" texts={key.scopes} />],
          ["Last used", key.last_used_at === null ? "never" : <Moment key="used" at={key.last_used_at} />],
          [
            "Calls",
            <Link key="calls" to="/logs" search={{ key: key.id }}>
              See them in the logs
            </Link>,
          ],
          ["Expires", key.expires_at === null ? "never" : <Moment key="expires" at={key.expires_at} />],
          ["Made", <Moment key="made" at={key.created_at} />],
          ["Texts that count", <Texts key="texts" texts={key.keys} />],
        ]}
      />
    </Panel>
  );
}

/** Beginnings alone: enough to find which one an application has. */
function Texts({ texts }: { texts: Key["keys"] }) {
  return (
    <span className="stack">
      {texts.map(({ prefix, valid_until }) => (
        <span key={prefix}>
          <code>{prefix}…</code>{" "}
          {valid_until !== null && (
            <span className="soft">
              until <Moment at={valid_until} />
            </span>
          )}
        </span>
      ))}
    </span>
  );
}

function EditKey({ gatewayKey }: { gatewayKey: Key }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { terms, setTerms, isUnsaved, accept } = useMerged(termsOfKey(gatewayKey));
  const saving = useAct(async () => {
    const body = changeOf(terms, gatewayKey);
    await answerOf(control.api.PUT("/v1/api-keys/{id}", { params: { path: { id: gatewayKey.id } }, body }));
    await queries.invalidateQueries();
    accept();
    say("Saved. It counts at once.");
  });
  return (
    <SaveForm saving={saving} layout="stack" label="Terms of the key">
      <LeaveGuard isUnsaved={isUnsaved && !saving.isBusy} />
      <KeyFields terms={terms} onChange={setTerms} fieldError={errorsUnder(saving.error)} />
    </SaveForm>
  );
}
