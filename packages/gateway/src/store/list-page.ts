import type { Expression, ExpressionBuilder, ReferenceExpression, SqlBool } from "kysely";

/** One page of a list. */
export interface ListPage {
  limit: number;
  /** Id behind which it begins. */
  after?: string | undefined;
  /** How many are passed over. */
  offset?: number | undefined;
  /** Part of the name, in any case of letters. */
  search?: string | undefined;
}

/** True where one of the columns has the text somewhere, in any case of letters. Not by `like`, whose signs would be the searcher's. */
export function hasText<DB, Table extends keyof DB>(
  where: ExpressionBuilder<DB, Table>,
  columns: readonly ReferenceExpression<DB, Table>[],
  text: string,
): Expression<SqlBool> {
  return where.or(
    columns.map((column) => {
      const lower = where.fn<string>("lower", [column]);
      return where(where.fn<string>("replace", [lower, where.val(text.toLowerCase()), where.val("")]), "!=", lower);
    }),
  );
}
