/** Keywords AI's fields that say which models are called. */
import { type JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { interpretRequest, refusal, signerOf, theTarget } from "../testing/request.ts";

const noModel = { model: null };

describe("load_balance_group", () => {
  const models = [
    { model: "bedrock/amazon.nova-lite-v1:0", weight: 3 },
    {
      model: "amazon.nova-pro-v1:0",
      weight: 1,
      credentials: {
        bedrock: { aws_access_key_id: "AKIAGROUP", aws_secret_access_key: "s", aws_region_name: "eu-west-1" },
      },
    },
  ];

  test("its models are drawn by weight, each with its own credentials where it has any", async () => {
    const { plan, body } = interpretRequest({ ...noModel, load_balance_group: { models } });
    if (plan.kind !== "loadbalance") throw new Error(plan.kind);
    const [lite, pro] = plan.members.map((member) => theTarget(member.plan));
    expect(plan.members.map((member) => member.weight)).toEqual([3, 1]);
    expect(lite).toMatchObject({
      model: "amazon.nova-lite-v1:0",
      path: "load_balance_group.models[0]",
      region: "us-east-1",
    });
    expect(pro).toMatchObject({ model: "amazon.nova-pro-v1:0", region: "eu-west-1" });
    expect(await signerOf(lite!)).toBe("server");
    expect(await signerOf(pro!)).toBe("AKIAGROUP");
    expect(body).not.toHaveProperty("load_balance_group");
  });

  test("half a credential in it is told with its level", () => {
    const half = [{ model: "m", credentials: { bedrock: { aws_access_key_id: "AKIAHALF" } } }];
    expect(refusal(() => interpretRequest({ ...noModel, load_balance_group: { models: half } })).code).toBe(
      "incomplete_credentials",
    );
  });

  test("the body's own model goes before it, and that is told", () => {
    const { plan, dropped } = interpretRequest({ load_balance_group: { group_id: "g", models } });
    expect(theTarget(plan).model).toBe("amazon.nova-lite-v1:0");
    expect(dropped).toEqual(["load_balance_group"]);
  });

  test("a stored group alone is not stored", () => {
    const error = refusal(() => interpretRequest({ ...noModel, load_balance_group: { group_id: "g" } }));
    expect(error).toMatchObject({ code: "not_stored", param: "load_balance_group.group_id" });
  });

  test.each<[unknown, string]>([
    ["g", "load_balance_group"],
    [{ models: [] }, "load_balance_group.models"],
    [{ models: ["m"] }, "load_balance_group.models[0]"],
    [{ models: [{ weight: 1 }] }, "load_balance_group.models[0].model"],
    [{ models: [{ model: "m", weight: 0 }] }, "load_balance_group.models[0].weight"],
    [{ models: [{ model: "m", weight: 1.5 }] }, "load_balance_group.models[0].weight"],
    [{ models: [{ model: "m", weight: 1e300 }] }, "load_balance_group.models[0].weight"],
    [{ models: [{ model: "m", credentials: 5 }] }, "load_balance_group.models[0].credentials"],
  ])("%j names its path", (group, param) => {
    expect(refusal(() => interpretRequest({ ...noModel, load_balance_group: group } as JsonObject)).param).toBe(param);
  });
});

test("disable_fallback: fallback_models are not called", () => {
  const models = { fallback_models: ["amazon.nova-pro-v1:0"] };
  expect(interpretRequest({ ...models, disable_fallback: true }).plan.kind).toBe("target");
  expect(interpretRequest({ ...models, disable_fallback: false }).plan.kind).toBe("fallback");
  expect(interpretRequest({ disable_fallback: true }).body).not.toHaveProperty("disable_fallback");
});

describe("retry_params", () => {
  const retryOf = (value: unknown, headers: Record<string, string> = {}): unknown =>
    theTarget(interpretRequest({ retry_params: value } as JsonObject, headers).plan).retry;

  test("num_retries tries after the first, retry_after seconds apart", () => {
    expect(retryOf({ num_retries: 3, retry_after: 0.2, retry_enabled: true })).toEqual({
      attempts: 3,
      waitMs: 200,
      onStatusCodes: undefined,
      useRetryAfterHeader: false,
    });
  });

  test("retry_enabled false is no further try", () => {
    expect(retryOf({ num_retries: 3, retry_enabled: false })).toMatchObject({ attempts: 0 });
  });

  test("a config's retry goes before it, and it before the header of 2023", () => {
    expect(retryOf({ num_retries: 3 }, { "x-portkey-retry-count": "5" })).toMatchObject({ attempts: 3 });
    expect(retryOf({ num_retries: 3 }, { "x-portkey-config": '{"retry":{"attempts":1}}' })).toMatchObject({
      attempts: 1,
    });
  });

  test.each(["many", "-1", "1.5", "21"])("retry-count %j is refused", (count) => {
    expect(refusal(() => retryOf(undefined, { "x-portkey-retry-count": count })).param).toBe("retry-count");
  });

  test.each<[unknown, string]>([
    [5, "retry_params"],
    [{ num_retrys: 3 }, "retry_params.num_retrys"],
    [{ num_retries: 0 }, "retry_params.num_retries"],
    [{ num_retries: 1.5 }, "retry_params.num_retries"],
    [{ num_retries: 1000 }, "retry_params.num_retries"],
    [{ retry_after: 0 }, "retry_params.retry_after"],
    [{ retry_after: 1e9 }, "retry_params.retry_after"],
    [{ retry_enabled: "yes" }, "retry_params.retry_enabled"],
  ])("%j names its path", (value, param) => {
    const error = refusal(() => retryOf(value));
    expect(error.param).toBe(param);
  });

  test("a slip is told with what was meant", () => {
    expect(refusal(() => retryOf({ num_retrys: 3 })).message).toContain('Did you mean "num_retries"?');
  });
});
