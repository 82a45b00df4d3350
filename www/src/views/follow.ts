import type { ReactiveController, ReactiveControllerHost } from 'lit';

interface Source {
  /** Gives what ends it. */
  subscribe(listener: () => void): () => void;
}

/** Has an element drawn anew whenever its source changes, or becomes another one. */
export class Follow implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #source: () => Source | undefined;
  #followed: Source | undefined;
  #end: (() => void) | undefined;

  constructor(host: ReactiveControllerHost, source: () => Source | undefined) {
    this.#host = host;
    this.#source = source;
    host.addController(this);
  }

  hostConnected(): void {
    this.#follow(this.#source());
  }

  hostUpdate(): void {
    this.#follow(this.#source());
  }

  hostDisconnected(): void {
    this.#follow(undefined);
  }

  #follow(source: Source | undefined): void {
    if (source === this.#followed) return;
    this.#end?.();
    this.#followed = source;
    this.#end = source?.subscribe(() => this.#host.requestUpdate());
  }
}
