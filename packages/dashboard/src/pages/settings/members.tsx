/** Who works on the project that is shown. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog } from "../../controls/dialog.tsx";
import { SelectField } from "../../controls/forms/field.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Panel } from "../../controls/page.tsx";
import { SaveForm } from "../../controls/forms/save-form.tsx";
import { Await, EmptyState, ErrorPanel } from "../../controls/states.tsx";
import { Table, type Column } from "../../controls/table.tsx";
import { useProject } from "../../session/project.ts";
import { isGatewayAdmin, useSignedIn, type Role } from "../../session/session.ts";
import { useEveryPerson } from "./people-names.ts";
import { RoleField } from "./role-field.tsx";

type Member = Schemas["ProjectMember"];

export function Members() {
  const control = useControl();
  const { project } = useProject();
  const isOverAll = isGatewayAdmin(useSignedIn());
  const query = useQuery({
    queryKey: ["members", project.id],
    queryFn: () =>
      answerOf(control.api.GET("/v1/projects/{project}/people", { params: { path: { project: project.id } } })),
  });
  return (
    <Await query={query} what="members">
      {({ data }) => (
        <div className="stack">
          {data.length === 0 ? (
            <EmptyState icon="person" title="No member yet">
              Admins of the gateway see every project. Others see it once they have a role here.
            </EmptyState>
          ) : (
            <Table caption="Members" columns={columns} rows={data} keyOf={({ id }) => id} />
          )}
          {isOverAll && <AddMember known={data} />}
        </div>
      )}
    </Await>
  );
}

function useSetRole() {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const { project } = useProject();
  return async (person: { id: string; name: string }, role: Role) => {
    const params = { path: { project: project.id, person: person.id } };
    await answerOf(control.api.PUT("/v1/projects/{project}/people/{person}", { params, body: { role } }));
    say(`${person.name} is ${role} of ${project.name}.`);
    await queries.invalidateQueries();
  };
}

const columns: readonly Column<Member>[] = [
  {
    title: "Name",
    cell: ({ name, email }) => (
      <span className="name-cell">
        <strong>{name}</strong>
        <small>{email}</small>
      </span>
    ),
  },
  // Of another role, once somebody has given it, the choice begins anew.
  { title: "Role here", cell: (member) => <MemberRole key={member.role} member={member} /> },
  { title: "Change", cell: (member) => <RemoveMember member={member} /> },
];

function MemberRole({ member }: { member: Member }) {
  const setRole = useSetRole();
  const [wanted, setWanted] = useState<Role>(member.role);
  const { run, error, isBusy } = useAct(() => setRole(member, wanted));
  return (
    <div className="member-role">
      <RoleField label={`Role of ${member.name}`} role={wanted} onChange={setWanted} isBrief />
      {wanted !== member.role && (
        <Button variant="primary" onClick={run} isBusy={isBusy}>
          Save
        </Button>
      )}
      {error !== undefined && <ErrorPanel error={error} />}
    </div>
  );
}

function RemoveMember({ member }: { member: Member }) {
  const control = useControl();
  const queries = useQueryClient();
  const { project } = useProject();
  const [isAsked, setIsAsked] = useState(false);
  return (
    <>
      <Button variant="quiet" onClick={() => setIsAsked(true)} aria-label={`Take ${member.name} out`}>
        Take out
      </Button>
      <ConfirmDialog
        title={`Take ${member.name} out of ${project.name}?`}
        verb="Take out"
        isOpen={isAsked}
        onClose={() => setIsAsked(false)}
        run={async () => {
          const params = { path: { project: project.id, person: member.id } };
          await answerOf(control.api.DELETE("/v1/projects/{project}/people/{person}", { params }));
          void queries.invalidateQueries();
        }}
      >
        <p>They no longer see the project. What they made in it stays. A role can be given again.</p>
      </ConfirmDialog>
    </>
  );
}

function AddMember({ known }: { known: readonly Member[] }) {
  const people = useEveryPerson();
  return (
    <Await query={people} what="people">
      {(every) => <AddOne others={every.filter(({ id }) => known.every((one) => one.id !== id))} />}
    </Await>
  );
}

function AddOne({ others }: { others: readonly Schemas["Person"][] }) {
  const setRole = useSetRole();
  const [chosen, setChosen] = useState("");
  const [role, setChosenRole] = useState<Role>("member");
  // Nobody is chosen but by the reader: the list may have changed meanwhile.
  const person = others.find(({ id }) => id === chosen);
  const saving = useAct(async () => {
    if (person !== undefined) await setRole(person, role);
  });
  if (others.length === 0) return null;
  return (
    <Panel title="Give a person a role here">
      <SaveForm saving={saving} layout="form" verb="Give the role">
        <div className="form-row">
          <SelectField label="Person" required value={person?.id ?? ""} onChange={setChosen}>
            <option value="">choose</option>
            {others.map(({ id, name, email }) => (
              <option key={id} value={id}>
                {name} ({email})
              </option>
            ))}
          </SelectField>
          <RoleField label="Role" role={role} onChange={setChosenRole} />
        </div>
      </SaveForm>
    </Panel>
  );
}
