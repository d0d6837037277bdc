/** `POST /v1/providers`: a copy of a virtual key brings nothing back into use that was taken out of it. */
import { beforeAll, describe, expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

interface Copied {
  slug: string;
  warnings: string[];
  expires_at: string | null;
  error: { param: string; message: string };
}

const soon = "2090-01-01T00:00:00.000Z";
const later = "2091-01-01T00:00:00.000Z";

onBothEngines((control) => {
  const copyOf = (slug: string, terms: object = {}) =>
    control().ask<Copied>("POST", "/v1/providers", { name: `Copy of ${slug}`, integration_id: slug, ...terms });

  beforeAll(async () => {
    const { ask } = control();
    for (const [slug, terms] of [
      ["off", {}],
      ["ends", { expires_at: soon }],
      ["endless", {}],
    ] as const) {
      await ask("POST", "/v1/virtual-keys", { name: slug, slug, kind: "server_chain", ...terms });
    }
    await ask("PUT", "/v1/virtual-keys/off", { disabled: true });
  });

  describe("a copy", () => {
    test("of one that is switched off there is none", async () => {
      const { status, body } = await copyOf("off");
      expect([status, body.error.param]).toEqual([400, "integration_id"]);
      expect(body.error.message).toContain("switched off");
    });

    test("ends with what it is a copy of, unless it is to end before", async () => {
      expect((await copyOf("ends")).body.expires_at).toBe(soon);
      const before = "2089-01-01T00:00:00.000Z";
      expect((await copyOf("ends", { expires_at: before })).body.expires_at).toBe(before);
      const { status, body } = await copyOf("ends", { expires_at: later });
      expect([status, body.error.param]).toEqual([400, "expires_at"]);
    });

    test("says that it does not follow what it is a copy of, also where that has no secret", async () => {
      const { warnings } = (await copyOf("endless")).body;
      expect(warnings).toEqual([expect.stringContaining("is to be done here too")]);
    });

    test("of one without an end has the end that is asked for, or none", async () => {
      expect((await copyOf("endless")).body.expires_at).toBeNull();
      expect((await copyOf("endless", { expires_at: later })).body.expires_at).toBe(later);
    });
  });
});
