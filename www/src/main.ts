import { logDefect } from './lib/log.ts';
import { endpoints } from './lib/servers.ts';
import { followUnread } from './store/badge.ts';
import { showSight } from './store/in-sight.ts';
import { followLanguage } from './store/language.ts';
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

const opening = store.open();
opening.catch((thrown: unknown) => logDefect('opening', thrown));

const app = new App();
app.store = store;
await followLanguage(store, document.documentElement);
document.body.append(app);

showSight();
followUnread(store);
// The page itself is shown before it is stored for the next time.
void opening.then(() => store.updates.start());
