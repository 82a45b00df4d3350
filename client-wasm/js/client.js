import * as check from './arguments.js';
import { cancellable, throwIfAborted } from './cancel.js';
import { DISPOSE, dispose } from './dispose.js';
import { Pop3Error } from './error.js';
import { Lifeline } from './lifeline.js';
import * as mailbox from './mailbox.js';
import { Pressure, progressSink, StreamSink } from './sink.js';
import { discardStreams } from './streams.js';

/** Proof that `connect` is the one who calls the constructor. */
const KEY = Symbol('Pop3Client');

/** The WebAssembly module that a class of clients is for: an `Instance`. */
export const MODULE = Symbol('module');

/** What the proxy calls its hop to the mail server when it is encrypted. */
const ENCRYPTED = ['implicit', 'starttls'];

/** One POP3 session; documented in index.d.ts. Each entry makes its `Pop3Client` of it. */
export class Client extends EventTarget {
  #module;
  #raw;
  #lifeline;
  #connection;
  /** Can nobody read along between here and the proxy, or where the streams begin? */
  #trustworthy;
  /** Has somebody signed in? */
  #signedIn = false;
  /** Has anybody ever listened to the progress of messages? It is not worked out for nobody. */
  #watched = false;
  /** The readers of messages that are behind, for whose sake the server is made to wait. */
  #pressure = new Pressure(
    () => this.#tell((raw) => raw.pause()),
    () => this.#tell((raw) => raw.resume()),
  );

  constructor(key, module, raw, lifeline, { url, streams } = {}) {
    super();
    if (key !== KEY) {
      throw new Pop3Error('invalid-argument', 'Use Pop3Client.connect() to open a session.');
    }
    this.#module = module;
    this.#raw = raw;
    this.#lifeline = lifeline;
    lifeline.watch((error) => this.#tellState('closed', error));
    this.#connection = streams?.connection;
    this.#trustworthy = this.#connection !== undefined || isTrustworthy(url);
  }

  /** What `tls` among the options comes to, with a module that knows it. */
  static security({ tls }) {
    if (tls === undefined) return undefined;
    throw new Pop3Error('invalid-argument', 'tls is an option of the client in pop3-wasm/tls.');
  }

  static async connect(options) {
    const { signal, ...target } = check.connectOptions(options);
    const security = this.security(options);
    try {
      throwIfAborted(signal);
      if (target.streams === undefined) needWebSocket();
      await this[MODULE].init();
      throwIfAborted(signal);
      return await Client.#open(this, { ...target, security }, signal);
    } catch (failure) {
      // The session ends its streams itself, but perhaps there has been none.
      const { streams } = target;
      if (streams !== undefined && failure.code !== 'invalid-argument') discardStreams(streams);
      throw failure;
    }
  }

  /** Opens a session of a class of clients, which is not this one itself. */
  static async #open(Pop3Client, target, signal) {
    const module = Pop3Client[MODULE];
    const lifeline = new Lifeline(module, target.security !== undefined);
    let raw;
    const greeted = lifeline.run(({ RawClient }) => {
      raw = start(RawClient, target, lifeline);
      return raw.greeted();
    });
    const client = new Pop3Client(KEY, module, raw, lifeline, target);
    const abort = () => client.close();
    signal?.addEventListener('abort', abort);
    try {
      await greeted;
      throwIfAborted(signal);
      client.#connection = raw.connection() ?? client.#connection;
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

  get state() {
    if (this.closed) return 'closed';
    return this.#signedIn ? 'transaction' : 'authorization';
  }

  addEventListener(type, ...how) {
    if (type === 'progress') this.#watched = true;
    super.addEventListener(type, ...how);
  }

  get pendingDeletions() {
    return this.closed ? [] : Array.from(this.#raw.pendingDeletions());
  }

  async getwelcome() {
    return this.#run((raw) => raw.getwelcome());
  }

  async user(name, options) {
    check.text(name, 'name');
    return this.#command(options, (raw, ticket) => raw.user(name, ticket));
  }

  async pass_(password, options) {
    check.text(password, 'password');
    return this.#signIn(options, (raw, ticket) => raw.pass(password, ticket));
  }

  async apop(name, password, options) {
    check.text(name, 'name');
    check.text(password, 'password');
    return this.#signIn(options, (raw, ticket) => raw.apop(name, password, ticket));
  }

  async rpop(name, options) {
    check.text(name, 'name');
    return this.#signIn(options, (raw, ticket) => raw.rpop(name, ticket));
  }

  async auth(mechanism, credentials) {
    const { name, secret, initialResponse } = check.authentication(mechanism, credentials);
    return this.#signIn(credentials, (raw, ticket) =>
      raw.auth(mechanism, name, secret, random(), initialResponse, ticket),
    );
  }

  async login(credentials) {
    const { user, password, token, encrypted, allowPlaintext } = check.credentials(credentials);
    const tls = this.#connection?.tls;
    const known = tls === 'end-to-end' || (this.#trustworthy && ENCRYPTED.includes(tls));
    const sure = encrypted ?? known;
    return this.#signIn(credentials, (raw, ticket) =>
      raw.login(user, password, token, random(), sure, allowPlaintext, ticket),
    );
  }

  async utf8(options) {
    return this.#command(options, (raw, ticket) => raw.utf8(ticket));
  }

  async lang(tag, options) {
    if (tag !== undefined) check.text(tag, 'tag');
    return this.#command(options, (raw, ticket) => raw.lang(tag, ticket));
  }

  async stat(options) {
    return this.#command(options, (raw, ticket) => raw.stat(ticket));
  }

  async list(number, options) {
    check.optionalNumber(number);
    return this.#command(options, (raw, ticket) => raw.list(number, ticket));
  }

  async uidl(number, options) {
    check.optionalNumber(number);
    return this.#command(options, (raw, ticket) => raw.uidl(number, ticket));
  }

  async retr(number, options) {
    check.messageNumber(number);
    return this.#fetch(number, check.fetchOptions(options), (raw, ...how) =>
      raw.retr(number, ...how),
    );
  }

  async top(number, lines, options) {
    check.messageNumber(number);
    check.lineCount(lines);
    return this.#fetch(number, check.fetchOptions(options), (raw, ...how) =>
      raw.top(number, lines, ...how),
    );
  }

  async dele(number, options) {
    check.messageNumber(number);
    return this.#command(options, (raw, ticket) => raw.dele(number, ticket));
  }

  async rset(options) {
    return this.#command(options, (raw, ticket) => raw.rset(ticket));
  }

  async noop(options) {
    return this.#command(options, (raw, ticket) => raw.noop(ticket));
  }

  async capa(options) {
    return this.#command(options, (raw, ticket) => raw.capa(ticket));
  }

  async *batch(commands, options) {
    const checked = { commands: check.batchCommands(commands), ...check.aheadOptions(options) };
    yield* mailbox.batch(this.#session(), checked);
  }

  async *messages(options) {
    yield* mailbox.messages(this.#session(), check.messagesOptions(options));
  }

  async checkNew(options) {
    return mailbox.checkNew(this.#session(), check.newOptions(options));
  }

  async *fetchNew(options) {
    yield* mailbox.fetchNew(this.#session(), check.newOptions(options));
  }

  async quit(options) {
    return this.#command(options, (raw, ticket) => raw.quit(ticket));
  }

  close() {
    this.#tell((raw) => raw.close());
  }

  async [DISPOSE]() {
    await dispose(this);
  }

  #run(command) {
    return this.#lifeline.run(() => command(this.#raw));
  }

  /** Tells the session something that has no answer. */
  #tell(words) {
    if (!this.#lifeline.broken) this.#module.call(() => words(this.#raw));
  }

  /** Runs a command with its caller's options. */
  #command(options, command) {
    return this.#cancellable(check.callOptions(options), command);
  }

  /** Runs a command that signs in. */
  async #signIn(options, command) {
    const reply = await this.#command(options, command);
    this.#signedIn = true;
    if (!this.closed) this.#tellState('transaction');
    return reply;
  }

  #tellState(state, error) {
    this.#tellEvent('state', error === undefined ? { state } : { state, error });
  }

  #tellEvent(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Who wants to know how far a message is: the caller of the command, and who listens. */
  #progress(number, onProgress) {
    if (!this.#watched) return onProgress;
    return (progress) => {
      if (!this.closed) this.#tellEvent('progress', { number, ...progress });
      onProgress?.(progress);
    };
  }

  /** Runs a command that gets a ticket as its last argument. */
  #cancellable(options, command) {
    return cancellable(options, (ticket) => this.#run((raw) => command(raw, ticket)), {
      cancel: (ticket) => this.#tell((raw) => raw.cancel(ticket)),
      release: (ticket) => this.#tell((raw) => raw.release(ticket)),
    });
  }

  /** RETR or TOP, whose last arguments are sink, whether it gets the octets, and ticket. */
  #fetch(number, { stream, onProgress, ...options }, command) {
    if (stream) return this.#stream(number, { onProgress, ...options }, command);
    const sink = progressSink(this.#progress(number, onProgress));
    return this.#cancellable(options, (raw, ticket) => command(raw, sink, false, ticket));
  }

  /** Gives the message as soon as it begins. */
  #stream(number, { onProgress, signal, ...options }, command) {
    const unread = new AbortController();
    return new Promise((resolve, reject) => {
      const sink = new StreamSink({
        number,
        onBegin: resolve,
        onCancel: (reason) => unread.abort(reason),
        onProgress: this.#progress(number, onProgress),
        pressure: this.#pressure,
      });
      const either = signal === undefined ? [unread.signal] : [unread.signal, signal];
      this.#cancellable({ ...options, signal: AbortSignal.any(either) }, (raw, ticket) =>
        command(raw, sink, true, ticket),
      ).then(
        () => sink.close(),
        (failure) => {
          sink.fail(failure);
          // Where the message had begun, this says nothing any more.
          reject(failure);
        },
      );
    });
  }

  /** What `mailbox.js` works with. */
  #session() {
    const client = this;
    return {
      get closed() {
        return client.closed;
      },
      listedSize: (number) => (this.closed ? undefined : this.#raw.listedSize(number)),
      command: ([name, ...args], options) => this.#issue(name, args, options),
      module: (work) => this.#lifeline.run((module) => Promise.resolve(work(module))),
      release: (object) => {
        if (!this.#lifeline.broken) object.free();
      },
    };
  }

  /** One of the commands of a batch, with its arguments checked. */
  #issue(name, [first, second], { onProgress, ...options }) {
    const message = name === 'retr' || name === 'top';
    const sink = message ? progressSink(this.#progress(first, onProgress)) : undefined;
    return this.#cancellable(options, (raw, ticket) => {
      if (name === 'retr') return raw.retr(first, sink, false, ticket);
      if (name === 'top') return raw.top(first, second, sink, false, ticket);
      return raw[name](first, ticket);
    });
  }
}

/** Has the module start a session. */
function start(RawClient, { url, server, bearer, streams, security, settings }, lifeline) {
  const rest = security === undefined ? [settings, lifeline] : [security, settings, lifeline];
  if (streams !== undefined) {
    const { readable, writable } = streams;
    if (security === undefined) return RawClient.streams(readable, writable, ...rest);
    return RawClient.secureStreams(readable, writable, ...rest);
  }
  if (security === undefined) return new RawClient(url, server, bearer, ...rest);
  return RawClient.secure(url, server, bearer, ...rest);
}

/** As browsers see it: encrypted, or on this machine. */
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
