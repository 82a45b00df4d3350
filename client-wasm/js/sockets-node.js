/** The entry `pop3-wasm/sockets` where Node or Bun runs it; documented in sockets.d.ts. */
export { connectNode as connect, openNode as open, Pop3Error } from './node.js';
