/** Errors as the API tells them: never a stack, never a tool's output, no path of the installation. */
import type { Paths } from '../../system/paths.ts';
import type { Place, SlipwayError } from '../../system/errors.ts';

export interface ErrorBody {
  code: string;
  what: string;
  why: string;
  todo: string;
  /** Of the command line. */
  exit: 1 | 2;
  where?: Place;
  also?: ErrorBody[];
}

/** Of a hundred mistakes the first show what is wrong. */
const ALSO = 50;

export function errorBody(error: SlipwayError, paths: Paths): ErrorBody {
  const hide = hider(paths);
  const { code, message, why, todo, exit, where, also } = error;
  return {
    code,
    what: hide(message),
    why: hide(why),
    todo: hide(todo),
    exit,
    ...(where && { where: { ...where, file: hide(where.file) } }),
    ...(also.length > 0 && { also: also.slice(0, ALSO).map((one) => errorBody(one, paths)) }),
  };
}

/** Directories of the installation by a word in place of where they are. */
function hider(paths: Paths): (text: string) => string {
  const words =
    (['keys', 'catalog', 'layers', 'work', 'locks', 'database', 'state', 'etc', 'cache', 'run', 'logs'] as const) // prettier-ignore
      .map((name) => [paths[name], name] as const)
      .toSorted(([a], [b]) => b.length - a.length);
  return (text) => words.reduce((all, [path, name]) => all.replaceAll(path, `<${name}>`), text);
}
