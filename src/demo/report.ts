/** What the demo measured: its `--json` answer, and what the table and the picture are drawn from. */
import { z } from 'zod';
import { PHASES } from '../engine/attempt.js';

const count = z.int().min(0);
const milliseconds = z.number().min(0);
/** The first eight hexadecimal digits of the SHA-256 of a stored value; null where nothing is stored. */
const fingerprint = z.string().regex(/^[0-9a-f]{8}$/);

const momentSchema = z.discriminatedUnion('event', [
  z.strictObject({ atMs: milliseconds, event: z.literal('phase'), phase: z.enum(PHASES) }),
  z.strictObject({ atMs: milliseconds, event: z.literal('nodes'), switched: count, nodes: count }),
]);

const sceneSchema = z.strictObject({
  requests: count,
  failed: count,
  /** How many failed for which reason: `refused`, `network`, or the type of another error. */
  reasons: z.record(z.string(), count),
  /** The longest time in which no request of one instance of the application succeeded; of all instances. */
  longestGapMs: milliseconds,
  secrets: z.array(z.strictObject({ name: z.string(), before: fingerprint.nullable(), after: fingerprint.nullable() })),
  /** What the tenant holds after the rotation. */
  liveSecret: fingerprint,
  /** Whether every mapped client secret is the one the tenant holds and all of its nodes accept. */
  storedIsLive: z.boolean(),
  timeline: z.array(momentSchema),
  /** How requests ended, slice by slice. */
  traffic: z.strictObject({ sliceMs: milliseconds, succeeded: z.array(count), failed: z.array(count) }),
});

/** The `--json` answer of the demo. */
export const demoReportSchema = z.strictObject({
  singlePhase: sceneSchema,
  overlap: sceneSchema,
  /** Whether the demo shows what it is meant to: no failed request with overlap, and the stored secret is live. */
  passed: z.boolean(),
  rotation: z.strictObject({
    name: z.string(),
    rotationIntervalDays: z.number(),
    environment: z.string(),
    secretPath: z.string(),
  }),
  /** What was compressed, beside Auth0's own window. */
  compression: z.strictObject({
    windowMs: milliseconds,
    auth0WindowMs: milliseconds,
    overlapMs: milliseconds,
    settleMs: milliseconds,
    nodes: count,
    instances: count,
    requestsPerSecond: z.number(),
  }),
});

export type DemoReport = z.infer<typeof demoReportSchema>;
export type SceneReport = z.infer<typeof sceneSchema>;
