/** The client's WebAssembly module. */
import load, * as glue from '../dist/pop3_wasm.js';
import { Instance } from './instance.js';

export const client = new Instance(
  load,
  glue,
  () => new URL('../dist/pop3_wasm_bg.wasm', import.meta.url),
);

/** Loads the module; see index.d.ts. */
export const init = (source) => client.init(source);

/** Calls into the module. */
export const call = (work) => client.call(work);
