import { logDefect } from './lib/log.ts';
import { endpoints } from './lib/servers.ts';
import { MailStore } from './store/mail-store.ts';
import { App } from './views/app.ts';
import { mailClient } from './worker/mail-client.ts';
import { ParserClient } from './worker/parser-client.ts';
import { startMailWorker, startParserWorker } from './worker/start.ts';

/** The one place where views, store and workers meet. */
const store: MailStore = new MailStore({
  mail: mailClient(startMailWorker, () => store.workerDied()),
  parser: new ParserClient(startParserWorker),
  endpoints: endpoints(document.baseURI),
});

const app = new App();
app.store = store;
document.body.append(app);

store.open().catch((thrown: unknown) => logDefect('opening', thrown));
