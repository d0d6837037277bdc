import { pairsIn } from "../../controls/forms/form-text.ts";
import type { Kind } from "./kinds.ts";

/** What bounds a credential, as the fields hold it. */
export interface Terms {
  allowedModels: string;
  allowedRegions: string;
  expiresAt: string;
  note: string;
  /** `name=source`, one a line: what calls tell AWS of whom they are for. */
  requestMetadata: string;
  sessionTags: string;
  sessionName: string;
}

export const noTerms: Terms = {
  allowedModels: "",
  allowedRegions: "",
  expiresAt: "",
  note: "",
  requestMetadata: "",
  sessionTags: "",
  sessionName: "",
};

/** Without what stands in fields that this kind has not: they are not shown, and not sent. */
export function termsOfKind(kind: Kind, terms: Terms): Terms {
  if (kind === "assumed_role") return terms;
  const { requestMetadata, sessionTags, sessionName } = noTerms;
  return { ...terms, sessionTags, sessionName, ...(kind === "openai_compatible" && { requestMetadata }) };
}

/** As the API takes it; undefined where nothing is told. */
export function attributionIn({ requestMetadata, sessionTags, sessionName }: Terms) {
  const request_metadata = pairsIn(requestMetadata);
  const session_tags = pairsIn(sessionTags);
  const session_name = sessionName.trim() === "" ? undefined : sessionName.trim();
  if (request_metadata === undefined && session_tags === undefined && session_name === undefined) return undefined;
  return {
    ...(request_metadata !== undefined && { request_metadata }),
    ...(session_tags !== undefined && { session_tags }),
    ...(session_name !== undefined && { session_name }),
  };
}
