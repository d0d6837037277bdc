/** Whether the addresses in a text lead anywhere. What is asked are addresses of the public internet alone. */
import { parseUrl } from "@adit/bedrock/gateway";
import { z } from "zod";
import { kind, ofText, turned } from "../check.ts";

const address = /https?:\/\/[^\s<>"'`)\]}]{1,2048}/g;
/** More would make a flood of look-ups of one answer. */
const mostAddresses = 20;
const timeoutMs = 3_000;

export const validUrls = kind(
  z.strictObject({ onlyDNS: z.boolean().optional(), not: z.boolean().optional() }),
  ({ onlyDNS, not }) => ({
    grasp: "whole",
    asks: true,
    judge: ofText(async (text, { tools }) => {
      const written = new Set(text.match(address) ?? []);
      // Portkey's guardrails fail such a text, turned around or not: who denies by this check asks for an address.
      if (written.size === 0) return { verdict: false, data: { explanation: "The text holds no address." } };
      if (written.size > mostAddresses) {
        return { verdict: false, data: { explanation: `The text has more than ${mostAddresses} addresses.` } };
      }
      // Only now: of an address that is all signs the pattern takes milliseconds.
      const found = [...written].map((url) => url.replace(/[.,;:!?]+$/, ""));
      const { reach } = tools;
      if (onlyDNS !== true && reach === undefined) {
        throw new Error("Addresses are not fetched here (ADIT_FETCH_MEDIA): onlyDNS has their names looked up.");
      }
      const ask = (url: string): Promise<void> => {
        const parsed = parseUrl(url);
        if (parsed === undefined) return Promise.reject(new Error("It is no address."));
        // Nothing is sent without TLS, or to another port.
        const isAsked = onlyDNS !== true && parsed.protocol === "https:" && parsed.port === "";
        return isAsked && reach !== undefined ? reach(url, timeoutMs) : tools.lookUp(parsed.hostname, timeoutMs);
      };
      const answers = await Promise.allSettled(found.map(ask));
      const dead = answers.filter(({ status }) => status === "rejected").length;
      return {
        verdict: turned(dead === 0, not),
        data: { explanation: `${found.length - dead} of ${found.length} addresses are valid.` },
      };
    }),
  }),
);
