/** One way to do the job: runs once and says what it took. */
export interface Contender<T> {
  name: string;
  run: (round: number) => Promise<T>;
  /** Rounds that it takes part in; default all. */
  rounds?: number;
}

/**
 * Runs all contenders `rounds` times, taking turns: A B A B. What changes on the
 * machine meanwhile then falls on all of them. The results are by name, in order.
 */
export async function alternate<T>(
  contenders: readonly Contender<T>[],
  rounds: number,
  told: (name: string, round: number, result: T) => void = () => {},
): Promise<Map<string, T[]>> {
  const results = new Map<string, T[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const { name, run, rounds: most = rounds } of contenders) {
      if (round >= most) continue;
      const result = await run(round);
      results.get(name)?.push(result);
      told(name, round, result);
    }
  return results;
}
