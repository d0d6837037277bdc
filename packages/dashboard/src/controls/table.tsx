/** Tables that become cards on a narrow screen, and lists that are longer than a page. */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState, type ReactNode, type Ref } from "react";
import { Button } from "./button.tsx";
import type { ShownList } from "./lists.ts";
import { countOf } from "./show.tsx";

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Figures stand at the right. */
  isNumber?: boolean;
}

interface TableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
}

/** From here on only the rows that are in sight, and some around them, are in the document. */
const longRows = 150;

export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  const isLong = rows.length >= longRows;
  return (
    <div className="table-frame" role="region" aria-label={caption} tabIndex={0}>
      <table {...(isLong && { "aria-rowcount": rows.length + 1 })}>
        <caption className="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, isNumber }) => (
              <th key={title} scope="col" className={isNumber === true ? "number" : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        {isLong ? (
          <LongBody columns={columns} rows={rows} keyOf={keyOf} />
        ) : (
          <tbody>
            {rows.map((row) => (
              <BodyRow key={keyOf(row)} columns={columns} row={row} />
            ))}
          </tbody>
        )}
      </table>
    </div>
  );
}

interface BodyRowProps<Row> {
  columns: readonly Column<Row>[];
  row: Row;
  /** Of a long table, from 0. */
  index?: number;
  ref?: Ref<HTMLTableRowElement>;
}

function BodyRow<Row>({ columns, row, index, ref }: BodyRowProps<Row>) {
  // The head is the first row.
  const place = index === undefined ? {} : { "data-index": index, "aria-rowindex": index + 2 };
  return (
    <tr ref={ref} {...place}>
      {columns.map(({ title, cell, isNumber }) => (
        <td key={title} data-title={title} className={isNumber === true ? "number" : undefined}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** Until a row has been seen, it counts as this high. */
const guessedRowPx = 46;

function LongBody<Row>({ columns, rows, keyOf }: Omit<TableProps<Row>, "caption">) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [topPx, setTopPx] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      if (body.current !== null) setTopPx(body.current.getBoundingClientRect().top + window.scrollY);
    };
    measure();
    // What stands above may grow, as the calls do that are followed: which rows are in sight goes by it.
    const watch = new ResizeObserver(measure);
    watch.observe(document.body);
    return () => watch.disconnect();
  }, []);
  const list = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => guessedRowPx,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
    overscan: 20,
    scrollMargin: topPx,
    // Cards stand apart by their margins.
    measureElement: (row) => row.getBoundingClientRect().height + Number.parseFloat(getComputedStyle(row).marginBottom),
  });
  const shown = list.getVirtualItems();
  const abovePx = (shown[0]?.start ?? topPx) - topPx;
  const belowPx = list.getTotalSize() - ((shown.at(-1)?.end ?? topPx) - topPx);
  return (
    <tbody ref={body}>
      <Gap heightPx={abovePx} columnCount={columns.length} />
      {shown.map(({ key, index }) => {
        const row = rows[index];
        return (
          row !== undefined && (
            <BodyRow key={String(key)} columns={columns} row={row} index={index} ref={list.measureElement} />
          )
        );
      })}
      <Gap heightPx={belowPx} columnCount={columns.length} />
    </tbody>
  );
}

/** The room of rows that are out of sight. */
function Gap({ heightPx, columnCount }: { heightPx: number; columnCount: number }) {
  if (heightPx <= 0) return null;
  return (
    <tr className="table-gap" aria-hidden="true">
      <td colSpan={columnCount} style={{ height: heightPx }} />
    </tr>
  );
}

interface MoreProps {
  /** What is counted, where that is not the rows above. */
  what?: string;
  shown: number;
  total?: number | undefined;
  hasMore: boolean;
  isLoading: boolean;
  onMore: () => void;
}

/** Of a list that comes in pages, once its first is there. */
export function MoreOf<Entry>({ list }: { list: ShownList<Entry> }) {
  const { data, hasMore, isLoading, more } = list;
  if (data === undefined) return null;
  const { entries, total } = data;
  return <More shown={entries.length} total={total} hasMore={hasMore} isLoading={isLoading} onMore={more} />;
}

export function More({ what, shown, total, hasMore, isLoading, onMore }: MoreProps) {
  return (
    <div className="more">
      <span>
        {countOf(shown)} {what !== undefined && `${what} `}
        {total === undefined || total === shown ? (hasMore ? "shown" : "in all") : `of ${countOf(total)}`}
      </span>
      {hasMore && (
        <Button onClick={onMore} isBusy={isLoading}>
          Show more
        </Button>
      )}
    </div>
  );
}
