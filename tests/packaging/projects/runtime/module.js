// An ES module for Node, Deno and Bun. The last argument says in JSON what is to be read.
import process from 'node:process';
import { read } from './read.js';

console.log(JSON.stringify(await read(JSON.parse(process.argv.at(-1)))));
