/** The WebAssembly module that takes messages apart. It is none of the client's. */
import load, * as glue from '../dist/pop3_wasm_message.js';
import { Instance } from './instance.js';

export const parser = new Instance(
  load,
  glue,
  () => new URL('../dist/pop3_wasm_message_bg.wasm', import.meta.url),
);
