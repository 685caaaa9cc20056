/** All families of figures, in the order in which they run: later ones use what earlier ones made. */
import type { Row } from '../row.ts';
import { apply } from './apply.ts';
import { boot } from './boot.ts';
import { change } from './change.ts';
import { cold } from './cold.ts';
import { files } from './files.ts';
import { rebuild } from './rebuild.ts';
import { refresh } from './refresh.ts';
import { roots } from './roots.ts';
import { rpm } from './rpm.ts';
import { scripts } from './scripts.ts';
import { serve } from './serve.ts';
import { start } from './start.ts';
import { storm } from './storm.ts';
import { trees } from './trees.ts';

export const ROWS: readonly Row[] = [
  cold,
  rebuild,
  change,
  rpm,
  boot,
  roots,
  serve,
  scripts,
  storm,
  start,
  apply,
  files,
  trees,
  refresh,
];
