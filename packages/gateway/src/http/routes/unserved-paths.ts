/** Paths that OpenAI's, Anthropic's and Portkey's clients know and the gateway has not: what their callers do instead. */
const sendAgain = "go on from a stored response by previous_response_id, or send the earlier items in input";
const sendInside = "Files are not kept here: send them in the request, as base64 or by their address.";
const oneByOne = "Batches are not run here: send the requests one by one, or start a batch job at AWS.";
const noTools = "Servers of tools are not kept here: name their tools in the request.";
const nativeDoor = "Ask the model in its own format: POST /model/{id}/invoke.";

/** By the start of the path. */
const unserved: readonly (readonly [path: string, instead: string])[] = [
  ["/v1/conversations", `Conversations are not kept here: ${sendAgain}.`],
  ["/v1/responses/compact", `Nothing is made shorter here: ${sendAgain}; or have a model sum them up, and send that.`],
  ["/v1/files", sendInside],
  ["/v1/uploads", sendInside],
  ["/v1/batches", oneByOne],
  ["/v1/messages/batches", oneByOne],
  ["/v1/assistants", "OpenAI's assistants are not served: call /v1/responses, or /v1/chat/completions."],
  ["/v1/threads", "OpenAI's assistants are not served: call /v1/responses, or /v1/chat/completions."],
  ["/v1/complete", "Call /v1/messages, or /v1/completions."],
  ["/v1/images", nativeDoor],
  ["/v1/rerank", nativeDoor],
  ["/v1/admin/users", "People are made and changed at /v1/people, and in a project at /v1/projects/{project}/people."],
  ["/v1/policies", "Limits by metadata are budgets and rate limits: /v1/budgets, /v1/rate-limits."],
  ["/v1/model-configs/pricing", "Prices are at /v1/prices."],
  ["/v1/secret-references", "Secrets are in the vault of the gateway: POST /v1/virtual-keys."],
  ["/v1/mcp-integrations", noTools],
  ["/v1/mcp-servers", noTools],
  ["/v1/moderations", "Apply a guardrail of Bedrock's: POST /guardrail/{id}/version/{version}/apply."],
];

/** What to do instead of calling the path; undefined for one that no vendor has. */
export function insteadOf(path: string): string | undefined {
  return unserved.find(([start]) => path === start || path.startsWith(`${start}/`))?.[1];
}
