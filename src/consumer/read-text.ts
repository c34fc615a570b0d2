/** Reads the body of an answer, never more of it than is reasonable. */

/** The body is longer than the limit. */
export class BodyTooLong extends Error {
  override readonly name = 'BodyTooLong';
}

/**
 * Reads a body as UTF-8 text.
 *
 * @param response its body is consumed, or cancelled once it proves too long.
 * @param maximumBytes the limit, counted after any content encoding was undone, so that a small answer cannot unfold.
 * @throws `BodyTooLong`, or what the body's stream throws.
 */
export async function readText(response: Response, maximumBytes: number): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maximumBytes) {
      reader.cancel().catch(() => {}); // Not awaited: a peer that stalls must not hold us here.
      throw new BodyTooLong(`The body is longer than ${maximumBytes} bytes.`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/**
 * Reads a text as a JSON object.
 *
 * @returns its members, or `undefined` when the text is anything else.
 */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
