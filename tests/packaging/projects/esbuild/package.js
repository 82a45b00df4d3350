/** esbuild leaves `new URL(…, import.meta.url)` alone, so the modules are named as files to copy. */
import { init } from 'pop3-wasm';
import { init as initMessage } from 'pop3-wasm/message';
import client from 'pop3-wasm/pop3_wasm_bg.wasm';
import message from 'pop3-wasm/pop3_wasm_message_bg.wasm';

export { parseMessage, Pop3Client, Pop3Error } from 'pop3-wasm';
export { parseMessage as parseAlone } from 'pop3-wasm/message';

// Without waiting, so that a worker is ready for its first message at once: `connect` waits.
void init(new URL(client, import.meta.url));
void initMessage(new URL(message, import.meta.url));
