/** This package's client in a browser's tab: jobs, and what the browser and the proxy took for them. */
import { launch, openPage } from '../../e2e/lib/browsers.js';
import { countOctets } from './counting.js';
import { family, forgetPeak } from './measure.js';

/** The browsers by the names that launch them, and what they are called. */
export const TITLES = { chromium: 'Chromium', firefox: 'Firefox' };

/** Runs `use` with a browser that has one tab. */
export async function inTab(name, stage, use) {
  // By default it reports each frame of a WebSocket, which costs several times what the frame does.
  const browser = await launch(name, { networkEnabled: false });
  try {
    const { page } = await openPage(browser, `${stage.site.origin}/bench/tab.html`);
    const processes = () => family(browser.process().pid);

    /** What `run` gives, with `processor` and `memory` of the browser and of the proxy. */
    async function measured(run) {
      stage.proxy.forgetPeak();
      for (const { pid } of processes()) forgetPeak(pid);
      const [before, proxyBefore] = [processes(), stage.proxy.footprint()];
      const outcome = await run();
      const [after, proxyAfter] = [processes(), stage.proxy.footprint()];
      return {
        ...outcome,
        processor: spent(after, before).processor,
        memory: tabMemory(browser),
        proxy: { ...spent([proxyAfter], [proxyBefore]), memory: proxyAfter.memory },
        parts: Object.fromEntries(
          Object.entries(PARTS).map(([part, is]) => [
            part,
            spent(...[after, before].map((all) => all.filter(({ command }) => is(command)))),
          ]),
        ),
      };
    }

    return await use({
      page,
      browser,
      /** Does a job by way of the proxy's server of this name. */
      work: (server, account, task) =>
        measured(() =>
          page.evaluate(
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
          ),
        ),
      /** Fetches so many messages by a bare WebSocket, which only counts; their answers have `least` octets. */
      count: (server, account, messages, least) =>
        measured(() =>
          page.evaluate(
            countOctets,
            `${stage.proxy.endpoint}?server=${server}&tls=proxy`,
            account,
            messages,
            least,
          ),
        ),
    });
  } finally {
    await browser.close();
  }
}

/** The most memory so far of the process of a tab. */
export function tabMemory(browser) {
  const tabs = family(browser.process().pid).filter(({ command }) => PARTS.tab(command));
  return Math.max(...tabs.map(({ memory }) => memory));
}

/** The parts of a browser that have processes of their own, by their commands. */
const PARTS = {
  tab: (command) => /--type=renderer|-contentproc.* tab/.test(command),
  network: (command) => /network\.mojom\.NetworkService|-contentproc.* socket/.test(command),
  rest: (command) => !PARTS.tab(command) && !PARTS.network(command),
};

const sum = (processes, field) => processes.reduce((all, one) => all + one[field], 0);

/** Seconds of processor time between two looks at processes, and those of them in the kernel. */
const spent = (after, before) => ({
  processor: sum(after, 'processor') - sum(before, 'processor'),
  kernel: sum(after, 'kernel') - sum(before, 'kernel'),
});
