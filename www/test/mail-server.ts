/**
 * A POP3 server of this process, for the real client at the other end of a pair of streams. It keeps
 * a mailbox, deletes at QUIT (RFC 1939), lets one session in at a time, and breaks where a test says.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { init, Pop3Client } from 'pop3-wasm';
import { init as initMessages } from 'pop3-wasm/message';
import type { Connect } from '../src/worker/sync/types.ts';

declare const PACKAGE_TYPES: string;

const dist = join(dirname(PACKAGE_TYPES), '../dist');

/** Both WebAssembly modules, which no test server serves. */
export async function loadModules(): Promise<void> {
  await init(readFileSync(join(dist, 'pop3_wasm_bg.wasm')));
  await initMessages(readFileSync(join(dist, 'pop3_wasm_message_bg.wasm')));
}

export interface ServerMessage {
  uid: string;
  octets: string;
}

/**
 * How a session breaks at a command: before it is obeyed; after that, with the answer lost; or in the
 * middle of the answer.
 */
export type Break = 'before' | 'after' | 'middle';

export class MailServer {
  messages: ServerMessage[];
  /** Command lines of all sessions; `connect` begins each. */
  readonly log: string[] = [];
  uidl = true;
  top = true;
  password = 'secret';
  /** Lines of CAPA. */
  capabilities = ['USER', 'UIDL', 'TOP', 'PIPELINING'];
  /** Answers in place of the usual ones, by line or by its first word. */
  readonly answers: Record<string, string> = {};
  /** Where sessions break, if they do. */
  breaks: (line: string) => Break | undefined = () => undefined;
  /** Waited for before a line is answered. */
  holds: (line: string) => Promise<void> | undefined = () => undefined;
  /** Told when a message is marked, and when it is gone. */
  onMark: (message: ServerMessage) => void = () => {};
  onGone: (message: ServerMessage) => void = () => {};
  /** The session that has the mailbox. */
  #locked: object | undefined;
  #hangUps = new Set<() => void>();

  constructor(messages: ServerMessage[] = []) {
    this.messages = messages;
  }

  readonly connect: Connect = (_to, _credentials, signal) => {
    this.log.push('connect');
    return Pop3Client.connect({ streams: this.#session(), signal });
  };

  /** Ends all sessions. */
  hangUp(): void {
    for (const hangUp of [...this.#hangUps]) hangUp();
  }

  #session(): { readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array> } {
    const me = {};
    const marked = new Set<ServerMessage>();
    let box: ServerMessage[] = [];
    let user = '';
    let rest = '';
    let over = false;
    let output: ReadableStreamDefaultController<Uint8Array>;
    const send = (text: string): void => {
      if (!over) output.enqueue(Buffer.from(text, 'latin1'));
    };
    const end = (): void => {
      if (over) return;
      over = true;
      this.#hangUps.delete(end);
      if (this.#locked === me) this.#locked = undefined;
      output.close();
    };
    this.#hangUps.add(end);

    const obey = (line: string): string => {
      const [verb = '', argument = ''] = line.split(' ');
      const scripted = this.answers[line] ?? this.answers[verb];
      if (scripted !== undefined) return scripted;
      const message = box[Number(argument) - 1];
      const there = message !== undefined && !marked.has(message) ? message : undefined;
      const list = (cell: (message: ServerMessage) => string): string =>
        `+OK\r\n${box.map((one, at) => `${at + 1} ${cell(one)}\r\n`).join('')}.\r\n`;
      switch (verb) {
        case 'CAPA':
          return `+OK\r\n${this.capabilities.map((name) => `${name}\r\n`).join('')}.\r\n`;
        case 'USER':
          user = argument;
          return '+OK\r\n';
        case 'PASS':
          if (argument !== this.password) return '-ERR [AUTH] no\r\n';
          if (this.#locked) return '-ERR [IN-USE] busy\r\n';
          this.#locked = me;
          box = [...this.messages];
          return `+OK ${user}\r\n`;
        case 'STAT':
          return `+OK ${box.length} ${box.reduce((sum, { octets }) => sum + octets.length, 0)}\r\n`;
        case 'LIST':
          return list(({ octets }) => String(octets.length));
        case 'UIDL':
          return this.uidl ? list(({ uid }) => uid) : '-ERR what?\r\n';
        case 'TOP':
          if (!this.top) return '-ERR what?\r\n';
          return there ? multiline(`${there.octets.split('\r\n\r\n')[0]}\r\n\r\n`) : '-ERR no\r\n';
        case 'RETR':
          return there ? multiline(there.octets) : '-ERR no\r\n';
        case 'DELE':
          if (!there) return '-ERR no\r\n';
          marked.add(there);
          this.onMark(there);
          return '+OK\r\n';
        case 'RSET':
          marked.clear();
          return '+OK\r\n';
        case 'QUIT':
          for (const gone of marked) this.onGone(gone);
          this.messages = this.messages.filter((one) => !marked.has(one));
          return '+OK\r\n';
        default:
          return '+OK\r\n';
      }
    };

    const receive = async (line: string): Promise<void> => {
      if (over) return;
      this.log.push(line);
      await this.holds(line);
      if (over) return;
      const broken = this.breaks(line);
      if (broken === 'before') return end();
      const answer = obey(line);
      if (broken === 'middle') send(answer.slice(0, answer.length / 2));
      if (broken) return end();
      send(answer);
      if (line === 'QUIT') end();
    };

    const readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        output = controller;
        send('+OK ready\r\n');
      },
      cancel: () => {
        over = true;
        this.#hangUps.delete(end);
        if (this.#locked === me) this.#locked = undefined;
      },
    });
    let turn = Promise.resolve();
    const writable = new WritableStream<Uint8Array>({
      write: (octets) => {
        const lines = (rest + Buffer.from(octets).toString('latin1')).split('\r\n');
        rest = lines.pop() ?? '';
        for (const line of lines) turn = turn.then(() => receive(line));
      },
      close: end,
      abort: end,
    });
    return { readable, writable };
  }
}

function multiline(message: string): string {
  const stuffed = message.replaceAll('\r\n.', '\r\n..').replace(/^\./, '..');
  return `+OK\r\n${stuffed}${stuffed.endsWith('\r\n') ? '' : '\r\n'}.\r\n`;
}

/** A message that is told from others by its tag. */
export function letter(tag: string, size = 0): ServerMessage {
  const body = `This is ${tag}.\r\n${'.'.repeat(size)}\r\n`;
  return { uid: `uid-${tag}`, octets: `Subject: ${tag}\r\nFrom: a@example.org\r\n\r\n${body}` };
}
