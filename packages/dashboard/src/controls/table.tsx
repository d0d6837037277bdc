/** Tables that become cards on a narrow screen, and lists that are longer than a page. */
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
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

export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <div className="table-frame" role="region" aria-label={caption} tabIndex={0}>
      <table>
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
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, cell, isNumber }) => (
                <td key={title} data-title={title} className={isNumber === true ? "number" : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface MoreProps {
  shown: number;
  total?: number | undefined;
  hasMore: boolean;
  isLoading: boolean;
  onMore: () => void;
}

export function More({ shown, total, hasMore, isLoading, onMore }: MoreProps) {
  return (
    <div className="more">
      <span>
        {countOf(shown)}{" "}
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
