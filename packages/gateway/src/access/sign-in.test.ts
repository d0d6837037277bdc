/** People: signing in, the session's cookie, what keeps other sites out, and what guessing costs. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Secret } from "@adit/bedrock";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { adminKey, openHouse, operator, type House } from "../testing/house.ts";
import { HandClock } from "../store/testing/hand-clock.ts";
import type { Store } from "../store/store.ts";
import { onBothEngines } from "../store/testing/engines.ts";
import { BackOff, waitAfter } from "./back-off.ts";
import { checkPassword, hashPassword, isPassword } from "./password.ts";
import { People } from "./people.ts";
import { Sessions } from "./sessions.ts";
import { SignIn, type PasswordCheck } from "./sign-in.ts";

const password = "CANARY correct horse battery";
const ada = { email: "ada@example.com", name: "Ada", role: "admin" as const, password: new Secret(password) };

describe("passwords", () => {
  test("C8 are kept as scrypt with a salt of their own; what is kept opens nothing", async () => {
    const [one, other] = [await hashPassword(new Secret(password)), await hashPassword(new Secret(password))];
    expect(one).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(other);
    expect(await isPassword(new Secret(password), one)).toBe(true);
    expect(await isPassword(new Secret(one), one)).toBe(false);
    expect(await isPassword(new Secret(`${password} `), one)).toBe(false);
    expect(await isPassword(new Secret(password), null)).toBe(false);
  });

  test.each([" ".repeat(13), "\t \u00a0\n".repeat(4), "a".repeat(1_000), "abababababab", "  aa  bb  cc  "])(
    "%j is long, and refused: whoever guesses begins with such",
    (alike) => {
      expect(() => checkPassword(new Secret(alike))).toThrow("4 different characters that are no blanks");
      expect(() => checkPassword(new Secret(`${alike.slice(0, 100)}xyzw`))).not.toThrow();
    },
  );

  test("the same letters count the same, however they are composed", async () => {
    const kept = await hashPassword(new Secret("caf\u00e9 caf\u00e9 caf\u00e9"));
    expect(await isPassword(new Secret("cafe\u0301 cafe\u0301 cafe\u0301"), kept)).toBe(true);
  });
});

describe("waits", () => {
  const rule = { free: 3, firstMs: 1_000, longestMs: 8_000 };
  test("grow from failure to failure, up to a bound", () => {
    expect([0, 2, 3, 4, 5, 6, 7, 60].map((failures) => waitAfter(failures, rule))).toEqual([
      0, 0, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000,
    ]);
  });

  test("tries that are under way count; one that waits does not; what was right is forgotten", () => {
    const backOff = new BackOff(rule);
    expect([1, 2, 3].map(() => backOff.begin("a", 0))).toEqual([0, 0, 0]);
    expect([backOff.begin("a", 0), backOff.begin("a", 400), backOff.begin("b", 0)]).toEqual([1_000, 600, 0]);
    expect(backOff.begin("a", 1_000)).toBe(0);
    expect(backOff.begin("a", 1_000)).toBe(2_000);
    backOff.undo("a");
    expect(backOff.begin("a", 1_000)).toBe(1_000);
    expect(backOff.begin("a", 1_000 + 17_000)).toBe(0);
  });

  test("a clock that is set back lengthens none", () => {
    const backOff = new BackOff(rule);
    backOff.begin("a", 3_600_000);
    expect([backOff.begin("a", 0), backOff.begin("a", 0), backOff.begin("a", 0)]).toEqual([0, 0, 1_000]);
    expect(backOff.begin("a", 1_000)).toBe(0);
  });
});

/** For tests that are about the counting of guesses: scrypt would take a quarter of a second of the processor for each. */
const atOnce: PasswordCheck = async (given, kept) => {
  await setImmediate();
  return kept !== null && given.reveal() === password;
};

onBothEngines((database) => {
  const start = async (
    check?: PasswordCheck,
  ): Promise<{ store: Store; clock: HandClock; people: People; sessions: Sessions; signIn: SignIn }> => {
    const clock = new HandClock();
    const store = await database.open(undefined, { clock });
    const people = new People(store);
    const sessions = new Sessions(store);
    await people.create(ada, operator);
    return { store, clock, people, sessions, signIn: new SignIn(store, sessions, check) };
  };
  const request = (given: string, email = ada.email, address = "192.0.2.1") => ({
    email,
    password: new Secret(given),
    address,
    userAgent: "a test",
    requestId: "req_x",
  });

  test("a guess too many locks the person out, each time longer; the right password opens after that", async () => {
    const { clock, signIn } = await start();
    const codes = await Promise.all(
      Array.from({ length: 7 }, () =>
        signIn.run(request("wrong wrong wrong")).then(String, (error: { code: string }) => error.code),
      ),
    );
    // At once: none of them is checked before the others are counted.
    expect(codes.toSorted()).toEqual([
      ...Array.from({ length: 5 }, () => "invalid_sign_in"),
      "too_many_sign_ins",
      "too_many_sign_ins",
    ]);
    await expect(signIn.run(request(password))).rejects.toMatchObject({
      code: "too_many_sign_ins",
      retryAfterSeconds: 30,
    });
    clock.time += 30_000;
    await expect(signIn.run(request("wrong"))).rejects.toMatchObject({ code: "invalid_sign_in" });
    clock.time += 30_000;
    await expect(signIn.run(request(password))).rejects.toMatchObject({
      code: "too_many_sign_ins",
      retryAfterSeconds: 30,
    });
    clock.time += 30_000;
    expect((await signIn.run(request(password))).person.email).toBe(ada.email);
  });

  test("a clock that is set back locks out nobody for as long as that", async () => {
    const { clock, signIn } = await start(atOnce);
    await signIn.run(request(password));
    for (let guess = 0; guess < 5; guess++) await signIn.run(request("wrong")).catch(() => undefined);
    clock.time -= 86_400_000;
    expect((await signIn.run(request(password))).person.email).toBe(ada.email);
  });

  test("no session comes of a password that was right when it was looked at: meanwhile it was changed, or the person switched off or deleted", async () => {
    let changing = (): Promise<unknown> => Promise.resolve();
    const { people, signIn } = await start(async (given, kept) => {
      await changing();
      return atOnce(given, kept);
    });
    const { id } = (await signIn.run(request(password))).person;
    for (const change of [
      () => people.setPassword(id, new Secret("another horse battery"), operator),
      () => people.update(id, { disabled: true }, operator),
      () => people.remove(id, operator),
    ]) {
      changing = change;
      await expect(signIn.run(request(password))).rejects.toMatchObject({ code: "invalid_sign_in" });
      changing = () => people.update(id, { disabled: false }, operator);
      await signIn.run(request(password)).catch(() => {});
    }
  });

  test("nor another password: who was given a new one meanwhile, or switched off, does not set it back", async () => {
    const { people, signIn } = await start(atOnce);
    const { id } = (await signIn.run(request(password))).person;
    const own = { kind: "person", id, requestId: "req_x" } as const;
    const set = (proven: string) => people.setPassword(id, new Secret("whoever has the old one"), own, proven);
    for (const change of [
      () => people.setPassword(id, new Secret("another horse battery"), operator),
      () => people.update(id, { disabled: true }, operator),
    ]) {
      const proven = await signIn.confirm(request(password));
      await change();
      await expect(set(proven)).rejects.toMatchObject({ code: "invalid_sign_in" });
      await people.update(id, { disabled: false }, operator);
    }
    expect((await set(await signIn.confirm(request(password)))).email).toBe(ada.email);
  });

  test("an address that no database can keep is a wrong one", async () => {
    const { signIn } = await start(atOnce);
    for (const email of ["a\0@example.com", "\ud800@example.com"]) {
      await expect(signIn.run(request(password, email))).rejects.toMatchObject({ code: "invalid_sign_in" });
    }
  });

  test("a refusal comes at a beat, whoever it is and whatever the store has to write", async () => {
    const { clock, signIn } = await start(atOnce);
    const slept: number[] = [];
    for (const [email, tookMs] of [
      [ada.email, 260],
      ["nobody@example.com", 240],
      [ada.email, 760],
    ] as const) {
      const sleep = vi.spyOn(clock, "sleep").mockImplementation((...[ms]: unknown[]) => {
        slept.push(tookMs + Number(ms));
        return Promise.resolve();
      });
      const running = signIn.run(request("wrong", email));
      clock.time += tookMs;
      await expect(running).rejects.toMatchObject({ code: "invalid_sign_in" });
      sleep.mockRestore();
    }
    expect(slept).toEqual([500, 500, 1_000]);
  });

  test("whoever is sent away because too many sign in has made no guess", async () => {
    let open = (): void => {};
    const crowd = new Promise<void>((resolve) => (open = resolve));
    const { signIn } = await start(async (given, kept) => {
      await crowd;
      return atOnce(given, kept);
    });
    const strangers = Array.from({ length: 8 }, (_, number) =>
      signIn.run(request("wrong", `nobody-${number}@example.com`, `192.0.2.${number + 10}`)).catch(() => {}),
    );
    for (let tries = 0; tries < 25; tries += 1) {
      await expect(signIn.run(request(password))).rejects.toMatchObject({ code: "overloaded" });
    }
    open();
    await Promise.all(strangers);
    expect((await signIn.run(request(password))).person.email).toBe(ada.email);
  });

  test("nobody learns who is here: a stranger is refused and locked out in the same words", async () => {
    const { store, sessions } = await start(atOnce);
    const outcomes = async (email: string, address: string): Promise<string[]> => {
      const told: string[] = [];
      for (let tries = 0; tries < 6; tries += 1) {
        // Of another gateway each time.
        await new SignIn(store, sessions, atOnce)
          .run(request("wrong", email, address))
          .catch((error: Error & { code: string }) => told.push(`${error.code} ${error.message}`));
      }
      return told;
    };
    expect(await outcomes("nobody@example.com", "192.0.2.7")).toEqual(await outcomes(ada.email, "192.0.2.8"));
  });

  test("one address that tries many people waits too; another does not", async () => {
    const { signIn } = await start(atOnce);
    for (let tries = 0; tries < 20; tries += 1) {
      await expect(signIn.run(request("wrong", `p${tries}@example.com`, "2001:db8::1"))).rejects.toMatchObject({
        code: "invalid_sign_in",
      });
    }
    await expect(signIn.run(request(password, ada.email, "2001:db8::2"))).rejects.toMatchObject({
      code: "too_many_sign_ins",
    });
    expect((await signIn.run(request(password, ada.email, "2001:db8:1::1"))).person.name).toBe("Ada");
  });

  test("a session lasts its time, ends with the password and by signing out, and is kept as a hash", async () => {
    const { clock, people, sessions, signIn } = await start();
    const { token, person } = await signIn.run(request(password));
    expect((await sessions.find(token))?.person).toEqual({
      id: person.id,
      email: ada.email,
      name: "Ada",
      role: "admin",
      projects: {},
    });
    clock.time += 12 * 3_600_000;
    expect(await sessions.find(token)).toBeUndefined();
    const second = await signIn.run(request(password));
    await people.setPassword(person.id, new Secret("another long password"), operator);
    expect(await sessions.find(second.token)).toBeUndefined();
    const third = await signIn.run(request("another long password"));
    const live = await sessions.find(third.token);
    expect(live?.sessionId).not.toBe(third.token.reveal());
    if (live !== undefined) await sessions.end(live, operator);
    expect(await sessions.find(third.token)).toBeUndefined();
  });
});

describe("at /v1/session", () => {
  let house: House;
  let url: string;
  beforeAll(async () => {
    house = await openHouse();
    url = `${house.gateway.url}/v1/session`;
    await house.parts.people.create(ada, operator);
  });
  afterAll(() => house.close());

  const signIn = (
    headers: Record<string, string> = {},
    body: unknown = { email: " ADA@example.com", password },
  ): Promise<Response> =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const cookieOf = (response: Response): string => response.headers.get("set-cookie")?.split(";")[0] ?? "";

  test("signing in gives a cookie that no script reads and no other site sends", async () => {
    const response = await signIn();
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("set-cookie")).toMatch(
      /^adit_session=[\w-]{43}; Path=\/; Max-Age=43(200|199); HttpOnly; SameSite=Strict$/,
    );
    const body = (await response.json()) as { csrf_token: string };
    expect(body).toMatchObject({ kind: "person", person: { email: ada.email, role: "admin" } });
    const who = await fetch(url, { headers: { cookie: cookieOf(response) } });
    expect([who.status, await who.json()]).toMatchObject([200, { kind: "person", csrf_token: body.csrf_token }]);
  });

  test("elsewhere than on the machine itself the cookie is for TLS and this host alone", async () => {
    const behindTls = await signIn({ "x-forwarded-proto": "https" });
    expect(behindTls.headers.get("set-cookie")).toMatch(/^__Host-adit_session=.*; Secure$/);
    const who = await fetch(url, { headers: { cookie: cookieOf(behindTls) } });
    expect(who.status).toBe(200);
    // A neighbour under the same domain can set the plain name, but never the one for this host alone.
    const tossed = cookieOf(behindTls).replace("__Host-", "");
    const asNeighbour = await fetch(url, { headers: { cookie: tossed, "x-forwarded-proto": "https" } });
    expect(asNeighbour.status).toBe(401);
  });

  test("C20 a change by cookie wants this page's origin and its token; keys want neither", async () => {
    const response = await signIn();
    const cookie = cookieOf(response);
    const { csrf_token: token } = (await response.json()) as { csrf_token: string };
    const end = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(url, { method: "DELETE", headers: { cookie, ...headers } })).status;
    const good = { "x-adit-csrf-token": token, origin: house.gateway.url };
    expect(await end({})).toBe(403);
    expect(await end({ origin: house.gateway.url })).toBe(403);
    expect(await end({ ...good, "x-adit-csrf-token": `${token}x` })).toBe(403);
    expect(await end({ ...good, origin: "https://evil.example" })).toBe(403);
    expect(await end({ ...good, origin: "null" })).toBe(403);
    expect(await end({ ...good, "sec-fetch-site": "same-site" })).toBe(403);
    expect(await end(good)).toBe(204);
    expect((await fetch(url, { headers: { cookie } })).status).toBe(401);
  });

  test("another site cannot sign a person in as somebody else", async () => {
    const refused = await signIn({ origin: "https://evil.example" });
    expect(refused.status).toBe(403);
    // It may be the gateway's own page behind a proxy that writes another Host.
    expect(await refused.text()).toContain("the header Host");
  });

  test("a stranger's body is not read beyond what an address and a password can take", async () => {
    const longest = { email: "a".repeat(254), password: "\u0001".repeat(1_024) };
    expect((await signIn({}, longest)).status).toBe(401);
    expect((await signIn({}, { email: ada.email, password: "x".repeat(20_000) })).status).toBe(413);
    // Without a length beforehand.
    const pieces = new ReadableStream({
      pull: (controller) => controller.enqueue(Buffer.alloc(4_096, "x")),
    });
    const init = { method: "POST", body: pieces, duplex: "half", headers: { "content-type": "application/json" } };
    const endless = await fetch(url, init as RequestInit).then(
      ({ status }) => status,
      () => "broken off",
    );
    expect([413, "broken off"]).toContain(endless);
  });

  test("a cookie calls no models", async () => {
    const cookie = cookieOf(await signIn());
    const response = await house.post("/v1/chat/completions", {}, { cookie });
    expect(response.status).toBe(401);
  });

  test("keys are told who they are", async () => {
    const key = await house.newKey();
    const who = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
    expect(await who.json()).toMatchObject({
      kind: "gateway_key",
      key: { name: "a key", scopes: ["completions.write"] },
    });
    expect((await fetch(url)).status).toBe(401);
  });

  test.each<[unknown, number, string]>([
    [{ email: ada.email }, 400, "password"],
    [{ email: ada.email, password, admin: true }, 400, "email"],
    [{ email: 5, password }, 400, "email"],
    [{ email: ada.email, password: "wrong wrong wrong" }, 401, "wrong"],
    [{ email: "' or 1=1 --", password }, 401, "wrong"],
  ])("%j is %i", async (body, status, words) => {
    const response = await signIn({}, body);
    const text = await response.text();
    expect([response.status, text]).toEqual([status, expect.stringContaining(words)]);
    expect(text).not.toContain("CANARY");
  });

  test("who signed in, and who failed, is in the audit log; no secret is in the database or the log", async () => {
    const token = cookieOf(await signIn()).split("=")[1] ?? "";
    const rows = await house.parts.store.read((db) => db.selectFrom("auditLog").selectAll().execute());
    const actions = new Set(rows.map(({ action }) => action));
    expect(actions).toEqual(
      new Set(["person.create", "person.sign_in", "person.sign_in_failed", "person.sign_out", "gateway_key.create"]),
    );
    const failed = rows.find(({ action }) => action === "person.sign_in_failed");
    expect(failed).toMatchObject({ actorKind: "person", address: expect.stringContaining("127.0.0.1") as string });
    const files = (await readdir(house.dataDir)).filter((name) => name.startsWith("adit.db"));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      const bytes = await readFile(join(house.dataDir, name));
      for (const secret of ["CANARY", token]) expect(bytes.includes(secret)).toBe(false);
    }
    expect(house.logText()).not.toMatch(/CANARY/);
  });

  test("a person changes their own password with the present one, and all of their sessions end", async () => {
    const email = "eve@example.com";
    await house.parts.people.create({ email, name: "Eve", role: "viewer", password: new Secret(password) }, operator);
    const next = "another long password";
    const [here, elsewhere] = [await signIn({}, { email, password }), await signIn({}, { email, password })];
    const { csrf_token: csrf } = (await here.json()) as { csrf_token: string };
    const change = (body: object, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${url}/password`, {
        method: "PUT",
        headers: { "content-type": "application/json", cookie: cookieOf(here), "x-adit-csrf-token": csrf, ...headers },
        body: JSON.stringify(body),
      });
    const statuses = [
      await change({ password, new_password: next }, { "x-adit-csrf-token": "" }),
      await change({ password, new_password: next }, { cookie: "", authorization: `Bearer ${adminKey}` }),
      await change({ password, new_password: "short" }),
      await change({ password, new_password: next, role: "admin" }),
      await change({ new_password: next }),
      await change({ password: "a wrong password", new_password: next }),
      await change({ password, new_password: next }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([403, 400, 400, 400, 400, 401, 204]);
    for (const session of [here, elsewhere]) {
      expect((await fetch(url, { headers: { cookie: cookieOf(session) } })).status).toBe(401);
    }
    expect((await signIn({}, { email, password })).status).toBe(401);
    expect((await signIn({}, { email, password: next })).status).toBe(200);
    const rows = await house.parts.store.read((db) => db.selectFrom("auditLog").selectAll().execute());
    expect(rows.filter(({ action }) => action === "person.set_password")).toMatchObject([{ actorKind: "person" }]);
    expect(JSON.stringify(rows) + house.logText()).not.toMatch(/another long password|a wrong password/);
  });

  test("guesses by a stolen cookie lock it out as guesses at the door do", async () => {
    const email = "mallory@example.com";
    await house.parts.people.create({ email, name: "M", role: "viewer", password: new Secret(password) }, operator);
    const signedIn = await signIn({}, { email, password });
    const { csrf_token: csrf } = (await signedIn.json()) as { csrf_token: string };
    const statuses: number[] = [];
    for (let guess = 0; guess < 6; guess += 1) {
      const answer = await fetch(`${url}/password`, {
        method: "PUT",
        headers: { "content-type": "application/json", cookie: cookieOf(signedIn), "x-adit-csrf-token": csrf },
        body: JSON.stringify({ password: `wrong guess ${guess}`, new_password: "a new long password" }),
      });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });
});
