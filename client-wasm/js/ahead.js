/** Running ahead of a reader: answers are on their way while he works on the ones before. */

/**
 * Starts jobs and yields `[job, { value } | { error }]` in their order. A job has `start()`, which
 * gives a Promise, and `size`, its octets as far as known. As many are started as the window
 * allows, counted from the one that the reader gets next, and always that one; the failure of one
 * is its own.
 */
export async function* ahead(jobs, window) {
  const source = jobs[Symbol.iterator]();
  const started = [];
  let octets = 0;
  let complete = false;
  const start = () => {
    while (!complete && fits(started.length, octets, window)) {
      const { value: job, done } = source.next();
      complete = done === true;
      if (complete) return;
      octets += job.size;
      const outcome = job.start().then(
        (value) => ({ value }),
        (error) => ({ error }),
      );
      started.push({ job, outcome });
    }
  };
  try {
    start();
    while (started.length > 0) {
      const { job, outcome } = started[0];
      const result = await outcome;
      started.shift();
      octets -= job.size;
      // Before the reader gets this one, since he may take his time.
      start();
      yield [job, result];
    }
  } finally {
    source.return?.();
  }
}

function fits(count, octets, window) {
  return count === 0 || (count < window.messages && octets < window.octets);
}
