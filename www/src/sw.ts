/**
 * The service worker. It keeps one version of the page whole, so that the page opens without a
 * network, and never loads a part of another version. A new version is stored beside the one in use
 * and waits until the page asks for it, or until no tab shows the old one.
 *
 * What is not in the list of files goes to the network as if there were no service worker: the list
 * of servers, the sessions, and whatever else the site has.
 */

/** By path from the page, the digest of each file. Both are filled in by the build. */
declare const FILES: Readonly<Record<string, string>>;
declare const VERSION: string;

// What the DOM's types lack, since they are those of a window.
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface ServiceWorkerScope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

const worker = self as unknown as ServiceWorkerScope;

const DIGESTS = FILES;
const PREFIX = 'pop3-page-';
const CACHE = PREFIX + VERSION;
const SCOPE = new URL(worker.registration.scope);
const PAGE = 'index.html';

/** All or nothing: a version of which a file is missing is not installed, and tried again later. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(
      Object.entries(DIGESTS).map(async ([path, integrity]) => {
        const url = new URL(path, SCOPE).href;
        const response = (await sameFile(path, url)) ?? (await fetchFile(url, integrity));
        await cache.put(url, response);
      }),
    );
  } catch (thrown) {
    await caches.delete(CACHE);
    throw thrown;
  }
}

/** From another version, where the name says that it is the same: it has a digest in it. */
async function sameFile(path: string, url: string): Promise<Response | undefined> {
  return path.startsWith('assets/') ? caches.match(url, { ignoreVary: true }) : undefined;
}

/** Rejects if the site has another version by now: the digest tells. */
async function fetchFile(url: string, integrity: string): Promise<Response> {
  const response = await fetch(url, { integrity, cache: 'no-cache', redirect: 'error' });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response;
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** The path of what this version keeps: its files, and below them what is kept once it was used. */
function pathOf({ method, url }: Request): string | undefined {
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== SCOPE.origin) return undefined;
  if (!pathname.startsWith(SCOPE.pathname)) return undefined;
  const path = pathname.slice(SCOPE.pathname.length) || PAGE;
  return Object.hasOwn(DIGESTS, path) || keptOnUse(path) ? path : undefined;
}

/** Too many to be loaded in advance. Their names have a version in them. */
function keptOnUse(path: string): boolean {
  return path.startsWith('assets/') && path.endsWith('.bcmap');
}

/** With the headers that it came with, its policy among them. */
async function answer(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const url = new URL(path, SCOPE).href;
  const stored = await cache.match(url, { ignoreVary: true });
  if (stored) return stored;
  // The browser may have thrown it away, or this is the first use.
  const response = await fetch(request);
  if (response.ok && keptOnUse(path)) await cache.put(url, response.clone());
  return response;
}

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void worker.skipWaiting();
});
worker.addEventListener('fetch', (event) => {
  const path = pathOf(event.request);
  if (path !== undefined) event.respondWith(answer(path, event.request));
});

export {};
