/** Characters of one expression. */
export const MOST_CHARACTERS = 64 << 10;

/** Names that one expression writes out, whatever is taken away again. */
export const MOST_NAMES = 200_000;

/** Names with `*` or `?` of one expression: each is compared with every node. */
export const MOST_WILDCARDS = 100;

/** Members of groups that are gone through for one expression, counted each time a group is named. */
export const MOST_MEMBERS = 5_000_000;
