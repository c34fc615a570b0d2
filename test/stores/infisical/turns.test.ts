/** One at a time, whoever gives up on the way. */
import { expect, it } from 'vitest';
import { inTurn } from '../../../src/stores/infisical/turns.js';
import { gate } from '../support/infisical.js';

const never = new AbortController().signal;

it('keeps the turn of work that still runs when one behind it gives up', async () => {
  const running = gate();
  const order: string[] = [];
  const first = inTurn('place', never, async () => {
    order.push('first begins');
    await running.opened;
    order.push('first ends');
  });
  const impatient = new AbortController();
  const second = inTurn('place', impatient.signal, async () => void order.push('second'));
  impatient.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');

  const third = inTurn('place', never, async () => void order.push('third'));
  await new Promise((resolve) => setImmediate(resolve));
  running.open();
  await Promise.all([first, third]);
  expect(order).toEqual(['first begins', 'first ends', 'third']);
});
