/** The worker of `connectInWorker` with sockets of Deno. */
import { connectDeno } from './deno.js';
import { init } from './index.js';
import { serve } from './serve.js';

serve(connectDeno, init);
