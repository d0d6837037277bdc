/** The part of a list of models that the query asks for, by Portkey's names. */
import { providerNamed } from "@adit/bedrock";
import { termFault } from "../../terms/term-fault.ts";

interface Model {
  id: string;
  owned_by: string;
}

const sorts = { name: "id", provider: "owned_by" } as const;
const whole = /^\d{1,6}$/;

/**
 * `ai_service` leaves out what is not that service's, `sort` (`name`, `provider`) and `order` sort, `offset` and `limit` cut: who asks until a
 * page is empty must come to an end.
 * @throws AditError `invalid_request` that names the parameter.
 */
export function partOfModels<Listed extends Model>(models: Listed[], query: URLSearchParams): Listed[] {
  if (query.size === 0) return models;
  const service = query.get("ai_service") ?? "bedrock";
  const found = providerNamed(service) === "bedrock" ? models : [];
  const sort = choiceIn(query, "sort", ["name", "provider", "ai_service"]);
  const order = choiceIn(query, "order", ["asc", "desc"]);
  const offset = wholeIn(query, "offset", 0) ?? 0;
  const limit = wholeIn(query, "limit", 1) ?? found.length;
  return sorted(found, sort, order).slice(offset, offset + limit);
}

function sorted<Listed extends Model>(
  models: Listed[],
  sort: "name" | "provider" | "ai_service" | undefined,
  order: "asc" | "desc" | undefined,
): Listed[] {
  // All are of one service: in its order they stand already.
  const by = sort === "name" || sort === "provider" ? sorts[sort] : undefined;
  const ascending =
    by === undefined
      ? models
      : models.toSorted((one, other) => (one[by] < other[by] ? -1 : one[by] > other[by] ? 1 : 0));
  return order === "desc" ? ascending.toReversed() : ascending;
}

function choiceIn<const Choice extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  const found = choices.find((choice) => choice === given);
  if (found === undefined) throw termFault(name, `must be one of ${choices.join(", ")}.`);
  return found;
}

function wholeIn(query: URLSearchParams, name: string, least: number): number | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  if (whole.test(given) && Number(given) >= least) return Number(given);
  throw termFault(name, `must be a whole number of ${least} or more.`);
}
