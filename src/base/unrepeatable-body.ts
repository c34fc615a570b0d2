/**
 * `fetch` repeats a request that was answered 421 (Fetch standard, HTTP-network-or-cache fetch) unless its body is a
 * stream, which cannot be read twice. With its length declared, a stream looks like any other body on the wire.
 */

/**
 * Puts a body in a form that `fetch` can send once only.
 *
 * @param headers of the request.
 * @param text the body.
 * @returns the part of a request's options that holds headers and body.
 */
export function unrepeatable(
  headers: Readonly<Record<string, string>>,
  text: string,
): Pick<RequestInit, 'headers' | 'body' | 'duplex'> {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
  return { headers: { ...headers, 'content-length': String(bytes.length) }, body, duplex: 'half' };
}
