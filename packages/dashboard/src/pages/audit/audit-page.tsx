/** Who changed what: every change, the newest first, with what was there before. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useId, useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import { Button } from "../../controls/button.tsx";
import { CopyText } from "../../controls/copy.tsx";
import { TextDifference } from "../../controls/difference.tsx";
import { AddressField, MomentField } from "../../controls/forms/address-field.tsx";
import { SelectField } from "../../controls/forms/field.tsx";
import { useLongList } from "../../controls/lists.ts";
import { Page } from "../../controls/page.tsx";
import { Moment } from "../../controls/show.tsx";
import { Await, EmptyState } from "../../controls/states.tsx";
import { More } from "../../controls/table.tsx";
import { useDelayed } from "../../controls/use-delayed.ts";
import { useProject } from "../../session/project.ts";
import { isGatewayAdmin, useSignedIn } from "../../session/session.ts";
import { usePeople, usePeopleNames } from "../settings/people-names.ts";

type Entry = Schemas["AuditEntry"];

export interface AuditFilter {
  action?: string | undefined;
  object?: string | undefined;
  actor?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export function AuditPage() {
  const control = useControl();
  const { project } = useProject();
  const sees = isGatewayAdmin(useSignedIn());
  const filter = useDelayed(useSearch({ from: "/frame/audit" }));
  const list = useLongList(["audit", project.id, sees, filter], (after) => {
    const { action, object, actor, from, to } = filter;
    const query = {
      limit: 50,
      // Admins of the gateway see what belongs to no project, too.
      ...(!sees && { workspace_id: project.id }),
      ...(after !== undefined && { after }),
      ...(action !== undefined && { action }),
      ...(object !== undefined && { object_id: object }),
      ...(actor !== undefined && { actor_id: actor }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    };
    return answerOf(control.api.GET("/v1/audit-logs", { params: { query } }));
  });
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return (
    <Page title="Audit" lead="Every change, the newest first: who, what, before and after. Secrets are in none of it.">
      <Filters actions={[...new Set(list.data?.entries.map(({ action }) => action))].toSorted()} />
      <Await query={list} what="changes">
        {({ entries }) =>
          entries.length === 0 ? (
            <EmptyState icon="audit" title={isFiltered ? "Nothing fits" : "No change yet"}>
              {isFiltered ? "Take a filter away, or widen the time." : "What anybody changes from now on is here."}
            </EmptyState>
          ) : (
            <>
              <ol className="audit">
                {entries.map((entry) => (
                  <Change key={entry.id} entry={entry} />
                ))}
              </ol>
              <More shown={entries.length} hasMore={list.hasMore} isLoading={list.isLoading} onMore={list.more} />
            </>
          )
        }
      </Await>
    </Page>
  );
}

/** @param actions Of what is shown: one need not know how they are spelt. */
function Filters({ actions }: { actions: readonly string[] }) {
  const actionsId = useId();
  const filter = useSearch({ from: "/frame/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const set = (part: AuditFilter) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  const orNone = (text: string) => (text.trim() === "" ? undefined : text.trim());
  return (
    <div className="filters">
      <AddressField
        label="Action"
        type="search"
        list={actionsId}
        placeholder="virtual_key.update"
        value={filter.action ?? ""}
        onChange={(action) => set({ action: orNone(action) })}
      />
      <datalist id={actionsId}>
        {actions.map((action) => (
          <option key={action} value={action} />
        ))}
      </datalist>
      <AddressField
        label="Id of the object"
        type="search"
        placeholder="vk_…"
        value={filter.object ?? ""}
        onChange={(object) => set({ object: orNone(object) })}
      />
      <WhoField value={filter.actor ?? ""} onChange={(actor) => set({ actor: orNone(actor) })} />
      <MomentField label="From" at={filter.from} onChange={(from) => set({ from })} />
      <MomentField label="To" at={filter.to} onChange={(to) => set({ to })} />
    </div>
  );
}

/** By name, for who may see the names. */
function WhoField({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const people = usePeople();
  if (people.length === 0) {
    return (
      <AddressField label="Id of who did it" type="search" placeholder="psn_…" value={value} onChange={onChange} />
    );
  }
  const chosen = value === "" || people.some(({ id }) => id === value) ? undefined : value;
  return (
    <SelectField label="Who did it" value={value} onChange={onChange}>
      <option value="">anybody</option>
      {people.map(({ id, name, email }) => (
        <option key={id} value={id}>
          {name} {email}
        </option>
      ))}
      {chosen !== undefined && <option value={chosen}>{chosen}</option>}
    </SelectField>
  );
}

function Change({ entry }: { entry: Entry }) {
  const [isOpen, setIsOpen] = useState(false);
  const nameOf = usePeopleNames();
  const { actor, action, object_id, before, after, at, request_id } = entry;
  return (
    <li className="audit-entry">
      <div className="audit-head">
        <span>
          <strong>{wordsOf(action)}</strong> <span className="soft">{nameIn(after) ?? nameIn(before)}</span>
        </span>
        <span className="soft">
          {nameOf(actor)} · <Moment at={at} />
        </span>
        <Button variant="quiet" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? "Hide" : "Show"}
        </Button>
      </div>
      {isOpen && (
        <div className="stack">
          <p className="error-facts">
            <code>{action}</code>
            <CopyText text={object_id} label="the object's id" />
            <Link to="/audit" search={(before) => ({ ...before, object: object_id })}>
              all changes of it
            </Link>
            {actor.id !== null && (
              <Link to="/audit" search={(before) => ({ ...before, actor: actor.id ?? undefined })}>
                all by {nameOf(actor)}
              </Link>
            )}
            {actor.address !== null && <span>from {actor.address}</span>}
            {request_id !== null && <CopyText text={request_id} label="the request's id" />}
          </p>
          {(before !== null || after !== null) && (
            <TextDifference before={textOf(before)} after={textOf(after)} label="what changed" />
          )}
        </div>
      )}
    </li>
  );
}

const textOf = (value: object | null) => (value === null ? "" : JSON.stringify(value, undefined, 2));

function nameIn(value: Record<string, unknown> | null): string | undefined {
  const name = value?.["name"] ?? value?.["slug"] ?? value?.["email"];
  return typeof name === "string" ? name : undefined;
}

/** `virtual_key.update` as "virtual key: update". */
function wordsOf(action: string): string {
  const [kind = "", ...verb] = action.split(".");
  return `${kind.replaceAll("_", " ")}: ${verb.join(" ").replaceAll("_", " ")}`;
}
