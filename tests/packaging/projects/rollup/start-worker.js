/** Rollup bundles no workers, so this one is an entry of its own beside the page. */
export function startWorker() {
  return new Worker('./worker.js', { type: 'module' });
}
