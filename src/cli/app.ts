/** The application around the tree of commands: what it is called, and how mistakes leave it. */
import {
  ArgumentParseError,
  ArgumentScannerError,
  buildApplication,
  text_en,
  type Application,
  type Command,
} from '@stricli/core';
import manifest from '../../package.json' with { type: 'json' };
import type { Context } from './context.ts';
import { fail } from './errors.ts';
import { SlipwayError } from '../system/errors.ts';
import { routes } from './routes.ts';

/**
 * @param argv only used to say which help explains a mistake
 * @param onFailure gets whatever went wrong: the one way in which errors leave the application
 */
export function buildApp(argv: readonly string[], onFailure: (error: unknown) => void): Application<Context> {
  const keep = (error: unknown): string => {
    onFailure(error);
    return '';
  };
  const usage = (message: string, cause?: unknown) =>
    fail('usage', { message, help: ['slipway', ...commandPath(argv), '--help'].join(' ') }, { cause });
  return buildApplication<Context>(routes, {
    name: 'slipway',
    versionInfo: { currentVersion: manifest.version },
    scanner: {
      caseStyle: 'original',
      allowArgumentEscapeSequence: true,
      // The threshold is 7 else, by which nearly every short word is like any other.
      distanceOptions: {
        threshold: 4,
        weights: { insertion: 1, deletion: 3, substitution: 2, transposition: 0 },
      },
    },
    documentation: { onlyRequiredInUsageLine: false, useAliasInUsageLine: false },
    localization: {
      text: {
        ...text_en,
        exceptionWhileParsingArguments: (error) => keep(parseFailure(error, usage)),
        exceptionWhileLoadingCommandFunction: keep,
        exceptionWhileLoadingCommandContext: keep,
        exceptionWhileRunningCommand: keep,
        commandErrorResult: keep,
        noCommandRegisteredForInput: ({ input, corrections }) =>
          keep(
            usage(
              `No command ${JSON.stringify(input)}${corrections.length > 0 ? `; did you mean ${corrections.join(' or ').replaceAll('`', '')}?` : ''}`,
            ),
          ),
      },
    },
  });
}

/** A parser's own error says more than Stricli's wrapping of it. */
function parseFailure(error: unknown, usage: (message: string, cause: unknown) => SlipwayError): unknown {
  if (error instanceof ArgumentParseError && error.exception instanceof SlipwayError) return error.exception;
  return error instanceof ArgumentScannerError ? usage(error.message, error) : error;
}

/** The leading words of `argv` that name a command. */
export function commandPath(argv: readonly string[]): string[] {
  const path: string[] = [];
  let here: typeof routes | Command<Context> = routes;
  for (const word of argv) {
    if (!('getRoutingTargetForInput' in here)) break;
    const next = here.getRoutingTargetForInput(word);
    if (!next) break;
    path.push(word);
    here = next as typeof here;
  }
  return path;
}
