// CommonJS that requires the package.
const pop3 = require('pop3-wasm');
const { parseMessage: parseAlone } = require('pop3-wasm/message');

async function main(settings) {
  const { job } = await import('./job.js');
  console.log(JSON.stringify(await job({ ...pop3, parseAlone }, settings)));
}

void main(JSON.parse(process.argv.at(-1)));
