/** An application under test: it asks for tokens, and gets through a rotation or not. */

/** One running instance of the application. */
export interface Application {
  /**
   * Asks for a token as the application would, its own second tries included.
   * @throws whatever the application would have to report to its user.
   */
  request(): Promise<void>;
}
