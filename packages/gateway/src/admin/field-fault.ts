/** What a shape says of a request, as one error that names the field. */
import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { z } from "zod";

/** A name comes back in the error: a long one is no slip of the pen. */
export const longestTold = 64;

/** Reads a value by a shape. @throws AditError `invalid_request` or `unsupported_parameter`, with the field. */
export function readBy<Shape extends z.ZodType>(shape: Shape, value: unknown): z.output<Shape> {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  throw fieldFault(read.error.issues, shape);
}

function fieldFault(issues: readonly z.core.$ZodIssue[], shape: z.ZodType): AditError {
  const issue = innermost(issues[0]);
  const path = pathOf(issue?.path ?? []);
  if (issue?.code === "unrecognized_keys") {
    const key = (issue.keys[0] ?? "").slice(0, longestTold);
    const param = path === "" ? key : `${path}.${key}`;
    const names = path === "" && "shape" in shape ? Object.keys(shape.shape as object) : [];
    return new AditError("unsupported_parameter", `There is no field ${param} here.${didYouMean(key, names)}`, {
      param,
      remedy: names.length === 0 ? "Leave it out." : `The fields are ${names.join(", ")}.`,
    });
  }
  const words = issue?.message ?? "is not of the form that is asked for";
  return new AditError("invalid_request", `${path === "" ? "The request" : path}: ${words}.`, {
    ...(path !== "" && { param: path }),
    remedy: "The forms are at /docs/api.",
  });
}

/** Of several forms that a value may have, the one that fits best says what is wrong: it is the furthest in that has a fault. */
function innermost(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const found = issue.errors.flatMap(([first]) => innermost(first) ?? []);
  const deepest = found.toSorted((one, other) => rankOf(other) - rankOf(one))[0];
  return deepest === undefined ? issue : { ...deepest, path: [...issue.path, ...deepest.path] };
}

/** A wrong type, or names that the form does not know, say that another form was meant. */
function rankOf({ code, path }: z.core.$ZodIssue): number {
  if (code === "invalid_key") return -1;
  const isOtherForm = code === "invalid_type" || code === "unrecognized_keys";
  return 2 * path.length + (isOtherForm ? 0 : 1);
}

/** `defaults.metadata.team`, `models[2].slug`. */
export function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const name = String(part).slice(0, longestTold);
    return text === "" ? name : `${text}.${name}`;
  }, "");
}
