#!/usr/bin/env python3
"""Circles between modules: siblings of which each needs the other, directly or by way of others. Cargo refuses them between crates.

Usage: tests/circles.py [SOURCES]...    default: every crate of the workspace. Exit status 1 when there is one.

A module needs what its files name by `use` or by a path that begins with crate, self or super; modules of tests are left out. What a module
has below it counts as a part of it, and a parent and its children may need each other.
"""

import os
import re
import sys
from glob import glob
from graphlib import CycleError, TopologicalSorter

ROOTS = ["host/*/src", "plugin/*/src", "tests/*/src"]
TESTS = {"tests", "fixture"}


def modules(root):
    """The file of each module, by its path below the crate."""
    found = {}
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            parts = os.path.relpath(path, root).removesuffix(".rs").split("/")
            if parts[-1] in ("lib", "main", "mod"):
                parts.pop()
            if name.endswith(".rs") and not TESTS & set(parts):
                found[tuple(parts)] = path
    return found


def without_tests_and_texts(source):
    """The source without its module of tests, comments and strings."""
    source = source.split("#[cfg(test)]\nmod tests", 1)[0]
    source = re.sub(r"(?m)^\s*//.*$", "", source)
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', source)


def unfolded(path):
    """The paths of a `use`: `a::{b, c::{d, e}}` is a::b, a::c::d and a::c::e."""
    match = re.fullmatch(r"((?:\w+::)*)\{(.*)\}", path.strip(), re.S)
    if not match:
        yield path.strip()
        return
    prefix, body = match.groups()
    depth, part = 0, ""
    for character in body + ",":
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            if part.strip():
                for inner in unfolded(part):
                    yield prefix + inner
            part = ""
        else:
            part += character


def named(source):
    """All paths that a source names within its crate."""
    for use in re.findall(r"\buse ([^;]+);", source):
        yield from unfolded(use)
    yield from re.findall(r"\b(?:crate|super|self)(?:::\w+)+", source)


def target(module, path, known, exported):
    """The module that a path leads to from a module, also by way of what modules export of others; none when it leads out of the crate."""
    parts = [part.split()[0] for part in path.split("::") if part.split()]
    if not parts or parts[0] not in ("crate", "self", "super"):
        return None
    at = () if parts[0] == "crate" else module
    for part in parts:
        if part == "super":
            at = at[:-1]
        elif part in ("crate", "self"):
            continue
        elif at + (part,) in known:
            at += (part,)
        elif part in exported.get(at, {}):
            at = exported[at][part]
        else:
            break
    return at


def exports(sources, known):
    """The names that each module exports of others, with the module that each is of."""
    found = {}
    for module, source in sources.items():
        for use in re.findall(r"\bpub(?:\([^)]*\))? use ([^;]+);", source):
            for path in unfolded(use):
                within = path if path.split("::")[0] in ("crate", "self", "super") else f"self::{path}"
                of = target(module, within, known, {})
                if of != module:
                    found.setdefault(module, {})[re.split(r"::|\s+", path)[-1]] = of
    return found


def circles(root):
    """Each circle of a crate: the modules on it, as paths."""
    files = modules(root)
    known = {module[:end] for module in files for end in range(len(module) + 1)}
    sources = {}
    for module, path in files.items():
        with open(path, encoding="utf-8") as file:
            sources[module] = without_tests_and_texts(file.read())
    exported = exports(sources, known)
    graphs = {}
    for module, source in sources.items():
        for other in {target(module, path, known, exported) for path in named(source)} - {None}:
            # Where both paths part are the siblings.
            shared = len(os.path.commonprefix([module, other]))
            if shared < min(len(module), len(other)):
                graph = graphs.setdefault(module[:shared], {})
                graph.setdefault(module[shared], set()).add(other[shared])
    for parent, graph in sorted(graphs.items()):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            yield ["::".join(parent + (name,)) for name in error.args[1]]


def main():
    roots = sys.argv[1:] or sorted(root for pattern in ROOTS for root in glob(pattern))
    found = [(root, circle) for root in roots for circle in circles(root)]
    for root, circle in found:
        print(f"{root}: " + " needs ".join(reversed(circle)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
