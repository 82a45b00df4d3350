/** The package's entry; its types and documentation are in index.d.ts. */
import { Client, MODULE } from './client.js';
import { module } from './module.js';

export { Pop3Error } from './error.js';
export { parseMessage } from './parse.js';

export class Pop3Client extends Client {
  static [MODULE] = module;
}

/** Loads the module; see index.d.ts. */
export const init = (source) => module.init(source);

/** Loads the module at once; see index.d.ts. */
export const initSync = (source) => module.initSync(source);
