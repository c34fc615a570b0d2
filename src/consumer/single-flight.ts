/** One piece of work for all who ask for the same thing at the same time. */
import { orAborted } from './bounded.js';

/**
 * @param key what makes two askers ask for the same.
 * @param signal this asker's own; it takes this asker out and leaves the others their answer.
 * @param work started for the first asker only. Its signal aborts when the last asker has gone.
 * @returns the shared outcome.
 */
export type SingleFlight<T> = (
  key: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Makes a `SingleFlight` with nothing in the air. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();

  function land(key: string, flight: Flight<T>): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  function start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { result: work(controller.signal), controller, waiting: 0 };
    flights.set(key, flight);
    flight.result.then(
      () => land(key, flight),
      () => land(key, flight),
    );
    return flight;
  }

  return async (key, signal, work) => {
    signal?.throwIfAborted();
    const flight = flights.get(key) ?? start(key, work);
    flight.waiting += 1;
    try {
      return await orAborted(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        land(key, flight); // Whoever comes now starts anew instead of joining a flight that is being aborted.
        flight.controller.abort();
      }
    }
  };
}
