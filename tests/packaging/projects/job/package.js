/** What the page uses of the package, under its name. */
export { parseMessage, Pop3Client, Pop3Error } from 'pop3-wasm';
export { parseMessage as parseAlone } from 'pop3-wasm/message';
