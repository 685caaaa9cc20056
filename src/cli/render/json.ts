import type { Renderer } from './renderer.ts';

/**
 * One event a line, as it stands in `system/events.ts`. The last line of a
 * command is its result, which the command prints itself: `built` and `tested`
 * are left out here.
 */
export function jsonRenderer(write: (line: string) => void): Renderer {
  return {
    sink(event) {
      if (event.event !== 'built' && event.event !== 'tested') write(`${JSON.stringify(event)}\n`);
    },
    close() {},
  };
}
