/** What Infisical's answers must look like to be used. Everything else in them is ignored. */
import { z } from 'zod';

const listedSecret = z.object({
  secretKey: z.string(),
  secretValue: z.string().optional(),
  secretComment: z.string().nullish(),
  /** The identity may see that the secret is there but not its value; what stands in `secretValue` is a mask then. */
  secretValueHidden: z.boolean().optional(),
  type: z.string().optional(),
  updatedAt: z.string().optional(),
});

export type ListedSecret = z.infer<typeof listedSecret>;

/** `GET /api/v3/secrets/raw`. */
export const secretListAnswer = z.object({ secrets: z.array(listedSecret) });

/** `POST` and `PATCH /api/v3/secrets/raw/{name}`: done, or held back by a change policy until a person approves it. */
export const writeAnswer = z.union([
  z.object({ secret: z.object({}) }).transform(() => 'written' as const),
  z.object({ approval: z.object({}) }).transform(() => 'awaits-approval' as const),
]);

/** `GET /api/v1/folders`, as the SDK hands it on. */
export const folderListAnswer = z.array(z.object({ name: z.string() }));
