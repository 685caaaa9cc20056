/** Of a path as `listTree` has it; of the topmost ones the top, ''. */
export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
