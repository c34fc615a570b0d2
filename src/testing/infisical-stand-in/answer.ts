/** An answer before it is written to the wire, and the refusals in Infisical's form. */
import { randomUUID } from 'node:crypto';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal, thrown by whatever finds a reason for it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly answer: Answer) {
    super(`refused with ${answer.status}`);
  }
}

const NAMES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'UnauthorizedError',
  403: 'ForbiddenError',
  404: 'NotFound',
  429: 'RateLimitError',
  500: 'InternalServerError',
};

/**
 * @param status of the answer.
 * @param message in the server's words.
 * @param error the short name of the failure.
 */
export function refusal(status: number, message: unknown, error = NAMES[status] ?? 'Error'): Refusal {
  return new Refusal({ status, body: { reqId: `req-${randomUUID()}`, statusCode: status, message, error } });
}
