/** The interactive menu, as `slipway menu` and `disklessset` start it. */
import manifest from '../../package.json' with { type: 'json' };
import { styleFor } from '../cli/render/style.ts';
import { terminalRenderer } from '../cli/render/terminal.ts';
import type { Installation } from '../system/config.ts';
import { banner } from './banner.ts';
import { fail } from './errors.ts';
import { Interrupts } from './interrupts.ts';
import { logRenderer, type LogLevel } from './log-renderer.ts';
import { mainMenu } from './loop.ts';
import { Session } from './session.ts';
import { hush } from './terminal/hush.ts';
import { terminalAsker } from './terminal/asker.ts';

/**
 * Shows the menu until somebody leaves it.
 * @returns exit code: 0, or 128 and the number of the signal that ended it
 * @throws SlipwayError `menu/no-terminal`
 */
export async function menu(installation: Installation, log?: LogLevel): Promise<number> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY) throw fail('no-terminal', { stream: 'standard input' });
  if (!stdout.isTTY || process.env['TERM'] === 'dumb')
    throw fail('no-terminal', { stream: 'standard output' });
  const style = styleFor({ isTTY: true, env: process.env });
  const write = (text: string) => void stdout.write(text);
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  using interrupts = new Interrupts((message) => write(`\n${style.yellow(message)}\n`));
  // More than once: questions that are answered still put a terminal right that is gone.
  for (const event of ['end', 'error'] as const) stdin.on(event, () => interrupts.hangUp());
  const session = new Session(installation, {
    ask: terminalAsker(() => ({ style, size, input: stdin, output: stdout, signal: interrupts.signal })),
    style,
    columns: () => size().columns,
    write,
    renderer: () => (log ? logRenderer(write, style, log) : terminalRenderer({ write, size }, style)),
    hush: () => hush(stdin, () => interrupts.interrupt()),
    signal: () => interrupts.signal,
  });
  write(banner(style, manifest.version));
  await mainMenu(session, {
    renew: () => interrupts.renew(),
    ended: () => interrupts.end !== undefined,
  });
  return interrupts.end ?? 0;
}
