// The packed package in programs without a page: Node by ES modules and CommonJS, Deno, Bun.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestbed } from '../e2e/lib/testbed.js';
import { assertRead, octets } from './mail.js';
import { makeProject } from './project.js';

// Node 20 has a WebSocket for those who ask; later ones have it anyway, and know the option.
const NODE = ['node', '--experimental-websocket'];
// Of the network this machine alone, and nothing that is not installed.
const DENO = ['deno', 'run', '--quiet', '--no-remote', '--allow-net=127.0.0.1', '--allow-read=.'];
const BUN = ['bun', '--no-install'];

/** Each way to run a program of the project. */
const WAYS = {
  'Node, an ES module': [...NODE, 'module.js'],
  'Node, CommonJS that requires': [...NODE, 'required.cjs'],
  'Node, CommonJS that imports': [...NODE, 'imported.cjs'],
  'Node, a worker': [...NODE, 'threads.js'],
  'Deno, an ES module': [...DENO, 'module.js'],
  'Deno, CommonJS that requires': [...DENO, 'required.cjs'],
  'Deno, a worker': [...DENO, 'threads.js'],
  'Bun, an ES module': [...BUN, 'module.js'],
  'Bun, CommonJS that requires': [...BUN, 'required.cjs'],
  'Bun, a worker': [...BUN, 'threads.js'],
};

let bed;
let project;
let mailboxes = 0;

before(async () => {
  bed = await startTestbed();
  project = await makeProject({ folders: ['job', 'runtime'] });
});

after(async () => {
  await bed?.stop();
  project?.end();
});

for (const [title, program] of [
  ['Node', NODE],
  ['Deno', DENO],
  ['Bun', BUN],
]) {
  test(`${title}, straight to the server by pop3-wasm/sockets`, { timeout: 120_000 }, async () => {
    mailboxes += 1;
    const { user, password } = await bed.mailbox(`runtime-${mailboxes}`);
    await bed.deliver(user, [octets()]);
    const settings = {
      host: '127.0.0.1',
      port: bed.addresses.good.pop3s,
      ca: bed.ca,
      user,
      password,
    };
    const printed = await project.run(...program, 'sockets.js', JSON.stringify(settings));
    assertRead(JSON.parse(printed));
    assert.equal(await bed.count(user), 0);
  });
}

for (const [title, program] of Object.entries(WAYS)) {
  test(title, { timeout: 120_000 }, async () => {
    mailboxes += 1;
    const { user, password } = await bed.mailbox(`runtime-${mailboxes}`);
    await bed.deliver(user, [octets()]);
    const settings = { url: bed.endpoint, server: 'implicit', user, password };
    const printed = await project.run(...program, JSON.stringify(settings));
    assertRead(JSON.parse(printed));
    assert.equal(await bed.count(user), 0);
  });
}
