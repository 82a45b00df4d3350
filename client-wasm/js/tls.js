/** The entry `pop3-wasm/tls`; its types and documentation are in tls.d.ts. */
import { Client, MODULE } from './client.js';
import { securityOptions } from './security.js';
import { module } from './tls-module.js';

export { Pop3Error } from './error.js';
export { parseMessage } from './parse.js';
export { roots } from './roots.js';

export class Pop3Client extends Client {
  static [MODULE] = module;

  static security(options) {
    return securityOptions(options);
  }
}

/** Loads the module; see tls.d.ts. */
export const init = (source) => module.init(source);

/** Loads the module at once; see tls.d.ts. */
export const initSync = (source) => module.initSync(source);
