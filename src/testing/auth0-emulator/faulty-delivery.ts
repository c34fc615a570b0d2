/** Turns the answer the tenant would give into what a fault makes of it. */
import { type Answer, type Delivery, jsonAnswer, managementError, oauthError } from './answer.js';
import type { BrokenBody, FaultAnswer } from './fault.js';
import { isManagementOperation, type Operation } from './route.js';
import type { TenantRequest } from './tenant-request.js';

/** What a broken body is made from. */
export interface FaultScene {
  readonly request: TenantRequest;
  readonly operation: Operation;
  /** What the tenant would answer. */
  readonly normal: Answer;
  /** A whole answer about another application; undefined when there is no other. */
  readonly anotherClient: () => Record<string, unknown> | undefined;
}

/** @returns what reaches the one who asked. */
export function deliverWithFault(fault: FaultAnswer, scene: FaultScene): Delivery {
  switch (fault.kind) {
    case 'normal':
      return { kind: 'answer', answer: scene.normal };
    case 'reset':
    case 'stall':
      return { kind: fault.kind };
    case 'stall-body':
    case 'cut-body':
      return { kind: fault.kind, answer: scene.normal };
    case 'status':
      return { kind: 'answer', answer: otherStatus(fault, scene.operation) };
    case 'redirect':
      return { kind: 'answer', answer: { status: fault.status, headers: { location: fault.location }, body: '' } };
    case 'broken-body':
      return { kind: 'answer', answer: breakBody(fault.body, scene) };
    case 'echo':
      return {
        kind: 'answer',
        answer: errorOf(fault.status, scene.operation, `Payload validation error: ${repeat(scene.request)}`),
      };
  }
}

function otherStatus(fault: Extract<FaultAnswer, { kind: 'status' }>, operation: Operation): Answer {
  const answer =
    fault.body === undefined
      ? errorOf(fault.status, operation, MESSAGES[fault.status] ?? 'An internal server error occurred')
      : typeof fault.body === 'string'
        ? { status: fault.status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: fault.body }
        : jsonAnswer(fault.status, fault.body);
  return { ...answer, headers: { ...answer.headers, ...fault.headers } };
}

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Payload validation error',
  401: 'Invalid token',
  403: 'The account is not allowed to perform this operation.',
  404: 'Not Found',
  429: 'Global limit has been reached',
};

const CODES: Readonly<Record<number, readonly [management: string | undefined, oauth: string]>> = {
  400: ['invalid_body', 'invalid_request'],
  401: [undefined, 'access_denied'],
  403: ['operation_not_supported', 'access_denied'],
  429: ['too_many_requests', 'too_many_requests'],
};

function errorOf(status: number, operation: Operation, message: string): Answer {
  const [managementCode, oauthCode] = CODES[status] ?? [undefined, 'server_error'];
  return isManagementOperation(operation)
    ? managementError(status, message, managementCode)
    : oauthError(status, oauthCode, message);
}

function breakBody(body: BrokenBody, scene: FaultScene): Answer {
  const { normal } = scene;
  switch (body) {
    case 'not-json':
      return {
        status: normal.status,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<!doctype html><title>Please sign in to the network</title>',
      };
    case 'empty':
      return { ...normal, body: '' };
    case 'truncated':
      return { ...normal, body: normal.body.slice(0, Math.ceil(normal.body.length / 2)) };
    case 'empty-object':
      return { ...normal, body: '{}' };
    case 'another-client':
      return { ...normal, body: JSON.stringify(scene.anotherClient() ?? {}) };
  }
}

function repeat(request: TenantRequest): string {
  return `${request.header('authorization') ?? ''} ${request.url.search} ${request.body ?? ''}`;
}
