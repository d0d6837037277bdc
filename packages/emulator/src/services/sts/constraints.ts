import type { StsRefusal } from "./xml.ts";

/** What the service model of STS says of a parameter. */
interface Constraint {
  /** As AWS's messages spell it. */
  path: string;
  least?: number;
  most?: number;
  pattern?: RegExp;
  required?: boolean;
}

const constraints: Readonly<Record<string, Constraint>> = {
  RoleArn: { path: "roleArn", least: 20, most: 2_048, required: true },
  RoleSessionName: { path: "roleSessionName", least: 2, most: 64, pattern: /^[\w+=,.@-]*$/, required: true },
  ExternalId: { path: "externalId", least: 2, most: 1_224, pattern: /^[\w+=,.@:/-]*$/ },
  Policy: { path: "policy", least: 1, most: 2_048 },
  SourceIdentity: { path: "sourceIdentity", least: 2, most: 64, pattern: /^[\w+=,.@-]*$/ },
  WebIdentityToken: { path: "webIdentityToken", least: 4, most: 20_000 },
};

const [shortestSeconds, longestSeconds, defaultSeconds] = [900, 43_200, 3_600];
const tagLimit = 50;

/** Checks the parameters that a form holds; every broken constraint is in the one message, as AWS has it. */
export function constraintFault(form: URLSearchParams, names: readonly string[]): StsRefusal | undefined {
  const broken = names.flatMap((name) => brokenConstraint(form.get(name), constraints[name] ?? { path: name }));
  const seconds = form.get("DurationSeconds");
  if (seconds !== null) {
    broken.push(...brokenDuration(seconds));
  }
  if (broken.length === 0) {
    return tagFault(form);
  }
  const count = `${broken.length} validation error${broken.length === 1 ? "" : "s"} detected: `;
  return validationError(count + broken.join("; "));
}

/** Whole seconds of a session. */
export function durationSeconds(form: URLSearchParams): number {
  return Number(form.get("DurationSeconds") ?? defaultSeconds);
}

export function validationError(message: string): StsRefusal {
  return { status: 400, code: "ValidationError", message };
}

function brokenConstraint(value: string | null, constraint: Constraint): string[] {
  const { path, least = 0, most = Number.POSITIVE_INFINITY, pattern, required } = constraint;
  const broken = (shown: string, rule: string): string =>
    `Value ${shown} at '${path}' failed to satisfy constraint: Member must ${rule}`;
  if (value === null) {
    return required === true ? [broken("null", "not be null")] : [];
  }
  const shown = path === "webIdentityToken" ? "'***'" : `'${value}'`;
  const rules: string[] = [];
  if (value.length < least) {
    rules.push(broken(shown, `have length greater than or equal to ${least}`));
  }
  if (value.length > most) {
    rules.push(broken(shown, `have length less than or equal to ${most}`));
  }
  if (pattern !== undefined && !pattern.test(value)) {
    rules.push(broken(shown, `satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`));
  }
  return rules;
}

function brokenDuration(text: string): string[] {
  const seconds = Number(text);
  const at = `Value '${text}' at 'durationSeconds' failed to satisfy constraint: Member must have value`;
  if (!Number.isInteger(seconds) || seconds < shortestSeconds) {
    return [`${at} greater than or equal to ${shortestSeconds}`];
  }
  return seconds > longestSeconds ? [`${at} less than or equal to ${longestSeconds}`] : [];
}

function tagFault(form: URLSearchParams): StsRefusal | undefined {
  const keys = new Set<string>();
  for (let number = 1; form.has(`Tags.member.${number}.Key`); number += 1) {
    const key = form.get(`Tags.member.${number}.Key`) ?? "";
    const value = form.get(`Tags.member.${number}.Value`);
    const path = `tags.${number}.member`;
    const broken =
      brokenConstraint(key, { path: `${path}.key`, least: 1, most: 128 })[0] ??
      brokenConstraint(value, { path: `${path}.value`, most: 256, required: true })[0];
    if (broken !== undefined) {
      return validationError(`1 validation error detected: ${broken}`);
    }
    if (/^aws:/i.test(key)) {
      // AWS's pages reserve the prefix. The wording is not confirmed.
      return validationError(
        `The tag key '${key}' at '${path}.key' begins with aws:, a prefix that is reserved for AWS.`,
      );
    }
    if (keys.has(key.toLowerCase())) {
      return validationError("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    keys.add(key.toLowerCase());
  }
  return keys.size > tagLimit
    ? validationError(
        `1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to ${tagLimit}`,
      )
    : undefined;
}
