/** What the demo tells while it runs. No secret is in it. */
import type { Phase } from '../engine/attempt.js';
import type { WaitReason } from '../engine/steps/environment.js';
import type { CreateBody } from '../provider/auth0-client-secret/schemas.js';
import type { DemoPace } from './pace.js';
import type { Slice } from './traffic.js';

/** How a rotation is done: as Infisical does it today, or with an overlap. */
export type Mode = 'single-phase' | 'overlap';

/** Something that happened in a scene, in milliseconds since its traffic began. */
export type SceneMoment =
  | { readonly type: 'phase-entered'; readonly at: number; readonly phase: Phase }
  | { readonly type: 'wait-started'; readonly at: number; readonly reason: WaitReason; readonly milliseconds: number }
  /** The tenant's truth: so many of its nodes accept the newest secret. */
  | { readonly type: 'nodes-switched'; readonly at: number; readonly switched: number; readonly nodes: number }
  | {
      readonly type: 'step-failed';
      readonly at: number;
      readonly step: string;
      readonly code: string;
      readonly message: string;
    };

export type DemoEvent =
  | {
      readonly type: 'stage-opened';
      readonly auth0: string;
      readonly infisical: string;
      readonly application: string;
      readonly pace: DemoPace;
    }
  | { readonly type: 'request-applied'; readonly rotation: CreateBody }
  | { readonly type: 'secret-adopted'; readonly fingerprint: string }
  | { readonly type: 'scene-started'; readonly mode: Mode; readonly rotation: CreateBody }
  | SceneMoment
  | ({ readonly type: 'slice-counted' } & Slice)
  | { readonly type: 'scene-ended' };

export type DemoObserver = (event: DemoEvent) => void;
