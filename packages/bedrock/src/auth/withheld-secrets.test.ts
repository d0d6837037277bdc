import { expect, test } from "vitest";
import { AditError } from "../errors/adit-error.ts";
import { Secret } from "../secret.ts";
import type { Credentials } from "./credentials.ts";
import { errorWithoutSecrets, hiderOf, withoutSecrets, withoutText } from "./withheld-secrets.ts";

const session: Credentials = {
  kind: "keys",
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: new Secret("the+secret/key"),
  sessionToken: new Secret("the.session$&token=="),
};
// As STS and others of AWS's services write it.
const canonical =
  "The request signature we calculated does not match. The Canonical String for this request should have been\n" +
  "'POST\n/model/m/converse\n\nhost:h\nx-amz-security-token:the.session$&token==\n'";

test("what AWS repeats of the signed request keeps its words and loses the session token", () => {
  const safe = withoutSecrets(canonical, session);
  expect(safe).toBe(canonical.replace("the.session$&token==", () => "[secret]"));
  expect(withoutSecrets("the+secret/key, twice: the+secret/key", session)).toBe("[secret], twice: [secret]");
  const address =
    "https://h/?k=the%2Bsecret%2fkey&a=the%2bsecret%2fkey&t=the.session%24%26token%3D%3D&k=the%2Bsecret%2Fkey";
  expect(withoutSecrets(address, session)).toBe("https://h/?k=the%2Bsecret%2fkey&a=[secret]&t=[secret]&k=[secret]");
});

test("what is too short for a secret garbles no words", () => {
  const keys = (secret: string): Credentials => ({ ...session, secretAccessKey: new Secret(secret) });
  const words = "The security token included in the request is invalid.";
  for (const secret of ["", "s", "request"]) expect(withoutSecrets(words, keys(secret))).toBe(words);
  expect(withoutSecrets("it was: eightlet", keys("eightlet"))).toBe("it was: [secret]");
});

test("an error keeps all else", () => {
  const aws = {
    type: "InvalidSignatureException",
    message: canonical,
    requestId: "r",
    originalMessage: "the+secret/key",
  };
  const error = new AditError("InvalidSignatureException", canonical, { status: 403, aws, retryAfterSeconds: 3 });
  error.place = { region: "us-east-1", credential: "headers" };
  const safe = errorWithoutSecrets(error, session);
  expect([safe.describe(), JSON.stringify(safe.aws)].join()).not.toMatch(/the\.session|the\+secret/);
  expect(safe).toMatchObject({ code: error.code, status: 403, place: error.place, retryAfterSeconds: 3 });
  expect(safe.aws).toMatchObject({ type: aws.type, requestId: "r", originalMessage: "[secret]" });
});

test("names that an answerer gave its refusal hold no secret either", () => {
  const key: Credentials = { kind: "bearer", token: new Secret("ABSKtokenOfLetters") };
  const aws = { type: "ABSKtokenOfLetters", message: "No.", requestId: "of ABSKtokenOfLetters" };
  const safe = errorWithoutSecrets(new AditError("aws_error", "No.", { aws }), key);
  expect(safe.aws).toEqual({ type: "[secret]", message: "No.", requestId: "of [secret]" });
});

test("what a target named its error keeps its names, and none of the secrets that it repeats in them", () => {
  const provider = { from: "h answered 400", requestId: "r", type: "t", code: "the.session$&token==", param: null };
  const named = new AditError("provider_error", "No.", { provider });
  expect(errorWithoutSecrets(named, session).provider).toEqual({ ...provider, code: "[secret]" });
  const told = new AditError("provider_error", "the+secret/key", { provider: { ...provider, code: "c" } });
  expect(errorWithoutSecrets(told, session).provider).toEqual({ ...provider, code: "c" });
});

test("an error without a secret is the same object", () => {
  const error = new AditError("ThrottlingException", "Too many requests.");
  expect(errorWithoutSecrets(error, { kind: "bearer", token: new Secret("ABSKtoken") })).toBe(error);
});

test("a secret is taken out wherever it stands, also where it begins anew within itself", () => {
  const texts = ["", ...new Set(Array.from({ length: 500 }, (_, seed) => words(seed)))];
  for (const secret of texts.filter(({ length }) => length > 16)) {
    for (const before of texts.slice(0, 20)) {
      const text = `${before}${secret}${before}${secret.slice(1)}${secret}${secret}`;
      expect(withoutText(text, secret)).toBe(text.replaceAll(secret, "[secret]"));
    }
  }
});

/** Of two letters, which repeat themselves in every way. */
function words(seed: number): string {
  const bits = (seed * 2_654_435_761) % 2 ** 31;
  return bits
    .toString(2)
    .replaceAll("0", "a")
    .replaceAll("1", "b")
    .slice(seed % 12);
}

test("a secret that repeats itself is looked for in a text that does within a moment", { timeout: 10_000 }, () => {
  const secret = `ab${"a".repeat(300_000)}`;
  const text = "a".repeat(1_000_000);
  expect(withoutText(text, secret)).toBe(text);
  expect(withoutText(`${text}${secret}`, secret)).toBe(`${text}[secret]`);
});

test("of the same credentials the same function takes secrets out", () => {
  expect(hiderOf(session)).toBe(hiderOf(session));
  expect(hiderOf(session)("the.session$&token==")).toBe("[secret]");
});
