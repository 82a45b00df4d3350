// The packed package in projects for browsers: each is built as its tool builds for production, and
// mail is read with it in both browsers, in the page and in a worker, under a policy that lets no
// scripts in but those of the site and WebAssembly.

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, launch, openPage } from '../e2e/lib/browsers.js';
import { startSite } from '../e2e/lib/site.js';
import { startTestbed } from '../e2e/lib/testbed.js';
import { assertRead, octets } from './mail.js';
import { makeProject } from './project.js';

const ESBUILD = ['--bundle', '--minify', '--format=esm', '--splitting', '--loader:.wasm=file'];
const ROLLUP = ['--plugin', 'node-resolve', '--plugin', '@web/rollup-plugin-import-meta-assets'];

/** How each project is built, into its folder `dist`. */
const PROJECTS = {
  plain: undefined,
  vite: ['vite', 'build'],
  webpack: ['webpack'],
  esbuild: ['esbuild', 'main.js', 'worker.js', ...ESBUILD, '--outdir=dist'],
  rollup: ['rollup', 'main.js', 'worker.js', ...ROLLUP, '--dir', 'dist'],
};

/** Makes and builds the project; gives what `makeProject` does, and the folder to be served. */
async function build(name) {
  const project = await makeProject({ folders: ['job', 'page', name] });
  if (PROJECTS[name] === undefined) return { ...project, served: project.folder };
  try {
    await project.run(...PROJECTS[name]);
    const served = join(project.folder, 'dist');
    // Vite makes the page as well.
    if (name !== 'vite') cpSync(join(project.folder, 'index.html'), join(served, 'index.html'));
    return { ...project, served };
  } catch (error) {
    project.end();
    throw error;
  }
}

const projects = new Map();
let bed;
let site;
let mailboxes = 0;

before(async () => {
  bed = await startTestbed();
  for (const name of Object.keys(PROJECTS)) projects.set(name, await build(name));
  const folders = [...projects].map(([name, { served }]) => [name, served]);
  site = await startSite(bed.endpoint, Object.fromEntries(folders));
});

after(async () => {
  await site?.stop();
  await bed?.stop();
  for (const project of projects.values()) project.end();
});

for (const browserName of BROWSERS) {
  describe(browserName, () => {
    let browser;
    before(async () => {
      browser = await launch(browserName);
    });
    after(() => browser?.close());

    for (const name of Object.keys(PROJECTS)) {
      for (const [where, reader] of [
        ['the page', 'read'],
        ['a worker', 'readInWorker'],
      ]) {
        test(`${name}: mail is read in ${where}`, { timeout: 120_000 }, async () => {
          mailboxes += 1;
          const { user, password } = await bed.mailbox(`project-${mailboxes}`);
          await bed.deliver(user, [octets()]);
          const { page, complaints } = await openPage(browser, `${site.origin}/${name}/index.html`);
          try {
            await page.waitForFunction(() => 'reader' in globalThis, { timeout: 30_000 });
            const settings = { server: 'implicit', user, password };
            const found = await page.evaluate(
              (way, asked) =>
                globalThis.reader[way]({ ...asked, url: new URL('/pop3', location).href }),
              reader,
              settings,
            );
            assertRead(found);
            assert.deepEqual(complaints, []);
            assert.equal(await bed.count(user), 0);
          } finally {
            await page.close();
          }
        });
      }
    }
  });
}
