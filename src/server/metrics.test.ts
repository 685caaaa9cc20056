import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import { makeMetrics } from '../recorder/metrics.ts';
import { metricsRoute } from './metrics.ts';

test.each([
  ['127.0.0.1', 200],
  ['127.9.9.9', 200],
  ['::ffff:127.0.0.1', 200],
  ['::1', 200],
  ['192.0.2.77', 200],
  ['2001:db8::5', 200],
  ['198.51.100.7', 200],
  ['198.51.100.8', 403],
  ['2001:db9::5', 403],
  ['10.0.0.1', 403],
])('/metrics for %s: %i', async (remoteAddress, status) => {
  await using here = await temporaryInstallation();
  const app = Fastify();
  metricsRoute(app, { metrics: makeMetrics(here.database.db) }, [
    '192.0.2.0/24',
    '198.51.100.7',
    '2001:db8::/32',
  ]);
  const answer = await app.inject({ url: '/metrics', remoteAddress });
  expect(answer.statusCode).toBe(status);
  if (status === 200) expect(answer.body).toContain('# TYPE slipway_boots_total counter');
  await app.close();
});
