/** The entry `pop3-wasm/sockets` where a browser runs it; documented in sockets.d.ts. */
export { connectDirect as connect, openDirect as open, Pop3Error } from './direct-sockets.js';
