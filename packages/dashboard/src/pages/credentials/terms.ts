import { pairsIn } from "../../controls/forms/form-text.ts";

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
