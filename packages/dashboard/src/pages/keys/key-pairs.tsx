/** Key pairs in AWS's form: what its SDKs sign with where they take nothing else. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct, useGoOn } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { CopyText } from "../../controls/copy.tsx";
import { ConfirmDialog } from "../../controls/dialog.tsx";
import { Panel } from "../../controls/page.tsx";
import { Moment, Status } from "../../controls/show.tsx";
import { Await, ErrorPanel } from "../../controls/states.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { ShownOnce } from "./shown-once.tsx";

type Pair = Schemas["KeyPair"];

export function KeyPairs({ keyId }: { keyId: string }) {
  const control = useControl();
  const queries = useQueryClient();
  const { canChange } = useProject();
  const goOn = useGoOn();
  const [made, setMade] = useState<Schemas["KeyPairCreated"]>();
  const params = { path: { id: keyId } };
  const query = useQuery({
    queryKey: ["key-pairs", keyId],
    queryFn: () => answerOf(control.api.GET("/v1/api-keys/{id}/key-pairs", { params })),
  });
  const make = useAct(async () => {
    const pair = await answerOf(control.api.POST("/v1/api-keys/{id}/key-pairs", { params }));
    await goOn(`${pair.access_key_id} was made, and nobody has seen its secret: make another.`, () => setMade(pair));
    await queries.invalidateQueries({ queryKey: ["key-pairs", keyId] });
  });
  return (
    <Panel
      title="Key pairs for AWS's SDKs"
      lead="They sign Bedrock's own paths with this key's rights: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, and the endpoint of this gateway."
      actions={
        canChange && (
          <Button onClick={make.run} isBusy={make.isBusy} icon="plus">
            Make a pair
          </Button>
        )
      }
    >
      {make.error !== undefined && <ErrorPanel error={make.error} />}
      {typeof made?.secret_access_key === "string" && (
        // Of several pairs it belongs to one.
        <ShownOnce secret={made.secret_access_key} what={`the secret access key of ${made.access_key_id}`} />
      )}
      <Await query={query} what="key pairs">
        {({ data }) =>
          data.length === 0 ? (
            <p className="soft">None. SDKs that take a Bedrock API key need none: they show the gateway key as one.</p>
          ) : (
            <Table caption="Key pairs" columns={columnsFor(canChange)} rows={data} keyOf={({ id }) => id} />
          )
        }
      </Await>
    </Panel>
  );
}

function columnsFor(canChange: boolean): Column<Pair>[] {
  return [
    {
      title: "Access key ID",
      cell: ({ access_key_id }) => <CopyText text={access_key_id} label="the access key ID" />,
    },
    { title: "Status", cell: ({ status }) => <Status status={status} /> },
    { title: "Made", cell: ({ created_at }) => <Moment at={created_at} /> },
    ...(canChange ? [{ title: "Change", cell: (pair: Pair) => <PairActions pair={pair} /> }] : []),
  ];
}

function PairActions({ pair: { id, api_key_id, access_key_id, status } }: { pair: Pair }) {
  const control = useControl();
  const queries = useQueryClient();
  const [isAsked, setIsAsked] = useState(false);
  const params = { path: { id: api_key_id, pair: id } };
  const refresh = () => queries.invalidateQueries({ queryKey: ["key-pairs", api_key_id] });
  const toggle = useAct(async () => {
    const next = status === "active" ? ("disabled" as const) : ("active" as const);
    await answerOf(control.api.PUT("/v1/api-keys/{id}/key-pairs/{pair}", { params, body: { status: next } }));
    await refresh();
  });
  return (
    <span className="actions">
      <Button variant="quiet" onClick={toggle.run} isBusy={toggle.isBusy}>
        {status === "active" ? "Switch off" : "Switch on"}
      </Button>
      <Button variant="quiet" onClick={() => setIsAsked(true)}>
        Delete
      </Button>
      {toggle.error !== undefined && <ErrorPanel error={toggle.error} />}
      <ConfirmDialog
        title={`Delete ${access_key_id}?`}
        verb="Delete"
        isOpen={isAsked}
        onClose={() => setIsAsked(false)}
        run={async () => {
          await answerOf(control.api.DELETE("/v1/api-keys/{id}/key-pairs/{pair}", { params }));
          await refresh();
        }}
      >
        <p>Whoever signs with it is refused from now on.</p>
      </ConfirmDialog>
    </span>
  );
}
