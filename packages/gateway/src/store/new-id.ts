import { UuidV7Source } from "../http/request/request-id.ts";

/** The prefix says what an id belongs to. */
export type IdPrefix =
  | "prj"
  | "psn"
  | "gk"
  | "akp"
  | "vk"
  | "pc"
  | "pcv"
  | "pg"
  | "pgv"
  | "con"
  | "bud"
  | "rl"
  | "alr"
  | "aud"
  | "pp"
  | "ppv"
  | "prt"
  | "prtv"
  | "lbl"
  | "col"
  | "req"
  | "fb"
  | "exp"
  | "lv";

const source = new UuidV7Source();

/** `vk_01890a5d-ac96-774b-bcce-b302099a8057`: ids of one kind sort by the time they were made. */
export function newId(prefix: IdPrefix, nowMs: number): string {
  return `${prefix}_${source.next(nowMs)}`;
}
