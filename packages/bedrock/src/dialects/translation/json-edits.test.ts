import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonEdits } from "./json-edits.ts";

type Path = (string | number)[];

/** Every path in a value but the root's. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  const own = path.length === 0 ? [] : [path];
  if (typeof value !== "object" || value === null) return own;
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...own, ...entries.flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

/** The same change made on the value: the second way. A list's element leaves a hole, closed at the end. */
function changedValue(value: unknown, path: Path, change: { set?: unknown }): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change.set;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  if (rest.length > 0) copy[step] = changedValue(copy[step], rest, change);
  else if ("set" in change) copy[step] = change.set;
  else if (Array.isArray(copy)) copy.splice(Number(step), 1);
  else delete copy[step];
  return copy;
}

describe("JSON that is changed in its text", () => {
  it("is the value with the change made, whatever the value, the place and the white space", () => {
    const container = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => typeof value === "object" && value !== null && Object.keys(value).length > 0);
    const space = fc.constantFrom(undefined, " ", "\t", "\r\n  ");
    const change = fc.constantFrom<{ set?: unknown }>({}, { set: { a: ['"', 1] } }, { set: "}]," });
    fc.assert(
      fc.property(container, space, fc.nat(), change, (value, indent, pick, wanted) => {
        const text = ` ${JSON.stringify(value, null, indent)}\n`;
        const paths = pathsOf(value);
        const path = paths[pick % paths.length] ?? [];
        const edits = new JsonEdits();
        if ("set" in wanted) edits.set(path, JSON.stringify(wanted.set));
        else edits.remove(path);
        expect(JSON.parse(edits.applyTo(text))).toEqual(JSON.parse(JSON.stringify(changedValue(value, path, wanted))));
      }),
    );
  });

  it("has the last of two changes to one place, whether it was there or not", () => {
    const edits = new JsonEdits();
    for (const place of ["a", "b"]) {
      edits.set([place], "2");
      edits.remove([place]);
    }
    for (const place of ["c", "d"]) {
      edits.remove([place]);
      edits.set([place], "2");
    }
    expect(edits.applyTo('{"a":1,"c":1}')).toBe('{"c":2,"d":2}');
  });

  it("is the text itself where nothing is changed", () => {
    expect(new JsonEdits().applyTo(' {"a": 1} ')).toBe(' {"a": 1} ');
  });

  it("keeps what no change touches letter for letter", () => {
    const edits = new JsonEdits();
    edits.remove(["model"]);
    edits.remove(["stream"]);
    edits.set(["anthropic_version"], '"v"');
    edits.set(["messages", 0, "x"], "2");
    const text = '{ "model":"m", "n": 9007199254740993, "messages" : [{"x":1,"y":1e400}, -0.0 ] ,"stream":true}';
    expect(edits.applyTo(text)).toBe(
      '{"n": 9007199254740993,"messages" : [{"x":2,"y":1e400},-0.0],"anthropic_version":"v"}',
    );
  });

  it("adds members where there are none, objects around them too", () => {
    const edits = new JsonEdits();
    edits.set(["a", "b"], "1");
    edits.set(["n", "m", "x"], "2");
    edits.remove(["q", "r"]);
    expect(edits.applyTo('{"a":{"c":0}}')).toBe('{"a":{"c":0,"b":1},"n":{"m":{"x":2}}}');
  });

  it("takes all of several neighbours, and each of equal names, away", () => {
    const edits = new JsonEdits();
    for (const path of [["a"], ["c"], ["l", 0], ["l", 2]]) edits.remove(path);
    expect(edits.applyTo('{"a":1,"b":2,"a":3,"c":4,"l":[1,2,3]}')).toBe('{"b":2,"l":[2]}');
  });
});
