/** This package's client in a browser's tab: jobs, and what the browser took for them. */
import { launch, openPage } from '../../e2e/lib/browsers.js';
import { family } from './measure.js';

/** Runs `use` with a browser that has one tab. */
export async function inTab(name, stage, use) {
  // By default it reports each frame of a WebSocket, which costs several times what the frame does.
  const browser = await launch(name, { networkEnabled: false });
  try {
    const { page } = await openPage(browser, `${stage.site.origin}/bench/tab.html`);
    const processes = () => family(browser.process().pid);
    return await use({
      /** Does a job by way of the proxy's server of this name. */
      async work(server, account, task) {
        const before = sum(processes(), 'processor');
        const outcome = await page.evaluate(
          async (endpoint, server, account, { ca, ...task }) => {
            const { work } = await import('/bench/work.js');
            const entry = ca === undefined ? 'index' : 'tls';
            const { Pop3Client } = await import(`/pop3-wasm/js/${entry}.js`);
            const tls = ca === undefined ? {} : { tls: { name: '127.0.0.1', ca } };
            const connect = () => Pop3Client.connect({ url: endpoint, server, ...tls });
            return work(connect, account, task);
          },
          stage.proxy.endpoint,
          server,
          account,
          task,
        );
        const after = processes();
        const tabs = after.filter(({ command }) =>
          /--type=renderer|-contentproc.* tab/.test(command),
        );
        const memory = Math.max(...tabs.map(({ memory }) => memory));
        return { ...outcome, processor: sum(after, 'processor') - before, memory };
      },
    });
  } finally {
    await browser.close();
  }
}

const sum = (processes, field) => processes.reduce((all, one) => all + one[field], 0);
