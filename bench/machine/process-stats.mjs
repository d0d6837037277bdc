/** CPU time, memory and open files of processes, from Linux's /proc. A process that is gone counts nothing. */
import fs from "node:fs";

/** Linux tells CPU time in hundredths of a second to every program. */
const microsPerTick = 10_000;

function readStat(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    // The program's name, in parentheses, may hold spaces.
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function sum(pids, figure) {
  return pids.reduce((total, pid) => total + (figure(pid) ?? 0), 0);
}

/** User and system time in microseconds, in steps of 10,000. */
export function cpuMicrosOf(pids) {
  return sum(pids, (pid) => {
    const stat = readStat(pid);
    return stat && (Number(stat[11]) + Number(stat[12])) * microsPerTick;
  });
}

/** The same of the thread alone with which the process began: in Node, its event loop. */
export function mainThreadMicrosOf(pid) {
  return cpuMicrosOf([`${pid}/task/${pid}`]);
}

export function residentBytesOf(pids) {
  return sum(pids, (pid) => {
    try {
      return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  });
}

export function openFilesOf(pids) {
  return sum(pids, (pid) => {
    try {
      return fs.readdirSync(`/proc/${pid}/fd`).length;
    } catch {
      return 0;
    }
  });
}

/** The process and all that descend from it. */
export function withDescendants(pid) {
  const children = fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && readStat(name)?.[1] === String(pid))
    .map(Number);
  return [pid, ...children.flatMap(withDescendants)];
}
