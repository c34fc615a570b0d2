/**
 * What can go wrong with one request, as data: what becomes of its effect, and what becomes of its answer. Every
 * combination can be written down; `faults` has names for the ones that happen.
 */
export interface Fault {
  /** How the request log calls it. */
  readonly name: string;
  readonly effect: FaultEffect;
  readonly answer: FaultAnswer;
  /** How long the answer, or the reset, is held back, in milliseconds. @default 0 */
  readonly answerAfterMilliseconds?: number;
}

/** What becomes of the effect of a faulty request. */
export type FaultEffect =
  /** The request changes nothing. */
  | { readonly kind: 'none' }
  /** It changes what it should, at once. */
  | { readonly kind: 'once' }
  /** It is carried out a second time right after the first; the answer is that of the first. */
  | { readonly kind: 'twice' }
  /** It changes what it should later, when the one who asked may have given up long ago. */
  | { readonly kind: 'late'; readonly afterMilliseconds: number };

/** What becomes of its answer. */
export type FaultAnswer =
  /** What the tenant would say without a fault. */
  | { readonly kind: 'normal' }
  /** The connection dies before anything is sent. */
  | { readonly kind: 'reset' }
  /** Nothing is ever sent. */
  | { readonly kind: 'stall' }
  /** Headers and half of the body are sent, the rest never. */
  | { readonly kind: 'stall-body' }
  /** Headers and half of the body are sent, then the connection dies. */
  | { readonly kind: 'cut-body' }
  /** Another answer altogether. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Text as it stands, or something to be sent as JSON. @default the error body Auth0 has for the status. */
      readonly body?: unknown;
    }
  /** `Location` points to another origin. */
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  /** Status and headers as without a fault, and a body that is of no use. */
  | { readonly kind: 'broken-body'; readonly body: BrokenBody }
  /** An error whose message repeats what was sent, the authorization included. */
  | { readonly kind: 'echo'; readonly status: number };

/**
 * - `not-json`: a page of HTML.
 * - `empty`: nothing.
 * - `truncated`: the first half of the JSON.
 * - `empty-object`: well-formed and without a single property.
 * - `another-client`: well-formed, and about another application.
 */
export type BrokenBody = 'not-json' | 'empty' | 'truncated' | 'empty-object' | 'another-client';

const NONE: FaultEffect = { kind: 'none' };
const ONCE: FaultEffect = { kind: 'once' };
const NORMAL: FaultAnswer = { kind: 'normal' };

/** When the effect of a faulty request happens, where a fault leaves the choice. */
type EffectChoice = 'none' | 'once';

/** The faults that happen, by name. */
export const faults = {
  /** The connection is reset before the request has any effect. */
  resetBeforeEffect: (): Fault => ({ name: 'reset-before-effect', effect: NONE, answer: { kind: 'reset' } }),
  /** The request takes effect, and the connection is reset instead of an answer. */
  resetAfterEffect: (): Fault => ({ name: 'reset-after-effect', effect: ONCE, answer: { kind: 'reset' } }),
  /** No answer ever comes. */
  stall: (effect: EffectChoice = 'none'): Fault => ({
    name: `stall-${when(effect)}-effect`,
    effect: { kind: effect },
    answer: { kind: 'stall' },
  }),
  /** The request takes effect; the answer begins and never ends. */
  stallBody: (): Fault => ({ name: 'stall-body', effect: ONCE, answer: { kind: 'stall-body' } }),
  /** The request takes effect; the connection dies in the middle of the answer. */
  cutBody: (): Fault => ({ name: 'cut-body', effect: ONCE, answer: { kind: 'cut-body' } }),
  /**
   * Another status, before or after the effect.
   *
   * @param status such as 503, or 429 with `{ headers: { 'retry-after': '1' } }`.
   */
  status: (
    status: number,
    options: {
      readonly effect?: EffectChoice;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    } = {},
  ): Fault => {
    const { effect = 'none', ...rest } = options;
    return {
      name: `status-${status}-${when(effect)}-effect`,
      effect: { kind: effect },
      answer: { kind: 'status', status, ...rest },
    };
  },
  /** A redirect to another origin; nothing happens here. */
  redirect: (location = 'https://elsewhere.invalid/', status = 307): Fault => ({
    name: `redirect-${status}`,
    effect: NONE,
    answer: { kind: 'redirect', status, location },
  }),
  /** The request takes effect and is acknowledged by a body that is of no use. */
  brokenBody: (body: BrokenBody, effect: EffectChoice = 'once'): Fault => ({
    name: `broken-body-${body}${effect === 'none' ? '-before-effect' : ''}`,
    effect: { kind: effect },
    answer: { kind: 'broken-body', body },
  }),
  /** The request takes effect at once, and is answered late. */
  delay: (milliseconds: number): Fault => ({
    name: 'delay',
    effect: ONCE,
    answer: NORMAL,
    answerAfterMilliseconds: milliseconds,
  }),
  /**
   * The request looks lost now, and takes effect later.
   *
   * @param milliseconds when it takes effect, counted from its arrival.
   * @param answer how it looks now. @default a reset
   */
  lateEffect: (milliseconds: number, answer: FaultAnswer = { kind: 'reset' }): Fault => ({
    name: `late-effect-${answer.kind}`,
    effect: { kind: 'late', afterMilliseconds: milliseconds },
    answer,
  }),
  /** Something between here and there sends the request twice. */
  duplicate: (): Fault => ({ name: 'duplicate', effect: { kind: 'twice' }, answer: NORMAL }),
  /** The request is acknowledged and nothing happens. */
  ignoredEffect: (): Fault => ({ name: 'ignored-effect', effect: NONE, answer: NORMAL }),
  /** The request is refused by a message that repeats everything it carried. */
  echo: (status = 400): Fault => ({ name: `echo-${status}`, effect: NONE, answer: { kind: 'echo', status } }),
} as const;

/** One of each, for tests that go through every fault at every point. */
export const FAULT_CATALOGUE: readonly Fault[] = [
  faults.resetBeforeEffect(),
  faults.resetAfterEffect(),
  faults.stall('none'),
  faults.stall('once'),
  faults.stallBody(),
  faults.cutBody(),
  faults.status(500),
  faults.status(500, { effect: 'once' }),
  faults.status(502),
  faults.status(502, { effect: 'once' }),
  faults.status(503),
  faults.status(503, { effect: 'once' }),
  faults.status(408),
  faults.status(408, { effect: 'once' }),
  faults.status(429),
  faults.status(400),
  faults.status(401),
  faults.status(403),
  faults.status(404),
  faults.redirect(),
  faults.redirect('https://elsewhere.invalid/', 302),
  faults.brokenBody('not-json'),
  faults.brokenBody('empty'),
  faults.brokenBody('truncated'),
  faults.brokenBody('empty-object'),
  faults.brokenBody('another-client'),
  faults.brokenBody('not-json', 'none'),
  faults.delay(3_000),
  faults.lateEffect(20_000),
  faults.lateEffect(20_000, { kind: 'stall' }),
  faults.lateEffect(20_000, { kind: 'status', status: 503 }),
  faults.duplicate(),
  faults.ignoredEffect(),
  faults.echo(),
];

function when(effect: EffectChoice): string {
  return effect === 'none' ? 'before' : 'after';
}
