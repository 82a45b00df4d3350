import type { Pop3Client } from 'pop3-wasm';
import type { Connect } from '../src/worker/session.ts';

/** A mailbox of the tests: uid and content of each message. Deleted at QUIT, as in RFC 1939. */
export interface FakeServer {
  messages: { uid: string; octets: string }[];
  /**
   * What each command rejects with, by its name; `lost` ends the session as well, `hangs` never
   * answers, and after `protocol-error` the command was obeyed all the same.
   */
  fails: Record<string, string>;
  /** Commands as they came, each session beginning with `connect`. */
  log: string[];
  /** The server knows no UIDL. */
  withoutUidl?: boolean;
  /** Ends the session that stands. */
  hangUp(): void;
  connect: Connect;
}

export function pop3Error(code: string): Error {
  const blame = code === 'protocol-error' ? 'protocol' : 'server';
  return Object.assign(new Error(code), { name: 'Pop3Error', code, blame });
}

export function fakeServer(...uids: string[]): FakeServer {
  let current: Session | undefined;
  const server: FakeServer = {
    messages: uids.map((uid) => ({ uid, octets: `Subject: ${uid}\r\n\r\n` })),
    fails: {},
    log: [],
    hangUp() {
      current?.end();
    },
    connect: async () => {
      server.log.push('connect');
      if (server.fails['connect']) throw pop3Error(server.fails['connect']);
      const session = new Session();
      current = session;
      return client(server, session) as unknown as Pop3Client;
    },
  };
  return server;
}

class Session {
  closed = false;
  end = (): void => {};
  readonly ended = new Promise<void>((resolve) => {
    this.end = () => {
      this.closed = true;
      resolve();
    };
  });
}

function client(server: FakeServer, session: Session) {
  const box = [...server.messages];
  const marked = new Set<number>();

  async function answer<T>(command: string, result: () => T): Promise<T> {
    server.log.push(command);
    await Promise.resolve();
    if (session.closed) throw pop3Error('connection-lost');
    const name = command.split(' ')[0] ?? '';
    const failure = server.fails[command] ?? server.fails[name];
    if (failure === 'lost') session.end();
    if (failure === 'hangs') await session.ended;
    if (session.closed) throw pop3Error('connection-lost');
    if (failure === 'protocol-error') result();
    if (failure) throw pop3Error(failure);
    return result();
  }

  const raw = (number: number) => {
    const message = box[number - 1];
    if (message === undefined) throw pop3Error('rejected');
    return { number, text: '', octets: new TextEncoder().encode(message.octets) };
  };

  return {
    get closed() {
      return session.closed;
    },
    connection: { server: 'fake', tls: 'none' },
    user: () => answer('user', () => ({})),
    pass_: () => answer('pass', () => ({})),
    list: () =>
      answer('list', () => box.map(({ octets }, at) => ({ number: at + 1, size: octets.length }))),
    uidl: () =>
      answer('uidl', () => {
        if (server.withoutUidl) throw pop3Error('rejected');
        return box.map(({ uid }, at) => ({ number: at + 1, uid }));
      }),
    top: (number: number) => answer(`top ${number}`, () => raw(number)),
    retr: (number: number) => answer(`retr ${number}`, () => raw(number)),
    dele: (number: number) => answer(`dele ${number}`, () => marked.add(number)),
    quit: () =>
      answer('quit', () => {
        session.end();
        const gone = new Set([...marked].map((number) => box[number - 1]));
        server.messages = server.messages.filter((message) => !gone.has(message));
      }),
    close: session.end,
  };
}
