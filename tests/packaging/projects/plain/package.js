/** Without a bundler the browser wants to know where the package lies. */
export { parseMessage, Pop3Client, Pop3Error } from './node_modules/pop3-wasm/js/index.js';
export { parseMessage as parseAlone } from './node_modules/pop3-wasm/js/message.js';
