import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** A shape of AWS's service model, as far as the tests compare it. */
export interface AwsShape {
  type: string;
  members?: Record<string, { shape: string; location?: string }>;
  required?: string[];
  union?: boolean;
  document?: boolean;
  member?: { shape: string };
  key?: { shape: string };
  value?: { shape: string };
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
}

/** Shapes of a service (`bedrock-runtime`, `bedrock`); undefined where the folder of published data is missing. */
export function serviceShapes(service: string): Record<string, AwsShape> | undefined {
  return (published(`aws.${service}.service-2.json`) as { shapes: Record<string, AwsShape> } | undefined)?.shapes;
}

/** Ids in two public lists of Bedrock's models; undefined where the folder of published data is missing. */
export function publishedModelIds(): string[] | undefined {
  const lists = [published("models.bedrock.json"), published("models.models-dev.json")];
  if (lists.includes(undefined)) return undefined;
  return [...new Set(lists.flatMap((list) => Object.keys(list ?? {})))].filter((id) => id.includes("."));
}

/** A file of `ADIT_DATA_CHECKS`, else of `../shared/data` beside the repository. */
function published(name: string): object | undefined {
  const folder = process.env["ADIT_DATA_CHECKS"] ?? resolve(import.meta.dirname, "../../../../../../shared/data");
  const file = join(folder, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as object) : undefined;
}
