/**
 * The keyboard during work: nothing that is typed appears among its progress, nor answers the
 * next question by accident; Ctrl-C, which the terminal does not turn into a signal then, is told.
 */
export function hush(input: NodeJS.ReadStream, onInterrupt: () => void): Disposable {
  const listen = (typed: Buffer) => {
    if (typed.includes(3)) onInterrupt();
  };
  input.setRawMode(true);
  input.on('data', listen);
  input.resume();
  return {
    [Symbol.dispose]() {
      input.off('data', listen);
      input.pause();
      input.setRawMode(false);
    },
  };
}
