import { afterEach, beforeEach } from 'vitest';
import { Stage } from './stage.ts';
import { Trial } from './tiny.ts';

/** An installation and a host of its own for each test of a file. */
export function eachOnAStage(use: (trial: Trial, stage: Stage) => void): void {
  let trial: Trial | undefined;
  let stage: Stage | undefined;
  beforeEach(async () => {
    trial = await Trial.open();
    stage = await Stage.open(trial.installation.paths.root);
    use(trial, stage);
  });
  afterEach(async () => {
    await stage?.[Symbol.asyncDispose]();
    await trial?.[Symbol.asyncDispose]();
  }, 60_000);
}
