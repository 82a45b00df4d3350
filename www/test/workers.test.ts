import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { expose } from 'comlink';
import type { Message } from 'pop3-wasm';
import { failed, success, type Outcome } from '../src/lib/outcome.ts';
import { ParserClient } from '../src/worker/parser-client.ts';

/** Every port that is made, comlink's own too: an open one would keep the process from ending. */
const ports: MessagePort[] = [];
const Channel = globalThis.MessageChannel;

class RecordedChannel extends Channel {
  constructor() {
    super();
    ports.push(this.port1, this.port2);
  }
}

/** Ports that stand for workers, and how many were started. */
function workers(api: () => object) {
  const started: Worker[] = [];
  const start = (): Worker => {
    const { port1, port2 } = new MessageChannel();
    expose(api(), port2);
    const worker = Object.assign(port1, { terminate: () => port1.close() }) as unknown as Worker;
    started.push(worker);
    return worker;
  };
  return { started, start };
}

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
const MESSAGE = { subject: 's' } as Message;

/** A parser that does what the message says. */
const PARSER = {
  parse: async (message: Uint8Array): Promise<Outcome<Message>> => {
    switch (new TextDecoder().decode(message)) {
      case 'trap':
        return failed({ code: 'internal', blame: 'package' });
      case 'damaged':
        return failed({ code: 'parse-failed', blame: 'package' });
      case 'circles':
        return new Promise(() => {});
      case 'uncloneable':
        return success({ ...MESSAGE, subject: (() => {}) as unknown as string });
      default:
        return success(MESSAGE);
    }
  },
};

describe('workers', () => {
  before(() => {
    globalThis.MessageChannel = RecordedChannel;
  });
  after(() => {
    globalThis.MessageChannel = Channel;
    for (const port of ports) port.close();
  });

  test('a message that stops the parser is given up, and the others go on', async () => {
    const { started, start } = workers(() => PARSER);
    const parser = new ParserClient(start, 200);
    const messages = ['good', 'trap', 'good', 'circles', 'good', 'uncloneable', 'damaged', 'good'];
    const outcomes = await Promise.all(messages.map((text) => parser.parse(octets(text))));
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      [true, false, true, false, true, false, false, true],
    );
    for (const outcome of outcomes)
      if (!outcome.ok) assert.equal(outcome.failure.code, 'parse-failed');
    // A trap, a hang and an answer that does not arrive each cost a worker; a refusal does not.
    assert.equal(started.length, 4);
  });

  test('a worker that cannot be started fails the message, not the page', async () => {
    const parser = new ParserClient(() => {
      throw new Error('blocked');
    });
    assert.equal((await parser.parse(octets('x'))).ok, false);
  });
});
