/** Refusals of malformed queries and bodies, in the words of Auth0's own validator. */
import { z } from 'zod';
import { type Answer, managementError } from './answer.js';

/** `true` or `false` in a query. */
export const queryBoolean = z.enum(['true', 'false']).transform((text) => text === 'true');

/** The refusal of a query. */
export function refuseQuery(error: z.ZodError): Answer {
  return managementError(400, `Query validation error: ${describeIssue(error)}`, 'invalid_query_string');
}

/** The refusal of a body. */
export function refuseBody(error: z.ZodError): Answer {
  return managementError(400, `Payload validation error: ${describeIssue(error)}`, 'invalid_body');
}

/** The refusal of properties that the scopes neither show nor let change. */
export function refuseFields(verb: 'read' | 'updated', fields: readonly string[]): Answer {
  const message = `Some fields cannot be ${verb} with the permissions granted by the bearer token scopes. Fields: ${fields.join(', ')}`;
  return managementError(403, message, 'insufficient_scope');
}

function describeIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return "'Invalid value'";
  const property = issue.path.length === 0 ? '' : ` on property ${issue.path.join('.')}`;
  return `'${describeProblem(issue)}'${property}`;
}

function describeProblem(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `Additional properties not allowed: ${issue.keys.join(', ')}`;
    case 'invalid_type':
      return `Expected type ${issue.expected}`;
    case 'too_small':
      return issue.origin === 'string'
        ? `String is too short, minimum ${issue.minimum}`
        : `Value is less than minimum ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `String is too long, maximum ${issue.maximum}`
        : `Value is greater than maximum ${issue.maximum}`;
    case 'custom':
      return issue.message;
    case 'invalid_value':
      return 'No enum match';
    default:
      return 'Invalid value';
  }
}
