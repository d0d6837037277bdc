/** AWS's service model of bedrock-runtime as a judge of requests: constraints of shapes alone, read from AWS's own file. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recordingsFolder } from "../../../wire/testing/recordings.ts";

interface Member {
  shape: string;
  location?: string;
}

interface Shape {
  type: string;
  required?: string[];
  members?: Record<string, Member>;
  member?: Member;
  key?: Member;
  value?: Member;
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
  union?: boolean;
  document?: boolean;
}

/** Faults of a body of Converse, each with its path; undefined where the file is not there. */
export function converseJudge(): ((body: unknown) => string[]) | undefined {
  const folder = recordingsFolder();
  const file = folder === undefined ? "" : join(folder, "../data/aws.bedrock-runtime.service-2.json");
  if (!existsSync(file)) {
    return undefined;
  }
  const { shapes } = JSON.parse(readFileSync(file, "utf8")) as { shapes: Record<string, Shape> };
  return (body) => {
    const faults: string[] = [];
    judge({ shapes, faults }, body, "ConverseRequest", "");
    return faults;
  };
}

interface Judging {
  shapes: Record<string, Shape>;
  faults: string[];
}

function judge(judging: Judging, value: unknown, name: string, path: string): void {
  const shape = judging.shapes[name];
  if (shape === undefined || shape.document === true) {
    return;
  }
  const fault = (words: string): void => {
    judging.faults.push(`${path} (${name}): ${words}`);
  };
  switch (shape.type) {
    case "structure":
      judgeStructure(judging, value, shape, path, fault);
      return;
    case "list":
      if (!Array.isArray(value)) {
        fault("no list");
        return;
      }
      bounds(value.length, shape, fault);
      value.forEach((item, index) => {
        judge(judging, item, shape.member?.shape ?? "", `${path}[${index}]`);
      });
      return;
    case "map": {
      const entries = Object.entries(value as object);
      bounds(entries.length, shape, fault);
      for (const [key, item] of entries) {
        judge(judging, key, shape.key?.shape ?? "", `${path}.${key}#key`);
        judge(judging, item, shape.value?.shape ?? "", `${path}.${key}`);
      }
      return;
    }
    case "string":
      judgeString(value, shape, fault);
      return;
    case "blob":
      if (typeof value !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
        fault("no base64");
      }
      return;
    case "boolean":
      if (typeof value !== "boolean") {
        fault("no boolean");
      }
      return;
    default:
      if (
        typeof value !== "number" ||
        (shape.type !== "float" && shape.type !== "double" && !Number.isInteger(value))
      ) {
        fault(`no ${shape.type}`);
        return;
      }
      bounds(value, shape, fault);
  }
}

function judgeStructure(
  judging: Judging,
  value: unknown,
  shape: Shape,
  path: string,
  fault: (words: string) => void,
): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fault("no object");
    return;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (shape.union === true && entries.length !== 1) {
    fault(`a union with ${entries.length} members`);
  }
  for (const name of shape.required ?? []) {
    if (shape.members?.[name]?.location === undefined && !entries.some(([key]) => key === name)) {
      fault(`${name} is missing`);
    }
  }
  for (const [key, item] of entries) {
    const member = shape.members?.[key];
    if (member === undefined) {
      fault(`${key} is unknown`);
    } else {
      judge(judging, item, member.shape, `${path}.${key}`);
    }
  }
}

function judgeString(value: unknown, shape: Shape, fault: (words: string) => void): void {
  if (typeof value !== "string") {
    fault("no string");
    return;
  }
  bounds(value.length, shape, fault);
  if (shape.enum !== undefined && !shape.enum.includes(value)) {
    fault(`${value} is not in the enum`);
  }
  if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(value)) {
    fault(`${JSON.stringify(value)} does not match ${shape.pattern}`);
  }
}

function bounds(size: number, shape: Shape, fault: (words: string) => void): void {
  if ((shape.min !== undefined && size < shape.min) || (shape.max !== undefined && size > shape.max)) {
    fault(`${size} is outside ${shape.min ?? ""}..${shape.max ?? ""}`);
  }
}
