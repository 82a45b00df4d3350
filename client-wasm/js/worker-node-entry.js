/** The worker of `connectInWorker` with sockets of Node. */
import { init } from './index.js';
import { connectNode } from './node.js';
import { serve } from './serve.js';

serve(connectNode, init);
