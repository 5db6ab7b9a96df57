import "./Table.css";
import type { ReactNode } from "react";

export interface Column<Row> {
  name: string;
  cell(row: Row): ReactNode;
  /** Numbers stand at the end of their cell. */
  number?: boolean;
  /** Not on narrow screens. */
  wide?: boolean;
}

interface Props<Row> {
  caption: string;
  /** The caption is shown, not only read out. */
  shown?: boolean;
  /** The first one names the row. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string | number;
}

export function Table<Row>({ caption, shown = false, columns, rows, keyOf }: Props<Row>) {
  return (
    // Somebody who can only use the keyboard must be able to scroll it.
    <div className="table-scroll" tabIndex={0} role="region" aria-label={caption}>
      <table className="table">
        <caption className={shown ? "" : "unseen"}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={classOf(column)}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column, at) =>
                at === 0 ? (
                  <th key={column.name} scope="row" className={classOf(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.name} className={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf<Row>({ number, wide }: Column<Row>): string {
  return [number ? "table-number" : "", wide ? "table-wide" : ""].filter(Boolean).join(" ");
}
