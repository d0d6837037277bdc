import { describe, expect, test } from "vitest";
import { addressWithPlainModes } from "./database-address.ts";

describe("the mode of TLS in the address", () => {
  test.each([
    ["postgres://u:p@h/d?sslmode=require", "postgres://u:p@h/d?sslmode=verify-full"],
    [
      "postgres://u:p@h/d?sslmode=prefer&sslrootcert=/ca.pem",
      "postgres://u:p@h/d?sslmode=verify-full&sslrootcert=/ca.pem",
    ],
    [
      "postgres://u:p@h/d?sslrootcert=/ca.pem&sslmode=verify-ca",
      "postgres://u:p@h/d?sslrootcert=/ca.pem&sslmode=verify-full",
    ],
  ])("%s asks as much as verify-full", (given, plain) => {
    expect(addressWithPlainModes(given)).toBe(plain);
  });

  test.each([
    "postgres://u:p@h/d",
    "postgres://u:p@h/d?sslmode=verify-full",
    "postgres://u:p@h/d?sslmode=no-verify",
    "postgres://u:p@h/d?sslmode=disable",
    "postgres://u:p@h/d?uselibpqcompat=true&sslmode=require",
    "postgres://u:p@h/d?application_name=sslmode=require",
  ])("%s stays as it is", (given) => {
    expect(addressWithPlainModes(given)).toBe(given);
  });
});
