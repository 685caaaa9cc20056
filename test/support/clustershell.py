"""Answers lines of JSON with what ClusterShell makes of a node set, for tests.

In: {"expr": text} or {"names": [...]}, and once before {"groups": {source: {name: text}}, "all": text}.
Out: {"names": [...], "fold": text} or {"error": text}, a line each.
"""
import json
import sys

from ClusterShell.NodeSet import NodeSet
from ClusterShell.NodeUtils import GroupResolver, GroupSource

setup = json.loads(sys.stdin.readline())
sources = [GroupSource(name, groups, setup["all"]) for name, groups in setup["groups"].items()]
resolver = GroupResolver(sources[0])
for source in sources[1:]:
    resolver.add_source(source)
for line in sys.stdin:
    asked = json.loads(line)
    try:
        if "names" in asked:
            found = NodeSet.fromlist(asked["names"], resolver=resolver)
        else:
            found = NodeSet(asked["expr"], resolver=resolver)
        answer = {"names": list(found), "fold": str(found)}
    except Exception as error:
        answer = {"error": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(answer))
