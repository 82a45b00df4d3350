// Other packages for Node: one job by `node-pop3` or `yapople`, and what came of it.
//
// usage: node packages.js '{ name, job, port, user, password, limit, known }'

import { readFileSync } from 'node:fs';
import { summary } from '../lib/mail.js';
import { footprint } from '../lib/measure.js';

const task = JSON.parse(process.argv[2]);
const { name, job, port, user, password, limit } = task;
const HOST = '127.0.0.1';

/** The calls that the jobs need, by each package's own names. */
const PACKAGES = {
  'node-pop3': async () => {
    const { default: Pop3Command } = await import('node-pop3');
    const client = new Pop3Command({ user, password, host: HOST, port });
    return {
      list: async () => (await client.command('LIST').then(([, stream]) => lines(stream))).length,
      uidl: async () => (await client.UIDL()).map(([number, uid]) => [Number(number), uid]),
      top: (number) => client.TOP(number, 0),
      retr: (number) => client.RETR(number),
      dele: (number) => client.command('DELE', number),
      quit: () => client.QUIT(),
    };
    async function lines(stream) {
      return (await Pop3Command.stream2String(stream)).split('\r\n');
    }
  },
  'yapople': async () => {
    const { default: yapople } = await import('yapople');
    const client = new yapople.Client({ host: HOST, port, username: user, password });
    await client.connect();
    return {
      // It has no UIDL.
      uidl: async () => Array.from({ length: await client.count() }, (_, at) => [at + 1]),
      retr: (number) => client.retrieve(number),
      dele: (number) => client.delete(number),
      quit: () => client.quit(),
    };
  },
};

const start = performance.now();
const client = await PACKAGES[name]();
const entries = await client.uidl();
const numbers = entries.map(([number]) => number);
const messages = [];
let [count, first] = [0, null];
async function fetch(chosen, one) {
  for (const number of chosen) {
    messages.push(await one(number));
    first ??= (performance.now() - start) / 1_000;
    count += 1;
  }
}
if (job === 'list') {
  await client.list();
  await fetch(numbers.slice(-limit).reverse(), client.top);
} else if (job === 'all') {
  await fetch(numbers.slice(0, limit), client.retr);
} else if (job === 'new') {
  const known = new Set(readFileSync(task.known, 'utf8').split('\n'));
  const fresh = entries.filter(([, uid]) => !known.has(uid)).map(([number]) => number);
  await fetch(fresh.slice(0, limit), client.retr);
} else {
  for (const number of numbers.filter((_, at) => at % 2 === 0).slice(0, limit)) {
    await client.dele(number);
    count += 1;
  }
  await client.quit();
}
const seconds = (performance.now() - start) / 1_000;
const { processor, memory } = footprint(process.pid);
const outcome = { seconds, first, processor, memory };
if (job !== 'delete') await client.quit();
// Both leave the dots stuffed, and take the last line end away, so that what the server has is put together here.
const plain = messages.map((message) => {
  const unstuffed = String(message).replace(/^\.\./gm, '.');
  return `${unstuffed.replace(/(?:\r\n)+$/, '')}${job === 'list' ? '\r\n\r\n' : '\r\n'}`;
});
console.log(JSON.stringify({ ...outcome, ...summary(plain), count }));
process.exit();
