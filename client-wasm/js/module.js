/** The client's WebAssembly module without TLS. */
import load, * as glue from '../dist/pop3_wasm.js';
import { Instance } from './instance.js';

export const module = new Instance(
  load,
  glue,
  () => new URL('../dist/pop3_wasm_bg.wasm', import.meta.url),
);
