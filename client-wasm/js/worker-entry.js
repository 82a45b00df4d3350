/** The worker of `connectInWorker`. No import is dynamic, since workers are often bundled into one file. */
import { Client, MODULE } from './client.js';
import { module } from './module.js';
import { serve } from './serve.js';

class Pop3Client extends Client {
  static [MODULE] = module;
}

serve(
  (options) => Pop3Client.connect(options),
  (source) => module.init(source),
);
