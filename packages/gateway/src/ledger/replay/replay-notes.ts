/** What of a call could not be as it was when it was asked again: neither its headers nor its secrets are kept. Pure. */
import type { CallRecord } from "../record/call-record.ts";
import { ownConfig } from "../record/unkept-headers.ts";
import { promptName, type UsedPrompt } from "../../prompts/used-prompts.ts";
import { hiddenSecret } from "../../secret-forms.ts";

/** How the call went that asks again. */
export interface AskedAgain {
  /** Its body. */
  body: string;
  credential: string | undefined;
  region: string | undefined;
  /** The prompt that answered, or failed last. */
  prompt: UsedPrompt | undefined;
  /** True where it was filled with partials of no version of their own. */
  hasLoosePartials: boolean;
  /** True: another config, virtual key or path was wished for. */
  isElsewhere: boolean;
}

export function replayNotes(record: CallRecord, again: AskedAgain): string[] {
  const { credential, region } = record;
  return [
    ...(again.body.includes(hiddenSecret)
      ? [`Secrets in the request are not kept: ${hiddenSecret} stands in their place.`]
      : []),
    ...(again.isElsewhere
      ? []
      : [
          ...headerNotes(record),
          ...signerNotes(credential, again.credential),
          ...changeOf("region", region, again.region),
          ...promptNotes(record, again.prompt),
          ...(again.hasLoosePartials
            ? ["The prompt names partials without a version: this call has what is published of them now."]
            : []),
        ]),
  ];
}

function headerNotes({ unkeptHeaders = [] }: CallRecord): string[] {
  const others = unkeptHeaders.filter((name) => name !== ownConfig);
  return [
    ...(unkeptHeaders.includes(ownConfig)
      ? [
          "The config stood in the request's headers, which are not kept: this call went without it, and without its guardrails, if it had any. Give it as config.",
        ]
      : []),
    ...(others.length > 0
      ? [`Headers of the request are not kept, and this call went without these: ${others.join(", ")}.`]
      : []),
  ];
}

/** A call that was refused before its credential was found may be signed by another than it named. */
function signerNotes(before: string | undefined, after: string | undefined): string[] {
  if (before !== undefined || after === undefined) return changeOf("credential", before, after);
  return [`The call went by no credential then, and goes by ${after} now.`];
}

function promptNotes({ id, prompt: before }: CallRecord, now: UsedPrompt | undefined): string[] {
  if (before === undefined || now === undefined) return [];
  const [was, is] = [`${before.id}@${before.version}`, promptName(now)];
  if (was !== is) return changeOf("prompt", was, is);
  return isYounger(now.versionId, id)
    ? [`The prompt that was ${was} then is gone, and another has its name: this call has what that one says.`]
    : [];
}

/** What stands behind the prefixes of ids sorts by the time they were made. */
function isYounger(one: string, other: string): boolean {
  return one.slice(one.indexOf("_")) > other.slice(other.indexOf("_"));
}

function changeOf(what: string, before: string | undefined, after: string | undefined): string[] {
  if (before === undefined || after === undefined || before === after) return [];
  return [`The ${what} was ${before} then, and is ${after} now.`];
}
