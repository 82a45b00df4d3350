/**
 * The tests of the client's crates, as WebAssembly in each browser. `cargo xtask test wasm` compiles
 * them; what each is called natively is what must have run.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BROWSERS, launch, openPage } from '../lib/browsers.js';
import { serve } from '../lib/site.js';

const compiled = process.env.POP3_WASM_TESTS;
const expected = JSON.parse(await readFile(join(compiled, 'tests.json'), 'utf8'));

let site;
before(async () => {
  site = await serve({ compiled, site: fileURLToPath(new URL('site', import.meta.url)) });
});
after(() => site?.stop());

for (const name of BROWSERS) {
  describe(name, () => {
    let browser;
    before(async () => {
      browser = await launch(name);
    });
    after(() => browser?.close());

    for (const [module, names] of Object.entries(expected)) {
      describe(module, () => {
        let outcome;
        before(async () => {
          outcome = await runAll(browser, module);
        });

        test('runs the tests that run natively, and no other', () => {
          assert.deepEqual(Object.keys(outcome.results).sort(), names.toSorted());
        });
        for (const title of names) {
          test(title, () => {
            assert.equal(outcome.results[title], 'ok', outcome.reason(title));
          });
        }
      });
    }
  });
}

/** Runs all tests of a module in a page of its own. Gives what came of each, by name. */
async function runAll(browser, module) {
  const { page, complaints } = await openPage(browser, `${site.origin}/site/index.html`);
  try {
    const output = await page.evaluate(async (path) => {
      const { default: init, WasmBindgenTestContext: Context } = await import(`${path}.js`);
      // What wasm-bindgen's own runner has in its page: a call from JavaScript, so that a panic in
      // one test is an exception that the others survive.
      globalThis.__wbg_test_invoke = (call) => call();
      const instance = await init({ module_or_path: `${path}_bg.wasm` });
      // A test that is to be ignored has a dollar sign there; there must be none, as natively.
      const tests = Object.keys(instance).filter((key) => key.startsWith('__wbgt_'));
      await new Context(false).run(tests.map((key) => instance[key]));
      return document.getElementById('output').textContent;
    }, `/compiled/${module}`);
    const results = {};
    for (const [, title, result] of output.matchAll(/^test (\S+) \.\.\. (.*)$/gm)) {
      results[title] = result;
    }
    // The exception of each failure follows the list, under a line of its own; what the panic said
    // is on the console.
    const told = output.split(/^---- (\S+) output ----$/m);
    const reason = (title) => [told[told.indexOf(title) + 1], ...complaints].join('\n');
    return { results, reason };
  } finally {
    await page.close();
  }
}
