import { AditError } from "../errors/adit-error.ts";
import { variable, type Environment } from "./environment.ts";
import { needText } from "../known-options.ts";

const grammar = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;
const regionInText = /[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}(?!\d)/;

/**
 * Gives the region trimmed. A region becomes a part of the host that is called, so nothing passes that is not in AWS's grammar:
 * throws AditError `invalid_region` with a hint at what was probably meant, and with the variable that it came from.
 */
export function checkRegion(region: string, fromVariable?: string): string {
  needText(region, fromVariable ?? "region");
  const trimmed = region.trim();
  if (trimmed.length <= 32 && grammar.test(trimmed)) {
    return trimmed;
  }
  // What is longer than any region, or than a console's name of one, may be a secret in the wrong field.
  const shown = trimmed.length > 32 ? `A text of ${trimmed.length} characters` : JSON.stringify(trimmed);
  const where = fromVariable === undefined ? "" : `${fromVariable}: `;
  throw new AditError("invalid_region", `${where}${shown} is not an AWS region: ${hint(trimmed.slice(0, 200))}`, {
    param: fromVariable ?? "region",
  });
}

function hint(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[_\s]+/g, "-");
  const found = regionInText.exec(plain)?.[0];
  if (found === undefined) {
    return "give the region's code, such as us-west-2, not its name.";
  }
  if (/^[a-z]$/.test(plain.slice(plain.indexOf(found) + found.length)) && plain.startsWith(found)) {
    return `that is an availability zone, use ${found}.`;
  }
  return `use ${found}.`;
}

/** The region of AWS's standard variables: `AWS_REGION`, then `AWS_DEFAULT_REGION`. Checked; absent where neither is set. */
export function regionFromEnvironment(environment: Environment): string | undefined {
  const name = variable(environment, "AWS_REGION") === undefined ? "AWS_DEFAULT_REGION" : "AWS_REGION";
  const region = variable(environment, name);
  return region === undefined ? undefined : checkRegion(region, name);
}
