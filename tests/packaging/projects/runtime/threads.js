// A worker in Node, Deno and Bun, by the module that all three have.
import process from 'node:process';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { read } from './read.js';

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: JSON.parse(process.argv.at(-1)),
  });
  worker.on('message', (found) => console.log(JSON.stringify(found)));
  worker.on('error', (error) => {
    throw error;
  });
} else {
  parentPort.postMessage(await read(workerData));
}
