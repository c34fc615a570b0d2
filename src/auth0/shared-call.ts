/** One piece of work for everyone who asks for it at the same time. */
import type { Call } from '../base/clock.js';

interface Running<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Shares work among concurrent callers.
 *
 * @param work is started by the first caller. Its call aborts when the last caller has gone, not with the first one's.
 * @returns a function that joins the work in hand or starts it. Nothing is kept once the work has ended.
 */
export function shareCalls<T>(work: (call: Call) => Promise<T>): (call: Call) => Promise<T> {
  let running: Running<T> | undefined;

  function start(): Running<T> {
    const controller = new AbortController();
    const mine: Running<T> = { result: work({ signal: controller.signal }), controller, waiting: 0 };
    const forget = () => {
      if (running === mine) running = undefined;
    };
    mine.result.then(forget, forget);
    running = mine;
    return mine;
  }

  return (call) =>
    new Promise((resolve, reject) => {
      if (call.signal.aborted) return reject(call.signal.reason);
      const mine = running ?? start();
      mine.waiting += 1;
      const onAbort = () => {
        mine.waiting -= 1;
        if (mine.waiting === 0) {
          if (running === mine) running = undefined;
          mine.controller.abort(call.signal.reason);
        }
        reject(call.signal.reason);
      };
      call.signal.addEventListener('abort', onAbort, { once: true });
      mine.result.then(resolve, reject).finally(() => call.signal.removeEventListener('abort', onAbort));
    });
}
