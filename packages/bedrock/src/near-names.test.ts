import { expect, test } from "vitest";
import { didYouMean, nearName } from "./near-names.ts";

const names = ["weight", "targets", "retry", "custom_host", "override_params"];

test.each([
  ["weigth", "weight"],
  ["wieght", "weight"],
  ["target", "targets"],
  ["customHost", "custom_host"],
  ["override-parms", "override_params"],
  ["RETRY", "retry"],
])("%s is a slip of %s", (written, meant) => {
  expect(nearName(written, names)).toBe(meant);
});

test.each(["", "x", "temperature", "retargeting", "a".repeat(10_000)])("%j is near to none", (written) => {
  expect(nearName(written, names)).toBeUndefined();
  expect(didYouMean(written, names)).toBe("");
});
