// Straight to the server, by the sockets that the conditions of the package's exports have chosen.
import process from 'node:process';
import { connect, Pop3Error } from 'pop3-wasm/sockets';
import { job } from './job.js';
import { parseAlone, parseMessage } from './package.js';

const Pop3Client = { connect };
const settings = JSON.parse(process.argv.at(-1));
console.log(
  JSON.stringify(await job({ parseAlone, parseMessage, Pop3Client, Pop3Error }, settings)),
);
