import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl, type Control, type Schemas } from "../../api/control.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog, Dialog } from "../../controls/dialog.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Moment } from "../../controls/show.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import type { Column } from "../../controls/table.tsx";
import { amountWords, kinds, periodOf, type Kind, type Limit } from "./kinds.ts";
import { LimitForm } from "./limit-form.tsx";

export function columnsOf(kind: Kind, canChange: boolean): Column<Limit>[] {
  return [
    {
      title: "Name",
      cell: ({ name }) => (
        <span className="name-cell">
          <strong>{name}</strong>
        </span>
      ),
    },
    { title: "For", cell: (limit) => <Whom limit={limit} /> },
    {
      title: "May be used",
      isNumber: true,
      cell: (limit) => `${amountWords(limit.amount, limit.unit)} ${periodOf(limit)}`,
    },
    { title: "Used", cell: (limit) => <Usage kind={kind} limit={limit} /> },
    ...(canChange ? [{ title: "Change", cell: (limit: Limit) => <LimitActions kind={kind} limit={limit} /> }] : []),
  ];
}

function Whom({ limit: { scope, scope_id, scope_value } }: { limit: Limit }) {
  switch (scope) {
    case "project":
      return <>the project</>;
    case "gateway_key":
      return (
        <Link to="/keys/$id" params={{ id: scope_id }}>
          the key
        </Link>
      );
    case "virtual_key":
      return (
        <>
          credential <code>{scope_id}</code>
        </>
      );
    case "metadata":
      return (
        <>
          {scope_value === null ? "each " : ""}
          <code>{scope_value === null ? scope_id : `${scope_id}=${scope_value}`}</code>
        </>
      );
  }
}

type Use = Schemas["LimitUsage"];

function readUse(control: Control, kind: Kind, id: string): Promise<Use> {
  return kind === "budget"
    ? answerOf(control.api.GET("/v1/budgets/{budget}/usage", { params: { path: { budget: id } } }))
    : answerOf(control.api.GET("/v1/rate-limits/{rate_limit}/usage", { params: { path: { rate_limit: id } } }));
}

const watchMs = 5_000;

function Usage({ kind, limit }: { kind: Kind; limit: Limit }) {
  const control = useControl();
  const query = useQuery({
    queryKey: ["limit-use", limit.id],
    queryFn: () => readUse(control, kind, limit.id),
    refetchInterval: watchMs,
  });
  if (query.error !== null) return <ErrorPanel error={query.error} />;
  if (query.data === undefined) return <span className="soft">…</span>;
  const { counts, unit, window_end, has_more } = query.data;
  if (counts.length === 0) return <span className="soft">nobody counted yet</span>;
  return (
    <div className="stack">
      {counts.slice(0, 5).map((count) => (
        <Count key={count.value ?? ""} count={count} unit={unit} amount={limit.amount} />
      ))}
      {counts.length > 5 && (
        <span className="soft">
          and {has_more && "more than "}
          {counts.length - 5} more values
        </span>
      )}
      {window_end !== null && (
        <small className="soft">
          anew <Moment at={window_end} isRelative />
        </small>
      )}
    </div>
  );
}

interface CountProps {
  count: Use["counts"][number];
  unit: Limit["unit"];
  amount: string;
}

function Count({ count: { value, settled, held, remaining, unpriced_calls }, unit, amount }: CountProps) {
  const share = Number(amount) === 0 ? 1 : 1 - Number(remaining) / Number(amount);
  return (
    <div className="limit-use">
      <span>
        {value !== null && <code>{value} </code>}
        {amountWords(settled, unit)} used{Number(held) > 0 && `, ${amountWords(held, unit)} held by gateways for calls`}
        , {amountWords(remaining, unit)} left
        {unpriced_calls > 0 && `, ${unpriced_calls} calls of unknown cost`}
      </span>
      <meter
        min={0}
        max={1}
        low={0.8}
        high={0.95}
        optimum={0}
        value={share}
        aria-label={`${Math.round(share * 100)} percent used`}
      />
    </div>
  );
}

function LimitActions({ kind, limit }: { kind: Kind; limit: Limit }) {
  const control = useControl();
  const queries = useQueryClient();
  const say = useSay();
  const [asked, setAsked] = useState<"change" | "reset" | "delete">();
  const close = () => setAsked(undefined);
  const { id, name } = limit;
  const reset = async () => {
    await (kind === "budget"
      ? answerOf(control.api.POST("/v1/budgets/{budget}/reset", { params: { path: { budget: id } } }))
      : answerOf(control.api.POST("/v1/rate-limits/{rate_limit}/reset", { params: { path: { rate_limit: id } } })));
    say(`${name} counts from nothing again.`);
    await queries.invalidateQueries();
  };
  const remove = async () => {
    await (kind === "budget"
      ? answerOf(control.api.DELETE("/v1/budgets/{budget}", { params: { path: { budget: id } } }))
      : answerOf(control.api.DELETE("/v1/rate-limits/{rate_limit}", { params: { path: { rate_limit: id } } })));
    say(`${name} was deleted.`);
    await queries.invalidateQueries();
  };
  return (
    <span className="actions">
      <Button variant="quiet" onClick={() => setAsked("change")} aria-label={`Change ${name}`}>
        Change
      </Button>
      <Button variant="quiet" onClick={() => setAsked("reset")} aria-label={`Reset ${name}`}>
        Reset
      </Button>
      <Button variant="quiet" onClick={() => setAsked("delete")} aria-label={`Delete ${name}`}>
        Delete
      </Button>
      <Dialog title={`Change ${name}`} isOpen={asked === "change"} onClose={close}>
        <LimitForm kind={kind} limit={limit} onClose={close} />
      </Dialog>
      <ConfirmDialog title={`Reset ${name}?`} verb="Reset" isOpen={asked === "reset"} onClose={close} run={reset}>
        <p>
          What was used in this time is forgotten, of all its values: as much may be used again. Calls under way count
          on.
        </p>
      </ConfirmDialog>
      <ConfirmDialog
        title={`Delete ${name}?`}
        verb="Delete"
        name={name}
        isOpen={asked === "delete"}
        onClose={close}
        run={remove}
      >
        <p>
          Nothing answers {kinds[kind].refusal} because of it any more: what it bounded has no bound by it. Its count is
          gone.
        </p>
      </ConfirmDialog>
    </span>
  );
}
