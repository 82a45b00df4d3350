/**
 * pop3-wasm/worker-entry and pop3-wasm/worker-tls-entry: what `connectInWorker` of `pop3-wasm/worker` runs in
 * its worker. To be imported by a worker's script of your own, where the bundler does not make one.
 */
export {};
