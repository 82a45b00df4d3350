/** The entry `pop3-wasm/sockets` where Deno runs it; documented in sockets.d.ts. */
export { connectDeno as connect, openDeno as open, Pop3Error } from './deno.js';
