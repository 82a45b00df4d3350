/** The client's WebAssembly module with TLS: the same, and more. */
import load, * as glue from '../dist/pop3_wasm_tls.js';
import { Instance } from './instance.js';

export const module = new Instance(
  load,
  glue,
  () => new URL('../dist/pop3_wasm_tls_bg.wasm', import.meta.url),
);
