/** How much the bodies of all requests under way may hold together. */
import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import { AditError } from "@adit/bedrock";

const MiB = 1_048_576;
/** What the program takes without any request: in all, and of V8's heap alone. */
const ownBytes = 128 * MiB;
const ownHeapBytes = 64 * MiB;
/** A body as it came, as text, as it is read, as text for AWS, and as bytes; what has gone of it is not collected at once. Measured. */
const timesInMemory = 5;
const timesInHeap = 3;
/** Small bodies come at once, however little memory there is. */
const leastRoom = 8 * MiB;
/** While its stream goes on, a body is there as it was read and as it went to AWS. */
export const shareOfStreams = 2 / timesInMemory;

/** For the memory that this process may use: the machine's, or its container's, and V8's heap. */
export function roomForBodies(): number {
  // Without a limit it is none, or larger than any machine.
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return roomIn(memory, getHeapStatistics().heap_size_limit);
}

/** Buffers of no use are collected when they make up half of the heap's limit, not before. */
export function roomIn(memoryBytes: number, heapBytes: number): number {
  const inMemory = (memoryBytes - ownBytes - heapBytes / 2) / timesInMemory;
  const inHeap = (heapBytes - ownHeapBytes) / timesInHeap;
  return Math.max(leastRoom, Math.floor(Math.min(inMemory, inHeap)));
}

/**
 * A gateway that takes every body that comes ends, with all that it has under way, where many large ones come at once. What counts is what has
 * come, not what was announced: who announces much and sends little takes nobody's room.
 */
export class BodyRoom {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * `bytes` more of a body that holds `own` already. One that is alone may be larger than the room: its own bound holds for it.
   * Undefined where they are taken, else why not.
   */
  take(bytes: number, own: number): AditError | undefined {
    if (this.#held + bytes > this.#most && this.#held > own) return full(this.#most);
    this.#held += bytes;
    return undefined;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
  }
}

function full(most: number): AditError {
  const room = `${Math.floor(most / MiB)} MiB`;
  return new AditError(
    "overloaded",
    `The bodies of the requests under way fill what the gateway has for them (${room}).`,
    {
      remedy: "Try again in a moment, or send less at a time.",
      retryAfterSeconds: 1,
    },
  );
}
