import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { expose } from 'comlink';
import type { Message } from 'pop3-wasm';
import { failed, success, type Outcome } from '../src/lib/outcome.ts';
import { ParserClient } from '../src/worker/parser-client.ts';
import type { Summary } from '../src/worker/protocol.ts';
import { SessionClient } from '../src/worker/session-client.ts';
import { MailSession } from '../src/worker/session.ts';
import { fakeServer } from './fake-client.ts';

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
const SUMMARY: Summary = { from: undefined, subject: 's', date: 1, attachments: false };

/** A parser that does what the message says. */
const PARSER = {
  summarise: async (message: Uint8Array): Promise<Outcome<Summary>> => {
    switch (new TextDecoder().decode(message)) {
      case 'trap':
        return failed({ code: 'internal', blame: 'package' });
      case 'damaged':
        return failed({ code: 'parse-failed', blame: 'package' });
      case 'circles':
        return new Promise(() => {});
      case 'uncloneable':
        return success({ ...SUMMARY, subject: (() => {}) as unknown as string });
      default:
        return success(SUMMARY);
    }
  },
  parse: async (): Promise<Outcome<Message>> => failed({ code: 'parse-failed', blame: 'package' }),
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
    const outcomes = await Promise.all(messages.map((text) => parser.summarise(octets(text))));
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      [true, false, true, false, true, false, false, true],
    );
    for (const outcome of outcomes)
      if (!outcome.ok) assert.equal(outcome.failure.code, 'parse-failed');
    // A trap, a hang and an answer that does not arrive each cost a worker; a refusal does not.
    assert.equal(started.length, 4);
  });

  test('an opened message goes before the rows of the list', async () => {
    const parser = new ParserClient(workers(() => PARSER).start);
    const order: string[] = [];
    const jobs = [1, 2, 3].map((at) =>
      parser.summarise(octets('x')).then(() => order.push(`row ${at}`)),
    );
    jobs.push(parser.parse(octets('x')).then(() => order.push('message')));
    await Promise.all(jobs);
    assert.deepEqual(order, ['row 1', 'message', 'row 2', 'row 3']);
  });

  test('a worker that cannot be started fails the message, not the page', async () => {
    const parser = new ParserClient(() => {
      throw new Error('blocked');
    });
    assert.equal((await parser.parse(octets('x'))).ok, false);
  });

  test('a session worker that dies answers every call, and sign-in starts another', async () => {
    const server = fakeServer('a');
    const { started, start } = workers(() => new MailSession(server.connect));
    const session = new SessionClient(start);
    const credentials = { url: 'ws://x/pop3', server: 's', user: 'u', password: 'p' };
    assert.ok((await session.signIn(credentials)).ok);
    const pending = session.headers(['a'], () => new Promise(() => {}));
    started[0]?.dispatchEvent(new Event('error', { cancelable: true }));
    const { outcome } = await pending;
    assert.equal(outcome.ok ? '' : outcome.failure.code, 'worker-died');
    const report = await session.signOut(['a']);
    assert.deepEqual(
      [report.kept.map(({ key }) => key), report.failure?.code],
      [['a'], 'worker-died'],
    );
    assert.ok((await session.signIn(credentials)).ok);
    assert.equal(started.length, 2);
  });
});
