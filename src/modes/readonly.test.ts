import { describe, expect, it } from 'vitest';
import { digestOf, fakeImage } from '../boot/fixture.ts';
import type { Publication } from '../image/publications.ts';
import { loadInstallation } from '../system/config.ts';
import type { ModeNode } from './mode.ts';
import { readonly } from './readonly.ts';

const installation = loadInstallation('/nonexistent');
const image = (options: Publication['options'] = {}) => {
  const bare = fakeImage();
  const { digest } = bare.generation;
  const record = {
    mode: 'readonly',
    image: digest,
    created: '',
    key: 'k',
    blobs: {},
    options: { bytes: 900, ...options },
  };
  return { ...bare, published: [record] };
};
const conf = (options: Publication['options'] = {}, node: Partial<ModeNode> = {}) =>
  readonly.nodeConf({
    image: image(options),
    installation,
    node: { name: 'n1', ...node },
    host: '192.0.2.1',
  });
const of = (key: string, lines: ReturnType<typeof conf>) =>
  lines.filter(([one]) => one === key).map(([, value]) => value);

describe('mode readonly', () => {
  it('tells a node where the tree is, and what it may write', () => {
    const tree = `${installation.paths.exports}/trees/${'7'.repeat(64)}`;
    expect(conf({ default: 'tables' })).toEqual([
      ['mode', 'readonly'],
      ['nfs', `192.0.2.1 ${tree}`],
      ['nfs-options', 'vers=4.2'],
      ['writable', 'tables'],
      ['overlay', installation.config.overlay],
      ['attempts', String(installation.config.attempts)],
    ]);
  });

  it('what is said of the node wins over the publication, and that over what the image has', () => {
    expect(of('writable', conf({ default: 'tables', writable: 'all' }))).toEqual(['all']);
    expect(of('writable', conf({ writable: 'all' }, { writable: 'tables' }))).toEqual(['tables']);
    expect(of('state', conf())).toEqual([]);
    expect(of('state', conf({ state: 'nfs' }, { state: 'local' }))).toEqual(['local']);
    expect(of('state-nfs', conf({ state: 'nfs' }, { state: 'local' }))).toEqual([]);
    expect(of('state-nfs', conf({ state: 'nfs' }))).toEqual([
      `192.0.2.1 ${installation.paths.exports}/state/n1`,
    ]);
    expect(of('overlay', conf({}, { overlay: 'zram 1G' }))).toEqual(['zram 1G']);
  });

  it('nodes mount from the servers that the tree was pushed to, each in an order of its own', () => {
    const servers = '10.0.0.1:/a/trees/x 10.0.0.2:/b/trees/x';
    const orders = new Set(
      Array.from({ length: 20 }, (_, i) =>
        of('nfs', conf({ to: 'a:/a b:/b', servers }, { name: `n${i}` })).join(),
      ),
    );
    expect(orders).toEqual(
      new Set(['10.0.0.1 /a/trees/x,10.0.0.2 /b/trees/x', '10.0.0.2 /b/trees/x,10.0.0.1 /a/trees/x']),
    );
  });

  it('what others may not read is fetched into memory, where the publication has it apart', () => {
    const part = { digest: digestOf('f'), size: 50 };
    const bare = image({ private: 'erofs' });
    const split = { ...bare, published: bare.published.map((one) => ({ ...one, blobs: { private: part } })) };
    const context = { image: split, installation, node: { name: 'n1' }, host: '192.0.2.1' };
    expect(of('private', readonly.nodeConf(context))).toEqual([`erofs ${'f'.repeat(64)} 50`]);
    expect(of('private', conf())).toEqual([]);
    expect(readonly.boot(context).fetched).toEqual([part]);
    expect(readonly.estimate(split)).toEqual({ download: 84, memory: 50, server: 900 });
  });

  it('boots nothing that is not published, and keeps nothing in memory', () => {
    const wrong = expect.objectContaining({ code: 'boot/unbootable' });
    expect(() => readonly.check(fakeImage())).toThrow(wrong);
    expect(() => readonly.check({ ...image(), kernel: undefined })).toThrow(wrong);
    expect(readonly.boot({ image: image(), installation, node: { name: 'n1' } }).fetched).toEqual([]);
    expect(readonly.estimate(image())).toEqual({ download: 34, memory: 0, server: 900 });
  });
});
