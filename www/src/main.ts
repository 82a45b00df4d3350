import { logDefect } from './lib/log.ts';
import { endpoints } from './lib/servers.ts';
import { Store } from './store/store.ts';
import { App } from './views/app.ts';
import { ParserClient } from './worker/parser-client.ts';
import { SessionClient } from './worker/session-client.ts';
import { startParserWorker, startSessionWorker } from './worker/start.ts';

/** The one place where views, store and workers meet. */
const store = new Store({
  session: new SessionClient(startSessionWorker),
  parser: new ParserClient(startParserWorker),
  endpoints: endpoints(document.baseURI),
});

const app = new App();
app.store = store;
document.body.append(app);

store.loadServers().catch((thrown: unknown) => logDefect('servers', thrown));
