/** Calls, the newest first: found, followed live, opened. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { answerOf, useControl, type Schemas } from "../../api/control.ts";
import type { Log } from "../../api/objects.ts";
import { Button } from "../../controls/button.tsx";
import { useLongList, type LongList } from "../../controls/lists.ts";
import { Page } from "../../controls/page.tsx";
import { countOf, Moment } from "../../controls/show.tsx";
import { Await, Callout, EmptyState, ErrorPanel } from "../../controls/states.tsx";
import { More, Table } from "../../controls/table.tsx";
import { useDelayed } from "../../controls/use-delayed.ts";
import { useProject } from "../../session/project.ts";
import { useSignedIn } from "../../session/session.ts";
import { useTail } from "./follow.ts";
import { LogFilters, shownColumns } from "./log-filters.tsx";
import { filterNames, queryOf, searchOf, type LogFilter } from "./log-query.ts";

export function LogsPage() {
  const session = useSignedIn();
  const { project } = useProject();
  const filter = useSearch({ from: "/frame/logs" });
  const [isLive, setIsLive] = useState(false);
  const exported = new URLSearchParams({ ...queryOf(filter, project.id), ...searchOf(filter), format: "csv" });
  return (
    <Page
      title="Logs"
      lead="Every call: what it was, where it went, what it took and cost, and why it failed."
      actions={
        <>
          <Button icon={isLive ? "cross" : "play"} aria-pressed={isLive} onClick={() => setIsLive(!isLive)}>
            {isLive ? "Stop following" : "Follow live"}
          </Button>
          {session.kind === "person" && (
            <a className="button button-plain" href={`/v1/logs/export?${exported.toString()}`} download="logs.csv">
              Export
            </a>
          )}
        </>
      }
    >
      <LogFilters />
      {isLive && <Live filter={filter} />}
      <Found filter={filter} />
    </Page>
  );
}

/** So many calls are shown at first, and more of them each time. */
const pageCalls = 50;

interface Progress {
  count: number;
  to: string;
  /** Calls of which no content is kept; null where none was looked at. */
  withoutContent: number | null;
  /** Calls whose content is damaged: what is looked for may stand in it. */
  unreadable: number;
}

function Found({ filter: given }: { filter: LogFilter }) {
  const control = useControl();
  const { project } = useProject();
  const { columns, search, content, ...filter } = useDelayed(given);
  const [progress, setProgress] = useState<Progress>();
  const asked = { ...queryOf(filter, project.id), ...searchOf({ search, content }) };
  const list = useLongList(["logs", asked], async (after, signal) => {
    const query = { ...asked, limit: pageCalls, ...(after !== undefined && { after }) };
    const found = await answerOf(control.api.GET("/v1/logs", { params: { query }, signal: signal() }));
    setProgress((before) => progressWith(after === undefined ? undefined : before, found));
    return found;
  });
  const reading = useReadOn(list, JSON.stringify(asked), "search_content" in asked);
  const isFiltered = filterNames.some((name) => name !== "columns" && given[name] !== undefined);
  return (
    <Await query={list} what="calls">
      {({ entries }) =>
        entries.length === 0 && !list.hasMore ? (
          isFiltered ? (
            <NothingFits progress={progress} />
          ) : (
            <EmptyState icon="logs" title="No call yet" action={<Link to="/">To the first steps</Link>}>
              A call is here a moment after its answer has ended.
            </EmptyState>
          )
        ) : (
          <>
            <Table caption="Calls" columns={shownColumns(columns)} rows={entries} keyOf={({ id }) => id} />
            {progress !== undefined && <Scanned progress={progress} />}
            {reading.isOn ? (
              <div className="bar" role="status">
                <span className="loading-line soft">
                  <span className="spinner" aria-hidden="true" /> Searching on: {countOf(entries.length)} found so far.
                </span>
                <Button icon="cross" onClick={reading.stop}>
                  Stop searching
                </Button>
              </div>
            ) : (
              <More shown={entries.length} hasMore={list.hasMore} isLoading={list.isLoading} onMore={reading.more} />
            )}
          </>
        )
      }
    </Await>
  );
}

function NothingFits({ progress }: { progress: Progress | undefined }) {
  const navigate = useNavigate({ from: "/logs" });
  const showAll = (): void => void navigate({ search: ({ project: slug }) => ({ project: slug }) });
  return (
    <>
      <EmptyState icon="search" title="No call fits" action={<Button onClick={showAll}>Show all</Button>}>
        Take a filter away, or widen the time.
      </EmptyState>
      {progress !== undefined && progress.unreadable > 0 && <Scanned progress={progress} />}
    </>
  );
}

function progressWith(before: Progress | undefined, page: Schemas["LogList"]): Progress | undefined {
  const { scanned, scanned_to: to, scanned_without_content: without, scanned_unreadable: unreadable } = page;
  if (scanned === null || to === null) return before;
  return {
    count: (before?.count ?? 0) + scanned,
    to,
    withoutContent: without === null ? null : (before?.withoutContent ?? 0) + without,
    unreadable: (before?.unreadable ?? 0) + (unreadable ?? 0),
  };
}

function Scanned({ progress: { count, to, withoutContent, unreadable } }: { progress: Progress }) {
  return (
    <p className="hint">
      {count === 1 ? "One call was" : `${countOf(count)} calls were`} read through, back to <Moment at={to} />
      {withoutContent !== null && <>; no content is kept of {countOf(withoutContent)} of them</>}
      {unreadable > 0 && <>; what is kept of {countOf(unreadable)} is damaged, and was passed over</>}.
    </p>
  );
}

/** A search in content is answered piece by piece: it goes on by itself until a page is full, and may be stopped. */
function useReadOn(list: LongList<Log>, asked: string, isWanted: boolean) {
  const [most, setMost] = useState(pageCalls);
  useEffect(() => setMost(pageCalls), [asked]);
  const shown = list.data?.entries.length ?? 0;
  const isOn = isWanted && list.hasMore && list.error === null && shown < most;
  useEffect(() => {
    if (isOn && !list.isLoading) list.more();
  });
  return {
    isOn,
    stop: () => {
      setMost(0);
      list.stop();
    },
    more: () => {
      setMost(shown + pageCalls);
      if (!isWanted) list.more();
    },
  };
}

function Live({ filter }: { filter: LogFilter }) {
  const { logs, hasGap, isAway, error } = useTail(filter);
  return (
    <section className="stack" aria-label="Live" aria-live="polite">
      {error !== undefined && <ErrorPanel error={error} title="The calls are not followed any more" />}
      {hasGap && (
        <Callout kind="warning">
          More calls may have come than are shown here: look below, or narrow the filters.
        </Callout>
      )}
      {error === undefined && (isAway || logs.length === 0) && (
        <p className="loading-line soft">
          <span className="spinner" aria-hidden="true" />{" "}
          {isAway ? "The connection broke: connecting again." : "Following: the next call is here as it ends."}
        </p>
      )}
      {logs.length > 0 && (
        <Table caption="Calls as they end" columns={shownColumns(filter.columns)} rows={logs} keyOf={({ id }) => id} />
      )}
    </section>
  );
}
