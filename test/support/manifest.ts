/** Everything that a tree is, as text: names, types, owners, modes, content, attributes, which names are one file. */

/**
 * Shell commands that print it for the directory in which they run, a line a path. Names are as they are, but for newlines. Sizes
 * and link counts of directories are the file system's business.
 */
export const MANIFEST = `
export LC_ALL=C
lines() { sort -z | tr '\\n\\0' '\\001\\n'; }
find . -type d -printf '%p %y %m %U:%G\\0' -o -printf '%p %y %m %U:%G %n %s %l\\0' | lines
find . '(' -type b -o -type c ')' -print0 | sort -z | xargs -0 -r stat -c '%n %t:%T'
find . -type f -print0 | sort -z | xargs -0 -r sha256sum
find . -print0 | sort -z | xargs -0 getfattr --no-dereference --dump --match='^(user|security|system)[.]' --encoding=hex -- 2>/dev/null || :
find . -type f -links +1 -printf '%i %p\\0' | lines | sort | awk '{ inode = $1; $1 = ""; same[inode] = same[inode] $0 } END { for (i in same) print "one file:" same[i] }' | sort
find . -type f -size +500k -printf '%p %b\\n' | awk '{ print $1, ($2 < 200) ? "holes" : "full" }' | sort
`;
