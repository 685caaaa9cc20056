import { expect, test } from 'vitest';
import { pathsUnder } from '../system/paths.ts';
import { lockNodes } from './nodes.ts';
import { listNodeTrees, readNodeTree } from './records.ts';
import { nodeDirectory } from './store.ts';

const paths = pathsUnder('/nowhere');
const invalid = expect.objectContaining({ code: 'name/invalid' });

test.each(['/etc/passwd', '..', '../../x', 'a/b', ''])(
  'a name that comes over the API leads nowhere: %j',
  async (name) => {
    expect(() => nodeDirectory(paths, name, 'n1')).toThrow(invalid);
    expect(() => nodeDirectory(paths, 'compute', name)).toThrow(invalid);
    await expect(listNodeTrees(paths, name)).rejects.toThrow(invalid);
    await expect(readNodeTree(paths, name, 'n1')).rejects.toThrow(invalid);
    const context = { installation: { paths } } as Parameters<typeof lockNodes>[0];
    await expect(lockNodes(context, name, 'test')).rejects.toThrow(invalid);
  },
);
