import type { KyselyPlugin, PluginTransformResultArgs, QueryResult, RootOperationNode, UnknownRow } from "kysely";

/** True for columns whose whole range counts: money (`...Nano`), what limits count (`...Amount`), and the places of calls (`...Seq`). */
export function isExact(column: string): boolean {
  return /(?:Nano|Amount|Seq)$/.test(column);
}

/**
 * Both engines give 64-bit integers as BigInt. Exact columns stay so; times and counts become numbers, since none of them
 * comes near 2^53. Stands after the plugin that makes names camelCase.
 */
export class WholeNumbers implements KyselyPlugin {
  transformQuery({ node }: { node: RootOperationNode }): RootOperationNode {
    return node;
  }

  transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    for (const row of result.rows) {
      for (const [name, value] of Object.entries(row)) {
        if (typeof value === "bigint" && !isExact(name)) row[name] = Number(value);
      }
    }
    return Promise.resolve(result);
  }
}
