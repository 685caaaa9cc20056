/** A build as a command line, and what that prints. */
import type { BuildEvent, BuildOrder } from './build-table.ts';

/** Flags of `slipway build`. */
export function flagsOf({ name, variables = {}, noCache, offline, explain }: BuildOrder): string[] {
  return [
    ...(name === undefined ? [] : ['--name', name]),
    // JSON is YAML: the value arrives as it was sent.
    ...Object.entries(variables).flatMap(([key, value]) => [
      '--set',
      `variables.${key}=${JSON.stringify(value)}`,
    ]),
    ...(noCache ? ['--no-cache'] : []),
    ...(offline ? ['--offline'] : []),
    ...(explain ? ['--explain'] : []),
  ];
}

/** The event of a line; nothing if it is none. */
export function eventOf(line: string): BuildEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as BuildEvent) : undefined;
  } catch {
    return undefined;
  }
}
