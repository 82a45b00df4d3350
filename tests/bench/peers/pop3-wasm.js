// This package in Node, on a socket: does one job, and prints what came of it.
//
// usage: node pop3-wasm.js '{ job, port, user, password, ca, known, verify }'

import { readFileSync } from 'node:fs';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { footprint } from '../lib/measure.js';
import { ids, uids, work } from '../lib/work.js';

const { port, user, password, ca, known, fresh, ...task } = JSON.parse(process.argv[2]);
const tls = ca && { name: '127.0.0.1', ca: readFileSync(ca, 'utf8') };
const { Pop3Client } = await import(`../../../client-wasm/js/${tls ? 'tls' : 'index'}.js`);
const streams = () => Duplex.toWeb(net.connect({ host: '127.0.0.1', port }));
const connect = () => Pop3Client.connect({ streams: streams(), ...(tls && { tls }) });

if (task.job === 'ids') {
  console.log(JSON.stringify(await ids(connect, { user, password }, { fresh })));
} else if (task.job === 'uids') {
  console.log(JSON.stringify(await uids(connect, { user, password }, { fresh })));
} else {
  const seen = known ? JSON.parse(readFileSync(known, 'utf8')) : [];
  const outcome = await work(connect, { user, password }, { ...task, known: seen });
  const { processor, memory } = footprint(process.pid);
  console.log(JSON.stringify({ ...outcome, processor, memory }));
}
