/** `/v1/responses/{response}`: responses that their callers had stored, as OpenAI's SDK reads and deletes them. */
import { AditError, isJsonObject, type JsonValue } from "@adit/bedrock";
import type { z } from "zod";
import { findEnd, findResponse, inputUpTo, noSuchResponse, removeResponse } from "../../responses/stored-responses.ts";
import { callingModels, operation, type Call, type Need } from "../operation.ts";
import {
  inputItemList,
  inputItemsQuery,
  responseDeleted,
  responseQuery,
  storedResponse,
} from "../schemas/responses.ts";
import { inProject } from "../schemas/schema.ts";

const tag = "responses";
const path = "/v1/responses/{response}";
const usual = 20;
/** Whoever may have a response made may see it, and take it away. */
const seeing: Need = { ...callingModels, role: "viewer" };

export function responseOperations() {
  return [
    operation({
      id: "getResponse",
      method: "GET",
      path,
      tag,
      summary: "A stored response, as it was answered.",
      need: seeing,
      query: responseQuery,
      answer: storedResponse,
      run: async (call) => {
        if (call.query.stream === "true") throw notStreamed();
        const projectId = await call.project();
        const id = idIn(call);
        const found = await findResponse(call.parts.store, projectId, id);
        if (found === undefined) throw noSuchResponse(id);
        nameIncludes(call);
        return { body: found };
      },
    }),
    operation({
      id: "deleteResponse",
      method: "DELETE",
      path,
      tag,
      summary: "Delete a stored response. What goes on from it stays, and can be gone on from no more.",
      need: callingModels,
      query: inProject,
      answer: responseDeleted,
      run: async (call) => {
        const projectId = await call.project();
        const id = idIn(call);
        const { actor, parts } = call;
        if (!(await removeResponse(parts.store, { projectId, id, actor }))) throw noSuchResponse(id);
        return { body: { id, object: "response", deleted: true } };
      },
    }),
    operation({
      id: "listInputItems",
      method: "GET",
      path: `${path}/input_items`,
      tag,
      summary: "What a stored response was made from, page by page: the items of the responses before it, and its own.",
      need: seeing,
      query: inputItemsQuery,
      answer: inputItemList,
      run: async (call) => {
        const projectId = await call.project();
        const id = idIn(call);
        const end = await findEnd(call.parts.store, projectId, id);
        if (end === undefined) throw noSuchResponse(id);
        const items = await inputUpTo(call.parts.store, projectId, end);
        nameIncludes(call);
        return { body: pageOf(items, call.query) };
      },
    }),
    operation({
      id: "cancelResponse",
      method: "POST",
      path: `${path}/cancel`,
      tag,
      summary: "Always refused: only responses in the background can be cancelled, and none are made here.",
      need: callingModels,
      query: inProject,
      answer: storedResponse,
      changes: false,
      run: async (call) => {
        const projectId = await call.project();
        const id = idIn(call);
        if ((await findEnd(call.parts.store, projectId, id)) === undefined) throw noSuchResponse(id);
        throw new AditError("invalid_request", `The response ${id} was not made in the background: it is over.`, {
          param: "response_id",
          remedy: "Break a response off by closing the connection that it comes by.",
        });
      },
    }),
  ];
}

function idIn({ parameters }: Pick<Call<unknown, unknown>, "parameters">): string {
  return parameters["response"] ?? "";
}

/** What a response was answered with stands in it; further fields are named as left out. */
function nameIncludes({ incoming, reply }: Pick<Call<unknown, unknown>, "incoming" | "reply">): void {
  const asked = [...incoming.query.getAll("include"), ...incoming.query.getAll("include[]")];
  const dropped = asked.flatMap((name, index) => (name === "reasoning.encrypted_content" ? [] : [`include[${index}]`]));
  if (dropped.length > 0) reply.header("x-adit-dropped", dropped.slice(0, 100).join(","));
}

function pageOf(items: readonly JsonValue[], query: z.output<typeof inputItemsQuery>) {
  const ordered = query.order === "asc" ? items : items.toReversed();
  const from = query.after === undefined ? 0 : ordered.findIndex((item) => idOf(item) === query.after) + 1;
  if (query.after !== undefined && from === 0) {
    throw new AditError("invalid_request", "after names no item of this response's input.", {
      param: "after",
      remedy: "Send last_id of the page before.",
    });
  }
  const data = ordered.slice(from, from + (query.limit ?? usual));
  return {
    object: "list",
    data,
    first_id: idOf(data[0]),
    last_id: idOf(data.at(-1)),
    has_more: from + data.length < ordered.length,
  };
}

function idOf(item: JsonValue | undefined): string | null {
  return isJsonObject(item) && typeof item["id"] === "string" ? item["id"] : null;
}

function notStreamed(): AditError {
  return new AditError("unsupported_parameter", "stream is not supported: a stored response is given whole.", {
    param: "stream",
    remedy: "Leave stream out.",
  });
}
