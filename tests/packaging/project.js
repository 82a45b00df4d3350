/** Projects of users: folders outside of the repository, with the packed package installed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tools = join(root, 'node_modules/.bin');

/** What `cargo xtask build` has packed. */
export const PACKED = process.env.POP3_NPM ?? join(root, 'target/npm');

/** The tarball, of which there has to be one. */
export function tarball() {
  const names = readdirSync(PACKED).filter((name) => name.endsWith('.tgz'));
  assert.equal(names.length, 1, `one tarball in ${PACKED}, not ${names}`);
  return join(PACKED, names[0]);
}

/**
 * Makes a project of the files in these folders of `projects/`, of which the later ones win. Gives its
 * `folder`; `run(program, ...args)`, which gives what the program printed, and knows the tools that
 * package-lock.json pins; and `end()`.
 */
export async function makeProject({ folders = [], type = 'module' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pop3-wasm-project-'));
  const environment = {
    ...process.env,
    PATH: [tools, process.env.PATH].join(delimiter),
    // Nothing here may ask a network.
    DENO_NO_UPDATE_CHECK: '1',
    DO_NOT_TRACK: '1',
    NO_COLOR: '1',
  };
  async function run(program, ...args) {
    const options = { cwd: folder, env: environment, timeout: 120_000, maxBuffer: 2 ** 24 };
    try {
      const { stdout } = await promisify(execFile)(program, args, options);
      return stdout;
    } catch (error) {
      // Tools differ in where they complain.
      throw new Error(`${program} ${args[0]}: ${error.message}\n${error.stdout}`);
    }
  }
  const end = () => rmSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type }));
    for (const name of folders) {
      cpSync(new URL(`projects/${name}`, import.meta.url), folder, { recursive: true });
    }
    await run('npm', 'install', '--offline', '--no-audit', '--no-fund', tarball());
  } catch (error) {
    end();
    throw error;
  }
  return { folder, run, end };
}
