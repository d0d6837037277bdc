/** The key under which every secret is sealed, by name, and its rotation. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog } from "../../controls/dialog.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Panel } from "../../controls/page.tsx";
import { Badge, countOf, Moment } from "../../controls/show.tsx";
import { Await } from "../../controls/states.tsx";
import { Table, type Column } from "../../controls/table.tsx";

type State = Schemas["Vault"];
type Key = State["master_keys"][number];

const columns: readonly Column<Key>[] = [
  { title: "Key", cell: ({ id }) => <code>{id}</code> },
  {
    title: "State",
    cell: ({ state }) => <Badge kind={state === "current" ? "good" : "waiting"}>{state}</Badge>,
  },
  { title: "Secrets under it", isNumber: true, cell: ({ sealed_records }) => countOf(sealed_records) },
  { title: "Since", cell: ({ created_at }) => <Moment at={created_at} /> },
];

export function MasterKey() {
  const control = useControl();
  const query = useQuery({ queryKey: ["vault"], queryFn: () => answerOf(control.api.GET("/v1/vault")) });
  return (
    <Await query={query} what="master key">
      {({ keys_from, master_keys }) => (
        <Panel
          title="Master key"
          lead={
            keys_from === "file"
              ? "It is in the data folder, and seals the secrets in the database. Without it nobody opens them: keep a copy elsewhere."
              : "It is in ADIT_MASTER_KEY, and seals the secrets in the database. Without it nobody opens them: keep a copy elsewhere."
          }
          actions={<Rotate keysFrom={keys_from} />}
        >
          <Table caption="Master keys" columns={columns} rows={master_keys} keyOf={({ id }) => id} />
        </Panel>
      )}
    </Await>
  );
}

function Rotate({ keysFrom }: { keysFrom: State["keys_from"] }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const [isAsked, setIsAsked] = useState(false);
  return (
    <>
      <Button icon="refresh" onClick={() => setIsAsked(true)}>
        Rotate
      </Button>
      <ConfirmDialog
        title="Rotate the master key?"
        verb="Rotate"
        isOpen={isAsked}
        onClose={() => setIsAsked(false)}
        run={async () => {
          const { to, rewrapped } = await answerOf(control.api.POST("/v1/vault/rotate"));
          say(`${rewrapped === 1 ? "One secret is" : `${countOf(rewrapped)} secrets are`} under ${to} now.`);
          await queries.invalidateQueries();
        }}
      >
        <p>
          Every secret's own key is wrapped anew; calls go on meanwhile. If it is broken off, ask for it again: it goes
          on where it was.
        </p>
        {keysFrom === "file" ? (
          <p>
            The new key is written to the data folder. Copies of the folder from before open only what was sealed
            before.
          </p>
        ) : (
          <p>
            Before this, start every gateway with the new key as ADIT_MASTER_KEY and the present one as
            ADIT_MASTER_KEY_OLD. Once all have been rotated, take the old one away.
          </p>
        )}
      </ConfirmDialog>
    </>
  );
}
