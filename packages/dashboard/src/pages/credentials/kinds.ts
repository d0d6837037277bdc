/** What kinds of credentials there are, and where each of their fields is found. Facts: docs/credentials.md, AWS's console. */
import type { Schemas } from "../../api/control.ts";

export type Kind = Schemas["VirtualKey"]["kind"];

export interface KindField {
  /** As the API takes it. */
  name: string;
  label: string;
  hint: string;
  isSecret?: boolean;
  isOptional?: boolean;
  placeholder?: string;
}

export interface KindForm {
  kind: Kind;
  title: string;
  /** When to take it. */
  when: string;
  fields: readonly KindField[];
  hasRegion: boolean;
}

const accessKey: KindField = {
  name: "aws_access_key_id",
  label: "Access key ID",
  hint: "AWS console: IAM > Users > the user > Security credentials > Access keys > Create access key.",
  placeholder: "AKIA...",
};
const secretKey: KindField = {
  name: "aws_secret_access_key",
  label: "Secret access key",
  hint: "AWS shows it once, when the access key is made. It is sealed here and never shown again.",
  isSecret: true,
};

export const kindForms: readonly KindForm[] = [
  {
    kind: "access_key",
    title: "Access keys",
    when: "An IAM user's key pair, or temporary keys with a session token.",
    fields: [
      accessKey,
      secretKey,
      {
        name: "aws_session_token",
        label: "Session token",
        hint: "Only beside temporary keys (their id begins with ASIA). They expire: give the expiry below.",
        isSecret: true,
        isOptional: true,
      },
    ],
    hasRegion: true,
  },
  {
    kind: "assumed_role",
    title: "IAM role",
    when: "The safest: nothing secret is stored, and AWS ends each session by itself.",
    fields: [
      {
        name: "aws_role_arn",
        label: "Role ARN",
        hint: "IAM > Roles > the role > Summary > ARN. Its trust policy is written for you once this is stored.",
        placeholder: "arn:aws:iam::123456789012:role/Adit",
      },
      {
        name: "aws_external_id",
        label: "External ID",
        hint: "Stands in the role's trust policy. Left empty, one is made for you.",
        isOptional: true,
      },
    ],
    hasRegion: true,
  },
  {
    kind: "bedrock_api_key",
    title: "Bedrock API key",
    when: "One text, made in Bedrock's own console. Quick to try.",
    fields: [
      {
        name: "api_key",
        label: "Bedrock API key",
        hint: "AWS console: Amazon Bedrock > API keys. Short-term keys last 12 hours at most and are good for one region.",
        isSecret: true,
      },
    ],
    hasRegion: true,
  },
  {
    kind: "server_chain",
    title: "The server's own",
    when: "What the machine has from AWS: an instance or task role, a profile, its environment.",
    fields: [],
    hasRegion: true,
  },
  {
    kind: "openai_compatible",
    title: "OpenAI-compatible host",
    when: "Another host that speaks OpenAI's API, for a fallback outside AWS.",
    fields: [
      {
        name: "base_url",
        label: "Base URL",
        hint: "Its origin must be listed in ADIT_CUSTOM_HOSTS where the gateway starts.",
        placeholder: "https://api.example.com/v1",
      },
      { name: "api_key", label: "API key", hint: "As that host gives it out.", isSecret: true },
    ],
    hasRegion: false,
  },
];

export function kindTitle(kind: Kind): string {
  return kindForms.find((form) => form.kind === kind)?.title ?? kind;
}
