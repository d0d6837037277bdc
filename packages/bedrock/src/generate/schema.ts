/** Schemas as callers write them: zod's (version 4, the small core too) or JSON schema. */
import { safeParseAsync, toJSONSchema, type $ZodType, type output } from "zod/v4/core";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** A zod schema, or a JSON schema. */
export type SchemaInput = $ZodType | JsonObject;

/** What an object of this schema is in TypeScript. */
export type ObjectOf<Schema extends SchemaInput> = Schema extends $ZodType ? output<Schema> : JsonValue;

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
    const { $schema: _dialect, ...json } = toJSONSchema(schema, {
      io: "input",
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema._zod.def.type === "object") jsonSchema.additionalProperties ??= false;
        // zod's bounds of every whole number, which strict decoding refuses.
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      },
    });
    return json as JsonObject;
  } catch (cause) {
    throw new AditError("invalid_request", `${path} cannot be written as a JSON schema: ${String(cause)}`, {
      param: path,
      remedy: "Leave out of the schema what JSON has no form for, such as dates, bigints and transforms.",
      cause,
    });
  }
}

/** The value as the zod schema makes it, or the words of its first fault. */
export async function checkedBy<Schema extends $ZodType>(
  schema: Schema,
  value: JsonValue,
): Promise<{ value: output<Schema> } | { fault: string }> {
  const checked = await safeParseAsync(schema, value);
  if (checked.success) {
    return { value: checked.data };
  }
  const [issue] = checked.error.issues;
  const path = issue?.path.map(String).join(".") ?? "";
  return { fault: `${path === "" ? "the object" : path}: ${issue?.message ?? "it does not fit"}` };
}
