/** The package's entry; its types and documentation are in index.d.ts. */
export { Pop3Client } from './client.js';
export { Pop3Error } from './error.js';
export { parseMessage } from './parse.js';
export { init } from './module.js';
