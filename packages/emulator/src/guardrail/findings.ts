/** What every guardrail of the emulator finds in a text: a few documented trigger words, and e-mail addresses. */
import { lengthOf } from "../generate/tokens.ts";

/** The policies of an assessment that found something; shapes are recorded (ApplyGuardrail) and the service model's. */
export interface Findings {
  topicPolicy?: { topics: object[] };
  contentPolicy?: { filters: object[] };
  wordPolicy?: { customWords: object[]; managedWordLists: object[] };
  sensitiveInformationPolicy?: { piiEntities: object[]; regexes: object[] };
}

/** Blocked as the denied topic `Emulator`. */
export const deniedTopicWord = "TRIP_GUARDRAIL";
/** Blocked by the content filter for violence. */
export const contentFilterWord = "TRIP_CONTENT_FILTER";
/** Blocked as a custom word. */
const customWord = "TRIP_WORD_FILTER";

/** What stands before and behind the `@` of an e-mail address, which is replaced by its kind. */
const mailbox = /[A-Za-z0-9._%+-]{1,64}$/;
const mailHost = /^[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}/;
/** Most letters before the `@`; and behind it five names of 63 letters and their dots. */
const [longestMailbox, longestMailHost] = [64, 5 * 64];

/** Most addresses that are told one by one: of a text of megabytes they would come to hundreds of them. */
export const mostTold = 1000;

function findingsIn(text: string): Findings {
  const emails = emailsIn(text);
  const found = { action: "BLOCKED", detected: true };
  return {
    ...(text.includes(deniedTopicWord) && { topicPolicy: { topics: [{ ...found, name: "Emulator", type: "DENY" }] } }),
    ...(text.includes(contentFilterWord) && {
      contentPolicy: { filters: [{ ...found, confidence: "HIGH", filterStrength: "HIGH", type: "VIOLENCE" }] },
    }),
    ...(text.includes(customWord) && {
      wordPolicy: { customWords: [{ ...found, match: customWord }], managedWordLists: [] },
    }),
    ...(emails.length > 0 && {
      sensitiveInformationPolicy: {
        piiEntities: emails
          .slice(0, mostTold)
          .map(({ email: match }) => ({ action: "ANONYMIZED", detected: true, match, type: "EMAIL" })),
        regexes: [],
      },
    }),
  };
}

/** The e-mail addresses of a text, and where they begin. Looked for around each `@`: a text of megabytes may hold none. */
export function emailsIn(text: string): { at: number; email: string }[] {
  const emails: { at: number; email: string }[] = [];
  let free = 0;
  for (let sign = text.indexOf("@"); sign !== -1; sign = text.indexOf("@", sign + 1)) {
    const name = mailbox.exec(text.slice(Math.max(free, sign - longestMailbox), sign))?.[0];
    const host = mailHost.exec(text.slice(sign + 1, sign + 1 + longestMailHost))?.[0];
    if (name === undefined || host === undefined) continue;
    emails.push({ at: sign - name.length, email: `${name}@${host}` });
    free = sign + 1 + host.length;
  }
  return emails;
}

/** True where the text is kept back. */
export function isBlockedText(text: string): boolean {
  return [deniedTopicWord, contentFilterWord, customWord].some((word) => text.includes(word));
}

/** The text with what is private replaced, as AWS writes it: `{EMAIL}`. */
export function maskedText(text: string): string {
  let [masked, from] = ["", 0];
  for (const { at, email } of emailsIn(text)) {
    masked += `${text.slice(from, at)}{EMAIL}`;
    from = at + email.length;
  }
  return masked + text.slice(from);
}

/** What guardrails say of the work that they did for a text. */
export function guardrailUsage(text: string): Record<string, number> {
  const units = Math.ceil(lengthOf(text) / 1000);
  return {
    automatedReasoningPolicies: 0,
    automatedReasoningPolicyUnits: 0,
    contentPolicyImageUnits: 0,
    contentPolicyUnits: units,
    contextualGroundingPolicyUnits: 0,
    sensitiveInformationPolicyFreeUnits: 0,
    sensitiveInformationPolicyUnits: units,
    topicPolicyUnits: units,
    wordPolicyUnits: units,
  };
}

/** Characters that were looked at. */
export function coverageOf(text: string): { textCharacters: { guarded: number; total: number } } {
  const length = lengthOf(text);
  return { textCharacters: { guarded: length, total: length } };
}

/** Which guardrail looked at a text. */
export interface GuardrailPlace {
  region: string;
  account: string;
  /** Id or ARN. */
  identifier: string;
  version: string;
}

/** The id in an id or ARN. */
export function guardrailIdOf(identifier: string): string {
  return identifier.slice(identifier.lastIndexOf("/") + 1);
}

/** The assessment of a text. `coverage` is told beside the characters: ApplyGuardrail names images too, traces do not (recorded). */
export function assessmentOf(text: string, place: GuardrailPlace, coverage: object = {}): object {
  const id = guardrailIdOf(place.identifier);
  return {
    ...findingsIn(text),
    appliedGuardrailDetails: {
      guardrailArn: `arn:aws:bedrock:${place.region}:${place.account}:guardrail/${id}`,
      guardrailId: id,
      guardrailOrigin: ["REQUEST"],
      guardrailOwnership: "SELF",
      guardrailVersion: place.version,
    },
    invocationMetrics: {
      guardrailCoverage: { ...coverageOf(text), ...coverage },
      guardrailProcessingLatency: 100,
      usage: guardrailUsage(text),
    },
  };
}

/** The identifier that stands for a guardrail that does not exist. */
export const missingGuardrail = "missing";

export const noSuchGuardrail = "The guardrail identifier or version provided in the request does not exist.";
