import { read } from './read.js';
import { startWorker } from './start-worker.js';

function readInWorker(settings) {
  const worker = startWorker();
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(new Error(`the worker: ${event.message}`));
    worker.onmessage = ({ data: { value, error } }) => {
      worker.terminate();
      if (error === undefined) resolve(value);
      else reject(new Error(error));
    };
    worker.postMessage(settings);
  });
}

globalThis.reader = { read, readInWorker };
