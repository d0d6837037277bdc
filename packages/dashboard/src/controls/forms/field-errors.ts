import { asApiError } from "../../api/api-error.ts";

/** What the gateway says of a field, by the end of the path that it names: `connection_spec.region`, `input_schema[0].name`. */
export function errorsByField(error: unknown): (field: string) => string | undefined {
  const { param, message } = refusalOf(error);
  return (field) => (param === field || param?.endsWith(`.${field}`) === true ? message : undefined);
}

/** The same, by where the path begins: `checks.0` for all that is wrong with the first check. */
export function errorsUnder(error: unknown): (place: string) => string | undefined {
  const { param, message } = refusalOf(error);
  return (place) => (param === place || param?.startsWith(`${place}.`) === true ? message : undefined);
}

function refusalOf(error: unknown): { param?: string | undefined; message?: string } {
  if (error === undefined) return {};
  const { param, message } = asApiError(error);
  return { param: param?.replaceAll(/\[(\d+)\]/g, ".$1"), message };
}
