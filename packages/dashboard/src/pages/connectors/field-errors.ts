import { asApiError } from "../../api/api-error.ts";

/** What the gateway says of a field, by the end of the path that it names: `connection_spec.region`, `input_schema[0].name`. */
export function errorsByField(error: unknown): (field: string) => string | undefined {
  const refused = error === undefined ? undefined : asApiError(error);
  const param = refused?.param?.replaceAll(/\[(\d+)\]/g, ".$1");
  return (field) => (param === field || param?.endsWith(`.${field}`) === true ? refused?.message : undefined);
}
