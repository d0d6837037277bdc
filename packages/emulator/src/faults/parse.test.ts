import { describe, expect, it } from "vitest";
import { parseFaultHeader, parseScenario } from "./parse.ts";

describe("parseScenario", () => {
  it("reads faults and short names", () => {
    const text = JSON.stringify({
      faults: [
        "throttling",
        { kind: "exception", frame: 3, type: "modelStreamErrorException", operation: "ConverseStream", times: 2 },
        { kind: "clock", offsetMs: -600_000, model: "us.*" },
      ],
    });
    expect(parseScenario(text).faults).toEqual([
      { kind: "refuse", type: "ThrottlingException" },
      { kind: "exception", frame: 3, type: "modelStreamErrorException", operation: "ConverseStream", times: 2 },
      { kind: "clock", offsetMs: -600_000, model: "us.*" },
    ]);
  });

  it.each([
    ["{", /^The scenario is not JSON: /],
    ["[]", /must be an object with a list "faults" or "quotas"/],
    ['{"faults":[],"seed":1}', /^seed is no field of a scenario/],
    ['{"quotas":{}}', /^quotas must be a list/],
    ['{"quotas":[{"model":"x"}]}', /^quotas\[0\] needs requestsPerMinute or tokensPerMinute/],
    [
      '{"quotas":[{"requestsPerHour":5}]}',
      /^quotas\[0\]\.requestsPerHour is no field of a quota\. Known: account, region/,
    ],
    ['{"quotas":[{"tokensPerMinute":-1}]}', /^quotas\[0\]\.tokensPerMinute must be a whole number, 0 or more/],
    ['{"faults":["thunder"]}', /^faults\[0\]: "thunder" is no fault\. Known: throttling, /],
    ['{"faults":["reset",7]}', /^faults\[1\] must be an object or the name/],
    ['{"faults":[{"kind":"storm"}]}', /^faults\[0\]\.kind must be one of refuse, exception/],
    ['{"faults":[{"kind":"__proto__"}]}', /^faults\[0\]\.kind must be one of/],
    [
      '{"faults":[{"kind":"cut","ms":5}]}',
      /^faults\[0\]\.ms is no field of "cut"\. Known: operation, model, times, frame/,
    ],
    [
      '{"faults":[{"kind":"reset","operation":"converse*"}]}',
      /^faults\[0\]\.operation fits no operation\. Known: Converse, /,
    ],
    ['{"faults":[{"kind":"cut","frame":-1}]}', /^faults\[0\]\.frame must be a whole number, 0 or more/],
    ['{"faults":[{"kind":"cut","end":"soft"}]}', /^faults\[0\]\.end must be one of proper, close/],
    ['{"faults":[{"kind":"clock","offsetMs":0.5}]}', /^faults\[0\]\.offsetMs must be a whole number/],
    ['{"faults":[{"kind":"delay"}]}', /^faults\[0\]\.ms is missing: "delay" needs it/],
    ['{"faults":[{"kind":"refuse","type":"X","fields":[]}]}', /^faults\[0\]\.fields must be an object/],
    ['{"faults":[{"kind":"refuse","type":"X","status":5030}]}', /^faults\[0\]\.status must be 200 to 599/],
    [
      '{"faults":[{"kind":"refuse","type":"X","headers":{"Retry-After":1}}]}',
      /^faults\[0\]\.headers must be an object/,
    ],
    ['{"faults":[{"kind":"refuse","type":"X","headers":{"a b":"c"}}]}', /^faults\[0\]\.headers must be an object/],
    ['{"faults":[{"kind":"refuse","type":"X","headers":{"a":"b\\nc"}}]}', /^faults\[0\]\.headers must be an object/],
    ['{"faults":[{"kind":"refuse","type":""}]}', /^faults\[0\]\.type must be a text/],
    ['{"faults":[{"kind":"refuse","type":"a\\nb"}]}', /^faults\[0\]\.type must be a text that a header can hold/],
    [
      '{"faults":[{"kind":"refuse","type":"X","headers":{"Content-Length":"9"}}]}',
      /^faults\[0\]\.headers must be an object of headers and their texts, without those of the connection/,
    ],
    ['{"faults":[{"kind":"clock","offsetMs":1e18}]}', /^faults\[0\]\.offsetMs must be .* a hundred years at most/],
    ['{"faults":[{"kind":"clock","offsetMs":-1e16}]}', /^faults\[0\]\.offsetMs must be .* a hundred years at most/],
  ])("says what is wrong in %s", (text, words) => {
    expect(() => parseScenario(text)).toThrow(words);
  });
});

it("reads quotas beside faults, or alone", () => {
  const quotas = [{ model: "*claude*", requestsPerMinute: 5 }];
  expect(parseScenario(JSON.stringify({ quotas }))).toEqual({ faults: [], quotas });
  expect(parseScenario('{"faults":["reset"]}')).toEqual({ faults: [{ kind: "reset" }] });
});

describe("parseFaultHeader", () => {
  it("reads a name, an object and a list", () => {
    expect(parseFaultHeader(" model-not-ready ")).toEqual([{ kind: "refuse", type: "ModelNotReadyException" }]);
    expect(parseFaultHeader('{"kind":"drip","bytes":5}')).toEqual([{ kind: "drip", bytes: 5 }]);
    expect(parseFaultHeader('["reset",{"kind":"delay","ms":5}]')).toEqual([
      { kind: "reset" },
      { kind: "delay", ms: 5 },
    ]);
    expect(() => parseFaultHeader("constructor")).toThrow(/is no fault/);
  });
});
