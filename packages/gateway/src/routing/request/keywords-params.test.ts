/** Fields that stand in an object of the body, or in a header. */
import { expect, test } from "vitest";
import { CallerHeaders } from "../../http/request/caller-headers.ts";
import { gatherParams } from "./keywords-params.ts";

test("each that is not followed is named, however many there are", () => {
  const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`x${index}`, 1]));
  const gathered = gatherParams({ model: "m", respan_params: many }, new CallerHeaders({}), 100);
  expect(gathered?.dropped).toHaveLength(200_000);
  expect(gathered?.dropped[0]).toBe("respan_params.x0");
});
