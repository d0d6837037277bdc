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
    ['{"faults":["thunder"]}', /^faults\[0\]: "thunder" is no fault\. Known: throttling, /],
    ['{"faults":["reset",7]}', /^faults\[1\] must be an object or the name/],
    ['{"faults":[{"kind":"storm"}]}', /^faults\[0\]\.kind must be one of refuse, exception/],
    ['{"faults":[{"kind":"__proto__"}]}', /^faults\[0\]\.kind must be one of/],
    [
      '{"faults":[{"kind":"cut","ms":5}]}',
      /^faults\[0\]\.ms is no field of "cut"\. Known: operation, model, times, frame/,
    ],
    ['{"faults":[{"kind":"cut","frame":-1}]}', /^faults\[0\]\.frame must be a whole number, 0 or more/],
    ['{"faults":[{"kind":"cut","end":"soft"}]}', /^faults\[0\]\.end must be one of proper, close/],
    ['{"faults":[{"kind":"clock","offsetMs":0.5}]}', /^faults\[0\]\.offsetMs must be a whole number/],
    ['{"faults":[{"kind":"delay"}]}', /^faults\[0\]\.ms is missing: "delay" needs it/],
    ['{"faults":[{"kind":"refuse","type":"X","fields":[]}]}', /^faults\[0\]\.fields must be an object/],
    ['{"faults":[{"kind":"refuse","type":""}]}', /^faults\[0\]\.type must be a text/],
  ])("says what is wrong in %s", (text, words) => {
    expect(() => parseScenario(text)).toThrow(words);
  });
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
