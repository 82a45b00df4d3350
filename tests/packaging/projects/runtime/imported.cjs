// CommonJS that imports the package when it is wanted.
async function main(settings) {
  const pop3 = await import('pop3-wasm');
  const { parseMessage: parseAlone } = await import('pop3-wasm/message');
  const { job } = await import('./job.js');
  console.log(JSON.stringify(await job({ ...pop3, parseAlone }, settings)));
}

void main(JSON.parse(process.argv.at(-1)));
