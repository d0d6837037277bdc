/**
 * Amazon Nova. Sources: AWS's guide to Nova ("Complete request schema") and recorded traffic. The native form is Converse's, with counts of other names;
 * a stream opens a block for almost every piece of text.
 */
import { exactInputsIn } from "../../converse/exact-inputs.ts";
import { isAnswerBlock } from "../../converse/answer-shape.ts";
import type { CachePointBlock, ContentBlock, SystemContentBlock } from "../../converse/content.ts";
import type { ConverseRequest, ToolConfiguration } from "../../converse/request.ts";
import type { JsonObject } from "../../json.ts";
import { AnswerStream } from "../answer-stream.ts";
import { converseReply } from "../converse-reply.ts";
import type { Family } from "../family.ts";
import { objectOf, textOf } from "../json-parts.ts";
import { finishedBody } from "../native-body.ts";
import { checkCommonFields, NativeDraft, plainText, unsupportedBlock } from "../native-draft.ts";
import { emptyOutput } from "../native-errors.ts";
import { novaEvents, NovaReader } from "./nova-stream.ts";
import { novaUsage } from "./nova-usage.ts";

export const nova: Family = {
  request(request, context) {
    const draft = new NativeDraft("Nova");
    checkCommonFields(draft, request, context);
    const { inferenceConfig } = request;
    const system = novaBlocks(draft, request.system ?? [], "system");
    const tools = novaTools(draft, request.toolConfig);
    const body = {
      schemaVersion: "messages-v1",
      ...(system.length > 0 && { system }),
      messages: novaMessages(draft, request),
      ...(inferenceConfig !== undefined && { inferenceConfig: { ...inferenceConfig } }),
      ...(tools !== undefined && { toolConfig: tools }),
    };
    return { body: finishedBody(asJson(body), request), dropped: draft.dropped };
  },

  response(answer, context) {
    const { content } = objectOf(objectOf(answer["output"])["message"]);
    if (!Array.isArray(content) || !content.every(isAnswerBlock)) {
      throw emptyOutput(answer, "output");
    }
    return converseReply(
      answer,
      {
        content: content as unknown as ContentBlock[],
        stopReason: textOf(answer["stopReason"]) || undefined,
        usage: novaUsage(answer["usage"], context.counts),
      },
      context,
    );
  },

  stream: (emit) => new AnswerStream(emit, novaEvents, (writer) => new NovaReader(writer)),

  exactInputs: exactInputsIn,
};

/** The one way from Converse's types, which the native body shares, to plain JSON. */
function asJson(body: object): JsonObject {
  return body as JsonObject;
}

function novaMessages(draft: NativeDraft, request: ConverseRequest): object[] {
  return (request.messages ?? []).map(({ role, content }, index) => {
    const path = `messages[${index}]`;
    if (role === "system") {
      throw draft.unsupported(`${path}.role`, "system messages in the conversation");
    }
    return { role, content: novaBlocks(draft, content, `${path}.content`) };
  });
}

/** Kinds of blocks that Nova's native form has, in Converse's own shape. */
const nativeKinds = ["text", "image", "document", "video", "toolUse", "toolResult", "reasoningContent"] as const;

function novaBlocks(
  draft: NativeDraft,
  blocks: readonly (ContentBlock | SystemContentBlock)[],
  path: string,
): object[] {
  return blocks.flatMap((each, index): object[] => {
    const block = each as ContentBlock;
    const blockPath = `${path}[${index}]`;
    if (block.cachePoint !== undefined) {
      return [{ cachePoint: novaCachePoint(draft, block.cachePoint, `${blockPath}.cachePoint`) }];
    }
    if (block.citationsContent !== undefined) {
      // Those of its grounding stand between two texts and have none: an empty text is refused.
      return plainText(draft, block, blockPath).flatMap((text) => (text === "" ? [] : [{ text }]));
    }
    if (nativeKinds.some((kind) => block[kind] !== undefined)) {
      return [block];
    }
    throw unsupportedBlock(draft, block, blockPath);
  });
}

/** Nova keeps what it cached for five minutes and takes no other wish. */
function novaCachePoint(draft: NativeDraft, { type, ttl }: CachePointBlock, path: string): CachePointBlock {
  if (ttl !== undefined) {
    draft.drop(`${path}.ttl`);
  }
  return { type };
}

/** Nova caches no tools and has no strict ones. */
function novaTools(draft: NativeDraft, config: ToolConfiguration | undefined): object | undefined {
  if (config === undefined) {
    return undefined;
  }
  const tools = config.tools.flatMap((tool, index): object[] => {
    const path = `toolConfig.tools[${index}]`;
    if (tool.cachePoint !== undefined) {
      draft.drop(`${path}.cachePoint`);
      return [];
    }
    if (tool.toolSpec?.strict === undefined) {
      return [tool];
    }
    const { strict: _strict, ...toolSpec } = tool.toolSpec;
    draft.drop(`${path}.toolSpec.strict`);
    return [{ toolSpec }];
  });
  return { ...config, tools };
}
