/** What rendering node files keeps from one node to the next. */
import type { Db } from '../db/database.ts';
import type { SlipwayError } from '../system/errors.ts';
import { ByteCache } from './cache.ts';
import { ClusterReader } from './scope.ts';
import type { Template } from './template.ts';

/** Content of a file. */
export interface Bytes {
  content: Buffer;
  digest: string;
}

export interface FilesContext {
  db: Db;
  /** Secret of the site (src/boot/keys.ts). */
  site: Buffer;
  cluster: ClusterReader;
  contents: ByteCache<Buffer>;
  templates: ByteCache<Template>;
  results: ByteCache<Bytes>;
  /** Templates that were rendered, not found again: for benches and tests. */
  rendered: number;
  /** Templates that were too much work, by digest, and until when nobody tries again. */
  tooMuch: Map<string, { until: number; error: SlipwayError }>;
}

/** One for each process and database: it has the caches. */
export function filesContext(db: Db, site: Buffer): FilesContext {
  return {
    db,
    site,
    cluster: new ClusterReader(db),
    contents: new ByteCache(64 << 20, (content) => content.length),
    templates: new ByteCache(64 << 20, ({ parsed }) => parsed.length * 1000),
    results: new ByteCache(128 << 20, ({ content }) => content.length),
    rendered: 0,
    tooMuch: new Map(),
  };
}
