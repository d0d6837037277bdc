/** The control API's objects that more than one file shows, by the names that the pages use. */
import type { Schemas } from "./control.ts";

export type Config = Schemas["Config"];
/** A virtual key. */
export type Credential = Schemas["VirtualKey"];
export type Key = Schemas["ApiKey"];
export type Log = Schemas["Log"];
export type LogDetail = Schemas["LogDetail"];
export type Project = Schemas["Project"];
export type Prompt = Schemas["Prompt"];
export type Trace = Schemas["Trace"];
export type Span = Trace["spans"][number];
