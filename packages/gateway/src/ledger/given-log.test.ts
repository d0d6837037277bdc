/** Logs that callers give: whatever stands in them, what is known of the project's other calls stays. */
import { shippedPrices } from "@adit/bedrock";
import { expect, test } from "vitest";
import { newId } from "../store/new-id.ts";
import { onBothEngines } from "../store/testing/engines.ts";
import { sumsOf } from "./analytics/call-figures.ts";
import { hourMs } from "./analytics/call-sums.ts";
import { recordOfGiven } from "./given-log.ts";
import { addCalls } from "./intake/call-rows.ts";
import { recordWith } from "./testing/records.ts";

const projectId = "prj_1";

onBothEngines((house) => {
  test("logs that tell of more images than anybody makes take no sum beyond what databases keep", async () => {
    const store = await house.open();
    const at = Date.now();
    const giver = {
      principal: { kind: "admin_key", isGatewayKey: () => false },
      projectId,
      at,
      newId: (time: number) => newId("req", time),
      prices: shippedPrices(),
    } as const;
    // Two models, so that each has a row of sums of its own, and all calls of the pair have one.
    const given = ["stability.stable-image-ultra-v1:0", "stability.stable-image-ultra-v1:1"].map((model) =>
      Array.from({ length: 600 }, () =>
        recordOfGiven(
          { response: { body: { model, usage: { images: 100_000_000 } } }, metadata: { team: "red" } },
          giver,
        ),
      ),
    );
    const called = recordWith({ projectId, at, metadata: { team: "red" } });
    for (const records of [...given, [called]]) {
      await addCalls(
        store,
        records.map((record) => ({ record, text: JSON.stringify(record) })),
      );
    }
    const query = {
      filter: { projectId },
      window: { from: at - hourMs, to: at + 1 },
      by: [],
      isByTime: false,
    } as const;
    for (const more of [{}, { pairName: "team" }]) {
      const measures = ["requests", "cost_nano"] as const;
      const { rows } = await sumsOf(store, { ...query, ...more, measures });
      expect(rows.map((row) => row.measures)).toEqual([
        { requests: 1_201n, cost_nano: BigInt(called.cost.totalNano ?? 0) },
      ]);
    }
  });
});
