/** Runs cells against targets, interleaved, and keeps every result: results[cell][target] is a list, one a round. */
import { chatRequest, messagesRequest } from "./canned/bodies.mjs";
import { cannedModels, countedWord } from "./canned/models.mjs";
import { cellNamed } from "./cells.mjs";
import { runLoad } from "./machine/load-run.mjs";
import { stopProcess } from "./machine/processes.mjs";
import { targets } from "./targets/targets.mjs";
import { converseFromChat } from "./targets/lean/request.mjs";

/** Sockets and files of a process besides its streams. */
const otherFiles = 100;
const settleMs = 5000;
const openingsPerSecond = 500;
const warmUps = [
  ["chat-short-16", "requests", 20_000],
  ["burst-16", "events", 200_000],
];
const warmUpRounds = 10;

export function median(values) {
  const sorted = values.filter((value) => value !== undefined).sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? sorted[middle]
    : sorted.length === 0
      ? undefined
      : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Path and body of a cell's request, in the format that the target is sent. */
function requestOf(cell, target) {
  const model = cannedModels[cell.model].id;
  const bedrock = target.speaks === "bedrock" || cell.group === "native";
  const native = `/model/${encodeURIComponent(model)}`;
  if (cell.group === "messages") {
    return bedrock
      ? { path: `${native}/invoke-with-response-stream`, body: messagesRequest({ body: cell.body }) }
      : { path: "/v1/messages", body: messagesRequest({ body: cell.body, model }) };
  }
  const chat = chatRequest({ body: cell.body, model, stream: cell.stream });
  return bedrock
    ? { path: `${native}/${cell.stream ? "converse-stream" : "converse"}`, body: converseFromChat(chat) }
    : { path: "/v1/chat/completions", body: chat };
}

function jobFor(cell, target, running) {
  const { path, body } = requestOf(cell, target);
  return {
    port: running.port,
    pids: running.pids,
    headers: { ...target.headers, ...running.headers },
    path,
    body: JSON.stringify(body),
    countedWord,
    wordsPerReply: cell.wordsPerReply,
    mode: "closed",
    connections: cell.connections,
  };
}

export class Bench {
  results = {};
  /** The streams that a process may hold here, where that is less than a cell asks for. */
  fewerStreams;
  startedMs = {};
  /** Targets whose process ended under load, with what they said; they are left out from then on. */
  ended = {};
  #setting;
  #running = {};

  /** `setting`: {names, rounds, seconds, cores, openFiles, upstreamPort, upstreamPid, tell}. */
  constructor(setting) {
    this.#setting = setting;
  }

  async startTargets() {
    for (const name of this.#setting.names) {
      this.#running[name] = await this.#start(name);
      await this.#warmUp(name);
    }
  }

  /** All rounds of one cell: A B C, A B C, ... */
  async run(cell) {
    this.#setting.tell(cell.title, cell.name);
    if (cell.group === "held") {
      await this.#runHeld(cell);
      return;
    }
    const names = nativeGroups.has(cell.group)
      ? this.#setting.names.filter((name) => nativeTargets.has(name))
      : this.#setting.names;
    for (let round = 0; round < this.#setting.rounds; round += 1) {
      for (const name of names.filter((one) => this.ended[one] === undefined)) {
        const rate = cell.group === "rate" ? await this.#halfOfPeak(cell, name) : undefined;
        await this.#runOnce({ ...cell, rate }, name, round);
      }
    }
  }

  async #start(name) {
    const { upstreamPort, upstreamPid, openFiles, cores } = this.#setting;
    const running = await targets[name].start({ upstreamPort, upstreamPid, openFiles, core: cores?.target });
    if (running.startedMs !== undefined) (this.startedMs[name] ??= []).push(running.startedMs);
    return running;
  }

  /** So many requests and events that all code is compiled before anything counts; slow targets take their time. */
  async #warmUp(name) {
    const core = this.#setting.cores?.load;
    for (const [cell, key, wanted] of warmUps) {
      const job = { ...jobFor(cellNamed(cell), targets[name], this.#running[name]), warmupMs: 0, durationMs: 1500 };
      for (let round = 0, done = 0; round < warmUpRounds && done < wanted; round += 1) {
        const result = await runLoad(job, core);
        done += result[key];
        if (this.#hasEnded(name, this.#running[name], cell)) return;
      }
    }
  }

  async #runOnce(cell, name, round) {
    const { seconds, cores } = this.#setting;
    const job = jobFor(cell, targets[name], this.#running[name]);
    const times = { warmupMs: round === 0 ? 1000 : 500, durationMs: seconds * 1000 };
    if (cell.group === "paced") Object.assign(times, { rampMs: 2000, warmupMs: 1000, durationMs: seconds * 2000 });
    if (cell.group === "rate")
      Object.assign(times, { mode: "open", rate: cell.rate, durationMs: seconds * 2000, warmupMs: 1500 });
    const result = await runLoad({ ...job, ...times }, cores?.load);
    if (!this.#hasEnded(name, this.#running[name], cell.name)) this.#keep(cell, name, result);
  }

  #hasEnded(name, running, cellName) {
    if (running.process?.hasEnded !== true) return false;
    this.ended[name] = `in ${cellName}; it said: ${running.process.complaint.trim().slice(0, 500) || "nothing"}`;
    this.#setting.tell(`  ${name} ended ${this.ended[name]}`);
    return true;
  }

  #keep(cell, name, result) {
    const kept = (this.results[cell.name] ??= {});
    (kept[name] ??= []).push(result);
    const perEvent = cell.stream ? `, ${result.cpuMicrosPerEvent?.toFixed(2)} us an event` : "";
    const errors = result.errors > 0 ? `, ${result.errors} ERRORS: ${result.errorTexts.join("; ")}` : "";
    const per = `${result.requestsPerSecond.toFixed(0)}/s, ${result.cpuMicrosPerRequest?.toFixed(1)} us a request`;
    this.#setting.tell(`  ${name}: ${per}${perEvent}${errors}`);
  }

  /** Requests a second: half of what the target can do, and for all at most half of what the gateway (or lean) can. */
  async #halfOfPeak(cell, name) {
    const reference = this.#setting.names.includes("adit") ? "adit" : "lean";
    const references = this.#setting.names.includes(reference) ? [reference] : [];
    const own = name === "direct" ? [] : [name];
    const peaks = [];
    for (const one of [...references, ...own]) peaks.push(await this.#peak(cell, one));
    return Math.max(1, Math.floor(Math.min(Math.min(...peaks) / 2, cell.mostPerSecond ?? Number.POSITIVE_INFINITY)));
  }

  async #peak(cell, name) {
    const peakCell = cellNamed(cell.peakCell);
    if (this.results[peakCell.name]?.[name] === undefined) await this.#runOnce(peakCell, name, 0);
    const runs = this.results[peakCell.name]?.[name] ?? [];
    if (runs.length === 0) return Number.POSITIVE_INFINITY;
    if (!cell.stream) return median(runs.map((run) => run.requestsPerSecond));
    return 1_000_000 / median(runs.map((run) => run.cpuMicrosPerEvent)) / cell.wordsPerReply;
  }

  /** A fresh process for each: memory of earlier cells would be counted else. */
  async #runHeld(cell) {
    const { names, openFiles, cores } = this.#setting;
    const possible = Math.floor((openFiles - otherFiles) / 2);
    const streams = Math.min(cell.connections, possible);
    if (streams < cell.connections) this.fewerStreams = streams;
    for (const name of names.filter((one) => one !== "direct" && this.ended[one] === undefined)) {
      const running = await this.#start(name);
      const job = jobFor(cell, targets[name], running);
      const times = {
        rampMs: (streams / openingsPerSecond) * 1000,
        openWithinMs: 60_000,
        warmupMs: settleMs,
        durationMs: settleMs,
      };
      const result = await runLoad({ ...job, ...times, connections: streams }, cores?.load);
      if (!this.#hasEnded(name, running, cell.name)) this.#keep(cell, name, result);
      await stopProcess(running.process);
    }
  }
}

const nativeGroups = new Set(["native", "messages"]);
/** Who takes Bedrock's own format: the gateway's native door, and the floor that it is compared with. */
const nativeTargets = new Set(["node-proxy", "adit"]);
