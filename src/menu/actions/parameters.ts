import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildParameters } from '../../parameters/build.ts';
import { openParameters } from '../../parameters/open.ts';
import { bytes, seconds } from '../../cli/render/text.ts';
import { withRetry } from '../retry.ts';
import type { Session } from '../session.ts';

/** Entry 5. */
export async function parametersFile(session: Session): Promise<void> {
  await withRetry<string>(
    session,
    async (earlier) =>
      withoutTilde(
        await session.ask.text({
          message: 'Enter the path of the parameters file:',
          initial: earlier,
          help: 'A file that begins with image_data, as disklessset has them.',
          validate: (path) => (path === '' ? 'The path cannot be empty.' : undefined),
        }),
      ),
    async (file) => {
      const built = await session.work(async ({ installation, sink, signal }) => {
        const loaded = await openParameters(installation, file, { sink });
        return await buildParameters(installation, loaded, { sink, signal });
      });
      const how = built.cached ? 'unchanged' : `built in ${seconds(built.seconds)}`;
      session.done(
        `${session.style.bold(`${built.image}:${built.generation}`)}  ${how}, ${bytes(built.bytes)}`,
      );
      session.same('build', file);
    },
  );
}

/** `~/x` as a shell would give it. */
export function withoutTilde(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}
