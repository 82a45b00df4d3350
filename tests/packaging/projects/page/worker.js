import { read } from './read.js';

globalThis.onmessage = async ({ data }) => {
  try {
    globalThis.postMessage({ value: await read(data) });
  } catch (error) {
    globalThis.postMessage({ error: `${error} ${error.cause}` });
  }
};
