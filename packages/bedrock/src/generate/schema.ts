/** Schemas as callers write them: zod's (version 4, the small core too) or JSON schema. */
import {
  safeParseAsync,
  toJSONSchema,
  type $ZodType,
  type output,
  type ToJSONSchemaParams,
  type ZodStandardSchemaWithJSON,
} from "zod/v4/core";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/**
 * A schema of zod 4, its small core, or `zod/v4` of zod 3.25: what the types of all of them have. Those of one release do not take the
 * schemas of another, and a program's zod need not be the one that this package works with.
 */
export interface ZodSchema<Value = unknown> {
  readonly _zod: { readonly output: Value };
}

/** A zod schema, or a JSON schema. */
export type SchemaInput = ZodSchema | JsonObject;

/** What an object of this schema is in TypeScript. */
export type ObjectOf<Schema extends SchemaInput> = Schema extends ZodSchema<infer Value> ? Value : JsonValue;

/** True for a schema that can check an object by itself. */
export function isZodSchema(schema: unknown): schema is $ZodType {
  return typeof schema === "object" && schema !== null && "_zod" in schema;
}

/**
 * The JSON schema for the model: a JSON schema as it was written, a zod schema as what it takes in. Objects of zod that leave unknown keys
 * out are closed, since AWS's strict decoding takes no others, and whole numbers have the bounds alone that were asked for. Throws AditError `invalid_request` for what is no schema, and for a zod schema
 * that JSON schema has no words for.
 */
export function jsonSchemaOf(schema: unknown, path: string): JsonObject {
  if (isZodSchema(schema)) {
    return fromZod(schema, path);
  }
  if (!isJsonObject(schema) || isForeign(schema)) {
    throw new AditError("invalid_request", `${path} must be a zod schema (version 4) or a JSON schema.`, {
      param: path,
      remedy: "Schemas of zod 3 and of other libraries: give the JSON schema that they are written as.",
    });
  }
  return schema;
}

/** A schema of zod 3 or of another library, whose inner members would reach the model as a JSON schema that says nothing. */
function isForeign(schema: JsonObject): boolean {
  // zod hides one in the JSON schema that it writes.
  const isHidden = Object.getOwnPropertyDescriptor(schema, "~standard")?.enumerable === false;
  return "_def" in schema || ("~standard" in schema && !isHidden);
}

function fromZod(schema: $ZodType, path: string): JsonObject {
  try {
    const { $schema: _dialect, ...json } = writtenByItsOwnZod(schema) ?? writtenByOurs(schema);
    return json as JsonObject;
  } catch (cause) {
    throw new AditError("invalid_request", `${path} cannot be written as a JSON schema: ${String(cause)}`, {
      param: path,
      remedy: "Leave out of the schema what JSON has no form for, such as dates, bigints and transforms.",
      cause,
    });
  }
}

/**
 * From 4.2 on a schema writes itself. Another release than its own loses the type of each member that is described (4.6 with schemas of
 * 4.2). Undefined for older ones, and for the small core.
 */
function writtenByItsOwnZod(schema: $ZodType): Record<string, unknown> | undefined {
  const standard: Partial<ZodStandardSchemaWithJSON<$ZodType>> = schema["~standard"];
  return standard.jsonSchema?.input({ target: "draft-2020-12", libraryOptions: { override: forModels } });
}

function writtenByOurs(schema: $ZodType): Record<string, unknown> {
  return toJSONSchema(schema, {
    io: "input",
    override: (written) => {
      forModels(written);
      addWords(written);
    },
  });
}

/** A schema of zod's, and what was written of it. */
type Written = Pick<Parameters<NonNullable<ToJSONSchemaParams["override"]>>[0], "zodSchema" | "jsonSchema">;

function forModels({ zodSchema, jsonSchema }: Written): void {
  if (zodSchema._zod.def.type === "object") jsonSchema.additionalProperties ??= false;
  // zod's bounds of every whole number, which strict decoding refuses.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** Descriptions and the like, which zod 4.0 and 3.25 keep where no other release finds them. */
function addWords({ zodSchema, jsonSchema }: Written): void {
  if (jsonSchema.$ref !== undefined || !("meta" in zodSchema) || typeof zodSchema.meta !== "function") return;
  const words: unknown = zodSchema.meta();
  if (!isJsonObject(words)) return;
  const { id: _id, ...said } = words;
  for (const name in said) jsonSchema[name] ??= said[name];
}

/** Why a value does not fit; `cause` is what a check or a transform of the schema's own has thrown. */
export interface SchemaFault {
  fault: string;
  cause?: unknown;
}

/** The value as the zod schema makes it, or the words of its first fault. */
export async function checkedBy<Schema extends $ZodType>(
  schema: Schema,
  value: JsonValue,
): Promise<{ value: output<Schema> } | SchemaFault> {
  let checked: Awaited<ReturnType<typeof safeParseAsync<Schema>>>;
  try {
    checked = await safeParseAsync(schema, value);
  } catch (cause) {
    // Such as a transform by JSON.parse: what the model wrote is at fault as likely as the program's own code.
    return { fault: `the schema's own code threw ${String(cause)}`, cause };
  }
  if (checked.success) {
    return { value: checked.data };
  }
  const [issue] = checked.error.issues;
  const path = issue?.path.map(String).join(".") ?? "";
  return { fault: `${path === "" ? "the object" : path}: ${issue?.message ?? "it does not fit"}` };
}
