/** Asks a person at a terminal. The question goes to stderr, because stdout belongs to the answer. */

/**
 * Asks a question that is answered by yes or no; no is preselected.
 *
 * @param question a whole sentence.
 * @param signal ends the question.
 * @returns true for yes only; false for no, for Ctrl-C and when the signal aborts.
 */
export async function confirmAtTerminal(question: string, signal: AbortSignal): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  const answer = await confirm({
    message: question,
    initialValue: false,
    input: process.stdin,
    output: process.stderr,
    signal,
  });
  return answer === true;
}
