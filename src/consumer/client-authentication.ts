/** How a client shows its secret to a token endpoint. */

/** `post`: in the form body, as Auth0's own clients do. `basic`: in the `Authorization` header. */
export type ClientAuthenticationMethod = 'post' | 'basic';

/**
 * Puts the client's credentials into a request.
 *
 * @param method where they go.
 * @param clientId the client id.
 * @param clientSecret the client secret.
 * @param body the form of the request; changed in place.
 * @param headers the headers of the request; changed in place.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 */
export function authenticateClient(
  method: ClientAuthenticationMethod,
  clientId: string,
  clientSecret: string,
  body: URLSearchParams,
  headers: Headers,
): void {
  if (method === 'basic') {
    headers.set('authorization', basicAuthorization(clientId, clientSecret));
    return;
  }
  body.set('client_id', clientId);
  body.set('client_secret', clientSecret);
}

/**
 * The `Authorization` header. Both parts are form-encoded before they are joined, so that a colon, a space or a letter
 * beyond ASCII arrives as it is (RFC 6749, 2.3.1); what is left is ASCII, which is all that `btoa` takes.
 */
export function basicAuthorization(clientId: string, clientSecret: string): string {
  return `Basic ${btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}`;
}

/** Encodes one value as `application/x-www-form-urlencoded`. */
export function formEncode(value: string): string {
  return new URLSearchParams({ v: value }).toString().slice('v='.length);
}
