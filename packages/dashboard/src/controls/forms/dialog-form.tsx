/** Lists whose entries are made, changed and deleted in dialogs. */
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useAct, useIsShown } from "../act.ts";
import { Button } from "../button.tsx";
import { ConfirmDialog, Dialog, useWouldLose } from "../dialog.tsx";
import type { IconName } from "../icon.tsx";
import type { ShownList } from "../lists.ts";
import { useSay } from "../messages.tsx";
import { Await, EmptyState, ErrorPanel } from "../states.tsx";
import { MoreOf, Table, type Column } from "../table.tsx";
import { Form } from "./form.tsx";

interface DialogFormProps {
  verb?: string;
  onClose: () => void;
  /** Gives what is said once it is done. */
  save: () => Promise<string>;
  /** The fields, with what was refused. */
  children: (error: unknown) => ReactNode;
}

/** Once it is saved the dialog closes, and every page reads anew. */
export function DialogForm({ verb = "Save", onClose, save, children }: DialogFormProps) {
  const queries = useQueryClient();
  const say = useSay();
  const isShown = useIsShown();
  const { run, error, isBusy } = useAct(async () => {
    say(await save());
    // Closed by its reader before, it may share its place with another that is open now.
    if (isShown()) onClose();
    await queries.invalidateQueries();
  });
  const [isTyped, setIsTyped] = useState(false);
  useWouldLose(isTyped && !isBusy);
  return (
    <Form onSubmit={run} onInput={() => setIsTyped(true)}>
      {children(error)}
      {error !== undefined && <ErrorPanel error={error} />}
      <div className="form-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={isBusy}>
          {verb}
        </Button>
      </div>
    </Form>
  );
}

interface RowActionsProps {
  name: string;
  changeVerb?: string;
  /** The form in the dialog of the change. */
  change: (onClose: () => void) => ReactNode;
  /** Undefined where it stays. */
  remove?: RemoveProps | undefined;
}

interface RemoveProps {
  run: () => Promise<unknown>;
  /** To be typed first. */
  typed?: string;
  /** What breaks. */
  words: ReactNode;
}

export function RowActions({ name, changeVerb = "Change", change, remove }: RowActionsProps) {
  const queries = useQueryClient();
  const say = useSay();
  const [asked, setAsked] = useState<"change" | "delete">();
  const close = () => setAsked(undefined);
  return (
    <span className="actions">
      <Button variant="quiet" onClick={() => setAsked("change")} aria-label={`${changeVerb} ${name}`}>
        {changeVerb}
      </Button>
      <Dialog title={`${changeVerb} ${name}`} isOpen={asked === "change"} onClose={close}>
        {change(close)}
      </Dialog>
      {remove !== undefined && (
        <>
          <Button variant="quiet" onClick={() => setAsked("delete")} aria-label={`Delete ${name}`}>
            Delete
          </Button>
          <ConfirmDialog
            title={`Delete ${name}?`}
            verb="Delete"
            {...(remove.typed !== undefined && { name: remove.typed })}
            isOpen={asked === "delete"}
            onClose={close}
            run={async () => {
              await remove.run();
              say(`${name} was deleted.`);
              void queries.invalidateQueries();
            }}
          >
            {remove.words}
          </ConfirmDialog>
        </>
      )}
    </span>
  );
}

interface DialogListProps<Row> {
  list: ShownList<Row>;
  /** Such as `labels`. */
  what: string;
  caption: string;
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  /** Stands above the rows, beside what adds one. */
  lead: ReactNode;
  /** Undefined for who may not. */
  add: { label: string; isPrimary?: boolean; form: (onClose: () => void) => ReactNode } | undefined;
  /** What stands there while there is none; undefined where there always is one. */
  empty?: { icon: IconName; title: string; words: ReactNode };
}

export function DialogList<Row>(props: DialogListProps<Row>) {
  const { list, what, caption, columns, keyOf, lead, add, empty } = props;
  const [isAdding, setIsAdding] = useState(false);
  const close = () => setIsAdding(false);
  const button = add !== undefined && (
    <Button {...(add.isPrimary === true && { variant: "primary" })} icon="plus" onClick={() => setIsAdding(true)}>
      {add.label}
    </Button>
  );
  return (
    <>
      <Await query={list} what={what}>
        {({ entries }) =>
          entries.length === 0 && empty !== undefined ? (
            <EmptyState icon={empty.icon} title={empty.title} action={button}>
              {empty.words}
            </EmptyState>
          ) : (
            <div className="stack">
              <div className="bar">
                <p className="soft">{lead}</p>
                {button}
              </div>
              <Table caption={caption} columns={columns} rows={entries} keyOf={keyOf} />
              <MoreOf list={list} />
            </div>
          )
        }
      </Await>
      {add !== undefined && (
        <Dialog title={add.label} isOpen={isAdding} onClose={close}>
          {add.form(close)}
        </Dialog>
      )}
    </>
  );
}
