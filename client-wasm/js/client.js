import * as check from './arguments.js';
import { Pop3Error } from './error.js';
import { Lifeline } from './lifeline.js';
import { call, init } from './module.js';
import { discardStreams } from './streams.js';

/** Proof that `connect` is the one who calls the constructor. */
const KEY = Symbol('Pop3Client');

/** What the proxy calls its hop to the mail server when it is encrypted. */
const ENCRYPTED = ['implicit', 'starttls'];

/** One POP3 session; documented in index.d.ts. */
export class Pop3Client {
  #raw;
  #lifeline;
  #connection;
  /** Can nobody read along between here and the proxy? */
  #trustworthy;

  constructor(key, raw, lifeline, url) {
    if (key !== KEY) {
      throw new Pop3Error('invalid-argument', 'Use Pop3Client.connect() to open a session.');
    }
    this.#raw = raw;
    this.#lifeline = lifeline;
    this.#trustworthy = isTrustworthy(url);
  }

  static async connect(options) {
    const { signal, ...target } = check.connectOptions(options);
    try {
      throwIfAborted(signal);
      if (target.streams === undefined) needWebSocket();
      await init();
      throwIfAborted(signal);
      return await Pop3Client.#open(target, signal);
    } catch (failure) {
      // The session ends its streams itself, but perhaps there has been none.
      const { streams } = target;
      if (streams !== undefined && failure.code !== 'invalid-argument') discardStreams(streams);
      throw failure;
    }
  }

  static async #open({ url, server, streams, connectTimeout, commandTimeout }, signal) {
    const lifeline = new Lifeline();
    const limits = [connectTimeout, commandTimeout, lifeline];
    let raw;
    const greeted = lifeline.run(({ RawClient }) => {
      raw =
        streams === undefined
          ? new RawClient(url, server, ...limits)
          : RawClient.streams(streams.readable, streams.writable, ...limits);
      return raw.greeted();
    });
    const client = new Pop3Client(KEY, raw, lifeline, url);
    const abort = () => client.close();
    signal?.addEventListener('abort', abort);
    try {
      await greeted;
      throwIfAborted(signal);
      client.#connection = raw.connection();
      return client;
    } catch (failure) {
      throwIfAborted(signal);
      throw failure;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  get connection() {
    return this.#connection;
  }

  get closed() {
    return this.#lifeline.broken || this.#raw.closed();
  }

  async getwelcome() {
    return this.#run((raw) => raw.getwelcome());
  }

  async user(name) {
    check.text(name, 'name');
    return this.#run((raw) => raw.user(name));
  }

  async pass_(password) {
    check.text(password, 'password');
    return this.#run((raw) => raw.pass(password));
  }

  async apop(name, password) {
    check.text(name, 'name');
    check.text(password, 'password');
    return this.#run((raw) => raw.apop(name, password));
  }

  async rpop(name) {
    check.text(name, 'name');
    return this.#run((raw) => raw.rpop(name));
  }

  async auth(mechanism, credentials) {
    const { name, secret, initialResponse } = check.authentication(mechanism, credentials);
    return this.#run((raw) => raw.auth(mechanism, name, secret, random(), initialResponse));
  }

  async login(credentials) {
    const { user, password, token, encrypted, allowPlaintext } = check.credentials(credentials);
    const known = this.#trustworthy && ENCRYPTED.includes(this.#connection?.tls);
    return this.#run((raw) =>
      raw.login(user, password, token, random(), encrypted ?? known, allowPlaintext),
    );
  }

  async utf8() {
    return this.#run((raw) => raw.utf8());
  }

  async lang(tag) {
    if (tag !== undefined) check.text(tag, 'tag');
    return this.#run((raw) => raw.lang(tag));
  }

  async stat() {
    return this.#run((raw) => raw.stat());
  }

  async list(number) {
    check.optionalNumber(number);
    return this.#run((raw) => raw.list(number));
  }

  async uidl(number) {
    check.optionalNumber(number);
    return this.#run((raw) => raw.uidl(number));
  }

  async retr(number, options) {
    check.messageNumber(number);
    const report = shielded(check.progressCallback(options));
    return this.#run((raw) => raw.retr(number, report));
  }

  async top(number, lines, options) {
    check.messageNumber(number);
    check.lineCount(lines);
    const report = shielded(check.progressCallback(options));
    return this.#run((raw) => raw.top(number, lines, report));
  }

  async dele(number) {
    check.messageNumber(number);
    return this.#run((raw) => raw.dele(number));
  }

  async rset() {
    return this.#run((raw) => raw.rset());
  }

  async noop() {
    return this.#run((raw) => raw.noop());
  }

  async capa() {
    return this.#run((raw) => raw.capa());
  }

  async quit() {
    return this.#run((raw) => raw.quit());
  }

  close() {
    if (!this.#lifeline.broken) call(() => this.#raw.close());
  }

  async [Symbol.asyncDispose ?? Symbol('asyncDispose')]() {
    if (this.closed) return;
    try {
      await this.quit();
    } catch {
      // The server did not commit the deletions, and there is nobody left to tell.
      this.close();
    }
  }

  #run(command) {
    return this.#lifeline.run(() => command(this.#raw));
  }
}

/** As browsers see it: encrypted, or on this machine. Of streams nothing is known. */
function isTrustworthy(url) {
  if (url === undefined) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'wss:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** Fresh octets for the mechanisms that want some. */
function random() {
  return globalThis.crypto.getRandomValues(new Uint8Array(18));
}

function needWebSocket() {
  if (typeof globalThis.WebSocket === 'function') return;
  throw new Pop3Error(
    'connect-failed',
    'This runtime has no WebSocket. In Node 20, start with --experimental-websocket or assign ' +
      'globalThis.WebSocket, for instance from the package ws.',
  );
}

function throwIfAborted(signal) {
  if (signal?.aborted) {
    const { reason } = signal;
    throw new Pop3Error('aborted', 'The connection attempt was abandoned.', { cause: reason });
  }
}

/** A callback whose own failure is reported like that of an event listener, and stops nothing. */
function shielded(onProgress) {
  if (onProgress === undefined) return undefined;
  return (received, expected) => {
    try {
      onProgress(expected === undefined ? { received } : { received, expected });
    } catch (error) {
      (globalThis.reportError ?? console.error)(error);
    }
  };
}
