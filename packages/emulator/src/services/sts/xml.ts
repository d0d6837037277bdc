import { randomUUID } from "node:crypto";
import { textReply, type Reply } from "../../server/reply.ts";

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

/** Elements by name, in order; an object is an element that holds elements, undefined is left out. */
export interface Elements {
  [name: string]: string | number | Elements | undefined;
}

/** A refusal of STS: its code is not the name that other services use. */
export interface StsRefusal {
  status: number;
  code: string;
  message: string;
}

/** `<ActionResponse><ActionResult>...</ActionResult><ResponseMetadata>...`, as AWS's query protocol has it. */
export function stsReply(action: string, result: Elements): Reply {
  const requestId = randomUUID();
  const inner = elements({ [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } }, "  ");
  return xmlReply(200, requestId, `<${action}Response xmlns="${namespace}">\n${inner}</${action}Response>\n`);
}

export function stsRefusalReply(refusal: StsRefusal): Reply {
  const requestId = randomUUID();
  const { code, message, status } = refusal;
  const type = status >= 500 ? "Receiver" : "Sender";
  const inner = elements({ Error: { Type: type, Code: code, Message: message }, RequestId: requestId }, "  ");
  return xmlReply(status, requestId, `<ErrorResponse xmlns="${namespace}">\n${inner}</ErrorResponse>\n`);
}

function xmlReply(status: number, requestId: string, xml: string): Reply {
  const reply = textReply(xml, status, "text/xml");
  reply.headers["x-amzn-RequestId"] = requestId;
  return reply;
}

function elements(content: Elements, indent: string): string {
  let text = "";
  for (const [name, value] of Object.entries(content)) {
    if (typeof value === "object") {
      text += `${indent}<${name}>\n${elements(value, `${indent}  `)}${indent}</${name}>\n`;
    } else if (value !== undefined) {
      text += `${indent}<${name}>${escaped(String(value))}</${name}>\n`;
    }
  }
  return text;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
