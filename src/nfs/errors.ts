import { defineErrors } from '../system/errors.ts';

export const fail = defineErrors('nfs', {
  'no-tree': {
    what: 'Node {node} has no tree of {image}',
    why: 'In mode nfs each node has a root of its own on the server.',
    todo: 'Make one: slipway nfs add -n {node} -i {image}.',
  },
  'no-address': {
    what: 'Nodes cannot be told the address of the NFS server',
    why: 'They reached this server by a name, and the kernel mounts its root from an IPv4 address.',
    todo: 'Add it to nfs.addresses in config.yml.',
  },
  'no-space': {
    what: 'No space left on the disk of {path}',
    why: '{what} was not finished; nothing of it is left, and everything else is as it was.',
    todo: 'Free space there, or name another directory by nfs.directory in config.yml; then run the command again.',
  },
  'bad-record': {
    what: 'The record {path} cannot be read',
    why: 'A newer version of Slipway wrote it, or it is damaged. What it belongs to is left alone.',
    todo: 'Use that version, or bring the file back from a backup; to do without what is in its directory, remove that.',
  },
  'bad-tree-record': {
    what: 'The record {path} cannot be read',
    why: 'A newer version of Slipway wrote it, or it is damaged. The tree is as it was, and nodes that stand on it have it.',
    todo: 'Use that version. If it is damaged: remove this file alone, and run the command again, which writes it anew.',
  },
  'no-kind': {
    what: 'Trees of nodes cannot be made by {kind} in {path}',
    why: '{reason}',
    todo: 'Set nfs.trees to auto in config.yml, or nfs.directory to a file system that can: slipway doctor.',
  },
  'other-base': {
    what: 'There is a tree of {image} for {nodes} already, of generation {have}',
    why: 'A tree stays on the generation that it was made of, here not {want}, until it is refreshed. Nothing was added.',
    todo: 'Refresh it, with what the node has changed: slipway nfs refresh -n {nodes} -i {ref}.',
  },
  'not-in-image': {
    what: 'There is no tree of {image} for {nodes}',
    why: 'Only what is there can be removed or changed. {near}Nothing was done.',
    todo: 'See what there is: slipway nfs ls {name}.',
    exit: 2,
  },
  'tree-in-use': {
    what: 'The tree of {ref} is in use by {users}',
    why: 'Nodes read from it as long as they are up.',
    todo: 'Take those away first: slipway nfs rm -n NODES -i IMAGE, slipway unpublish IMAGE --mode MODE.',
  },
  booted: {
    what: 'The tree of {image} is the running root of {nodes}',
    why: '{evidence} They would lose their root, and with it whatever runs on them. Nothing was done.',
    todo: 'Shut them down first: with NFSv4 they count as up until the NFS server has not heard of them for ten minutes. Or give --force.',
  },
  busy: {
    what: 'Trees of {image} are in use on this host: {nodes}',
    why: '{holders}',
    todo: 'End that and run the command again, or give --force.',
  },
  'not-mounted': {
    what: '{count} trees could not be mounted, such as {path}',
    why: 'What the kernel says stands below. What is busy may still be mounted in another mount namespace, such as that of a container.',
    todo: 'End what holds it, or see what this host can do: slipway doctor. Then: slipway nfs up.',
  },
  'private-large': {
    what: '{ref} has {size} that not everybody may read: more than {limit}',
    why: 'Nodes read the shared tree as nobody, and hold the rest in memory. Most of it is in {where}, before it is packed.',
    todo: 'Let others read what is no secret (chmod in the recipe), raise nfs.private in config.yml, or publish with nfs.squash: false there: then root of any client reads all of the tree. Or use mode nfs or ram.',
  },
  'push-destination': {
    what: '{text} is no place to push a tree to',
    why: 'It is [USER@]HOST:/PATH, and for nodes that reach the server by another address or path ,ADDRESS[:/EXPORT]. Paths are of letters, digits and _ @ % + = - .',
    todo: 'Write it like root@nfs1:/srv/nodes, or root@nfs1:/srv/nodes,10.0.0.5.',
    exit: 2,
  },
  'push-twice': {
    what: '{text} is named twice',
    why: 'Each server has the tree once; nodes try them one after the other.',
    todo: 'Name it once.',
    exit: 2,
  },
  'push-api': {
    what: 'Over the API nothing is pushed to {text}',
    why: "Pushing uses this server's ssh keys: whoever may use the API must not choose where to. Allowed: {known}.",
    todo: 'Let the administrator run the command on the server, or name it in nfs.destinations of its configuration.',
  },
  'push-address': {
    what: 'It is not known by which address nodes reach {host}',
    why: 'Nodes have no name service when they mount their root. The name has: {found}.',
    todo: 'Say it: HOST:/PATH,ADDRESS.',
    exit: 2,
  },
  'push-unreachable': {
    what: '{host} does not answer, or hung up',
    why: 'Trees are pushed by rsync over ssh. What came over stays there, for the next push.',
    todo: 'Try: ssh {host}. Then run the command again: it goes on where it stopped.',
  },
  'push-host-key': {
    what: 'The ssh host key of {host} is not known, or is another one',
    why: 'A whole system with its secrets goes there: it must be the right machine.',
    todo: 'Log in once by hand as this user, compare the fingerprint, and accept it: ssh {ssh}. If the machine was installed anew: ssh-keygen -R {host}.',
  },
  'push-login': {
    what: 'No ssh login at {ssh}',
    why: 'Nobody is asked for a password: a key must do.',
    todo: 'Try: ssh -o BatchMode=yes {ssh} true. ssh-copy-id puts your key there; the user is the one before @.',
  },
  'push-root': {
    what: '{ssh} is not root there, nor may be by sudo without a password',
    why: 'Owners, devices, capabilities and attributes of files can be written by root only.',
    todo: 'Push as root@…, or allow that user: rsync, flock, and what coreutils has, with NOPASSWD in sudoers(5).',
  },
  'push-tool': {
    what: 'The program {tool} is not installed on {host}',
    why: 'Trees are received by rsync, under a lock of flock (util-linux).',
    todo: 'Install it there.',
  },
  'push-path': {
    what: 'There is no directory {path} on {host}',
    why: 'Trees are put below it. It is not made: perhaps its file system is not mounted.',
    todo: 'Make it there, best a file system of its own, mounted with nosuid,nodev,noexec.',
  },
  'push-space': {
    what: 'There is no space left for the tree in {path} on {host}',
    why: 'Files that are the same as in trees there take none. What came over stays there, for the next push.',
    todo: 'Make room: slipway unpublish takes older trees away. Then run the command again: it goes on where it stopped.',
  },
  'push-busy': {
    what: 'Somebody else is pushing to {path} on {host}',
    why: 'One at a time, so that each sees whole trees.',
    todo: 'Run the command again later.',
  },
  'push-differs': {
    what: '{path} on {host} is not the same after it was copied',
    why: 'Its file system cannot hold everything, or something writes to it. Each line below begins with what differs, as rsync(1) has it.',
    todo: 'Use a file system with ACLs and extended attributes, such as xfs or ext4, then run the command again.',
  },
  'push-failed': {
    what: 'Pushing to {path} on {host} failed',
    why: 'The last output of ssh or rsync is below. Trees that were there are as they were.',
    todo: 'Mend what it complains about and run the command again: it goes on where it stopped.',
  },
  'bad-ledger': {
    what: '{file} cannot be read',
    why: 'It says which number each export has. Nodes that are up name their files by it: with other numbers they would read those of others.',
    todo: 'Take it from a backup. If no node is up that has its root here: remove it, then slipway nfs exports --apply.',
  },
  'too-many-exports': {
    what: '{count} exports are wanted, but {max} is the most',
    why: 'NFS servers number them with 16 bits. Nothing was changed.',
    todo: 'Remove trees of nodes that are not needed any more: slipway nfs rm. Or use a second server.',
  },
  'no-kernel-server': {
    what: 'There is no NFS server: the program exportfs is not installed',
    why: 'nfs.server is kernel, whose tools are in nfs-kernel-server (Debian, SUSE) or nfs-utils (RHEL-like). Trees stay as they are; nothing is exported.',
    todo: 'Install that package, then run: slipway nfs exports --apply. Or set nfs.server to ganesha, or to off if you export by yourself.',
  },
  'not-exported': {
    what: '{what} {problem}',
    why: 'exportfs did not do it; what it says stands below. Everything else is exported as it should be.',
    todo: 'Mend what it complains about, which may be a line of another file in /etc/exports.d, then: slipway nfs exports --apply.',
  },
  'not-admitted': {
    what: 'Node {node} cannot mount what is its own from {client}',
    why: '{reason}.',
    todo: 'See: slipway nfs exports. Where the registry has the wrong address: slipway node set {node} --address {client}.',
  },
  changes: {
    what: 'What node {node} changed in its tree of {image} cannot be read',
    why: 'Nothing was done. The cause stands below; a node may also have made names that are too long, or a damaged disk.',
    todo: 'Leave this node out, or drop its changes: slipway nfs refresh --drop -n {node} -i {image}.',
  },
  'no-base': {
    what: '{ref}, on which the tree of {node} stands, is not in the catalog any more',
    why: 'What the node changed is laid over that generation.',
    todo: 'Refresh the node to a generation that there is: slipway nfs refresh -n {node} -i {image}. Then promote it.',
  },
  'no-changes': {
    what: 'Node {node} has changed nothing that belongs into an image',
    why: 'Caches, logs, host keys and what Slipway itself writes at a boot are left out. No generation was made.',
    todo: 'See what there is: slipway nfs diff {node} -i {image} --all. With --keep-all everything is taken.',
  },
  'snapshot-exists': {
    what: 'Node {node} has a snapshot {name} of {image} already',
    why: 'A snapshot is never replaced.',
    todo: 'Choose another name, or remove it: slipway nfs snapshot {node} -i {image} --rm {name}.',
    exit: 2,
  },
  'no-snapshot': {
    what: 'Node {node} has no snapshot {name} of {image}',
    why: '{known}',
    todo: 'See them: slipway nfs snapshot {node} -i {image} --list.',
    exit: 2,
  },
  'no-snapshot-tree': {
    what: 'The tree that snapshot {name} of {node} stands on is gone',
    why: 'Its changes mean something only over that tree, and {ref} is not in the catalog any more.',
    todo: 'Bring that generation back from an export or a registry: slipway image import, slipway image pull.',
  },
  'other-image': {
    what: 'Node {node} cannot move to image {other}',
    why: 'Its tree belongs to {image}, and stays with it.',
    todo: 'Promote without --refresh, then: slipway nfs add -n {node} -i {other}. Or leave --as out.',
    exit: 2,
  },
  'import-there': {
    what: 'Node {node} has a tree of {image} already',
    why: 'An import would take its place, with all that the node changed.',
    todo: 'Remove it first: slipway nfs rm -n {node} -i {image}.',
  },
  'import-directory': {
    what: '{directory} is no root tree',
    why: '{reason}',
    todo: 'Name the directory that nodes have as their root, as the server exports it.',
    exit: 2,
  },
});
