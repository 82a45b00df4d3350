/** The worker of `connectInWorker` with TLS of `pop3-wasm/tls`. */
import { Client, MODULE } from './client.js';
import { securityOptions } from './security.js';
import { serve } from './serve.js';
import { module } from './tls-module.js';

class Pop3Client extends Client {
  static [MODULE] = module;

  static security(options) {
    return securityOptions(options);
  }
}

serve(
  (options) => Pop3Client.connect(options),
  (source) => module.init(source),
);
