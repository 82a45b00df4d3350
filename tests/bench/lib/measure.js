/** Running a program to its end, and what it took: the clock, the processor, memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

/** Longer than anything here takes on a slow machine. */
const LIMIT = 300_000;

/** The middle one of some numbers. */
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Runs a program; gives what it printed. `fine` are the exit codes that mean success. */
export async function output(command, args, { fine = [0], ...options } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const printed = { stdout: [], stderr: [] };
  for (const name of ['stdout', 'stderr'])
    child[name].on('data', (part) => printed[name].push(part));
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  const [stdout, stderr] = [printed.stdout, printed.stderr].map((parts) =>
    String(Buffer.concat(parts)),
  );
  if (!fine.includes(code)) throw new Error(`${command} ended with ${code}: ${stderr}${stdout}`);
  return { stdout, stderr };
}

/**
 * The same under GNU time: seconds by the clock and the processor, and octets of memory at most. `first` is when
 * the file `appears` had something in it, looked for each millisecond.
 */
export async function timed(command, args, { appears, ...options } = {}) {
  const start = performance.now();
  const since = () => (performance.now() - start) / 1_000;
  let first = null;
  const looking = setInterval(() => {
    if ((statSync(appears, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
    first = since();
    clearInterval(looking);
  }, 1);
  const format = ['-q', '-f', 'used %U %S %M'];
  const running = output('/usr/bin/time', [...format, command, ...args], options);
  const { stderr } = await running.finally(() => clearInterval(looking));
  const seconds = since();
  const [, user, system, kilobytes] = /^used (\S+) (\S+) (\S+)$/m.exec(stderr);
  const processor = Number(user) + Number(system);
  return { seconds, first: first ?? seconds, processor, memory: Number(kilobytes) * 1024 };
}

const TICKS = 100;

/**
 * Processor seconds, those of them in the kernel, and the most memory so far of a process; `undefined` where it
 * has ended.
 */
export function footprint(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const memory = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    const [user, kernel] = [stat[11], stat[12]].map((ticks) => Number(ticks) / TICKS);
    return { pid, parent: Number(stat[1]), processor: user + kernel, kernel, memory, command };
  } catch {
    return undefined;
  }
}

/** Lets the most memory so far of a process be what it has now; not of one that has ended. */
export function forgetPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes(error.code)) throw error;
  }
}

/** A process and all below it. */
export function family(root) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const known = new Map(all.map((pid) => [Number(pid), footprint(pid)]).filter(([, one]) => one));
  const isBelow = (pid) => pid === root || (known.has(pid) && isBelow(known.get(pid).parent));
  return [...known].filter(([pid]) => isBelow(pid)).map(([, one]) => one);
}
