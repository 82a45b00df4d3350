import { trustedWorkerUrl } from '../lib/trusted.ts';
import { Observable } from './observable.ts';

export interface UpdateState {
  /** A new version of the page is stored, and waits. */
  ready: boolean;
}

const SCRIPT = './sw.js';
/** Between looks for a new version, while the page stays open. */
const LOOK_AGAIN_MS = 60 * 60 * 1000;

/** Newer versions of the page itself, by way of its service worker. */
export class Updates extends Observable<UpdateState> {
  #registration: ServiceWorkerRegistration | undefined;

  constructor() {
    super({ ready: false });
  }

  /** Has the page stored, so that it opens without a network. Does nothing where that cannot be. */
  async start(): Promise<void> {
    const container = (navigator as Partial<Navigator>).serviceWorker;
    if (container === undefined) return;
    // The first service worker takes a page over that is of its own version.
    const first = container.controller === null;
    let reloading = false;
    container.addEventListener('controllerchange', () => {
      if ((first && !this.state.ready) || reloading) return;
      // In every tab: the parts of the old version are gone.
      reloading = true;
      location.reload();
    });
    let registration: ServiceWorkerRegistration;
    try {
      const script = trustedWorkerUrl(SCRIPT, [SCRIPT]);
      registration = await container.register(script, { scope: './', updateViaCache: 'none' });
    } catch {
      // A private window, no network, or a site that is served without it: the page works all the same.
      return;
    }
    this.#registration = registration;
    this.#watch(registration);
    registration.addEventListener('updatefound', () => this.#watch(registration));
    setInterval(() => void registration.update().catch(() => {}), LOOK_AGAIN_MS);
  }

  /** The version that waits takes over, and all tabs of the page are loaded anew. */
  apply(): void {
    this.#registration?.waiting?.postMessage('take-over');
  }

  #watch({ installing, waiting }: ServiceWorkerRegistration): void {
    const { controller } = navigator.serviceWorker;
    if (waiting && controller) this.patch({ ready: true });
    installing?.addEventListener('statechange', () => {
      const replaces = navigator.serviceWorker.controller !== null;
      if (installing.state === 'installed' && replaces) this.patch({ ready: true });
    });
  }
}
