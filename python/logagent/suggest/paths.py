"""Groups of URL paths: few, each with a share of the requests that matters."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from logagent._core import path_groups
from logagent.suggest.rules import Replacement, Rule, wins
from logagent.suggest.sample import Request

MOST_GROUPS = 20
_LEAST_SHARE = 0.005
"""A first segment with a smaller share of the requests gets no group."""
_LEAST_SHARE_BELOW = 0.03
"""Below a group's own prefix, a path needs this share to get a group for itself."""
_DEEPEST = 5
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~:@!,;=+%-")
_LONGEST_SEGMENT = 40

_VARIES_WITHIN = re.compile(r"<word>.*/[^<]*[A-Za-z0-9]")
"""A variable segment with a fixed one behind it, as in ``/users/<word>/posts``."""

REPLACEMENTS = (
    Replacement(
        "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", ":uuid"
    ),
    Replacement(
        r"/(?:19|20)[0-9]{2}[-/](?:0[1-9]|1[0-2])[-/](?:0[1-9]|[12][0-9]|3[01])\b", "/:date"
    ),
    Replacement(r"\b[0-9a-f]{16,}\b", ":hash"),
    Replacement(r"/[0-9]+\b", "/:id"),
)
"""What varies in paths, from specific to general; applied one after the other."""

_SUFFIXES = {
    "images": ("avif", "gif", "ico", "jpeg", "jpg", "png", "svg", "webp"),
    "media": ("m3u8", "m4s", "mp3", "mp4", "mpd", "ogg", "ts", "webm"),
    "assets": ("css", "eot", "js", "map", "mjs", "otf", "ttf", "woff", "woff2"),
    "downloads": ("bz2", "dmg", "exe", "gz", "iso", "pdf", "tar", "tgz", "xz", "zip"),
}


class Groups(NamedTuple):
    """A category of paths."""

    replacements: list[Replacement]
    """Those that change a path of the sample."""
    rules: list[Rule]
    """From specific to general; each wins at least one request of the sample."""
    won: Counter[Rule | None]
    """Requests of the sample by the rule that wins; None: no rule does."""


def group_paths(requests: Mapping[Request, int]) -> Groups:
    """Propose groups for the paths of counted requests."""
    paths: Counter[str] = Counter()
    for request, count in requests.items():
        paths[request.path] += count
    replacements, templates = _templates(paths)
    files = list(_file_rules(templates))
    left = {text: n for text, n in templates.items() if not any(r.holds(text) for r in files)}
    mined = list(_mined_rules(left))[: MOST_GROUPS // 2]
    left = {text: n for text, n in left.items() if not any(r.holds(text) for r in mined)}
    room = MOST_GROUPS - len(files) - len(mined)
    rules = [*files, *mined, *_tree_rules(left, sum(templates.values()), room)]
    won = wins(rules, templates)
    return Groups(replacements, [rule for rule in rules if won[rule]], won)


def _templates(paths: Mapping[str, int]) -> tuple[list[Replacement], Counter[str]]:
    """Paths with what varies replaced, and the replacements that have done something."""
    used = set()
    templates: Counter[str] = Counter()
    for path, count in paths.items():
        template = path
        for replacement in REPLACEMENTS:
            replaced = replacement.apply(template)
            if replaced != template:
                used.add(replacement)
            template = replaced
        templates[template] += count
    return [replacement for replacement in REPLACEMENTS if replacement in used], templates


def _file_rules(templates: Mapping[str, int]) -> Iterator[Rule]:
    """Rules for kinds of files, with those endings that occur."""
    endings: dict[str, set[str]] = {}
    for template in templates:
        stem, dot, ending = template.rpartition("/")[2].rpartition(".")
        if stem and dot:
            endings.setdefault(ending.lower(), set()).add(f".{ending}")
    for name, suffixes in _SUFFIXES.items():
        found = sorted(text for suffix in suffixes for text in endings.get(suffix, ()))
        if found:
            yield Rule(name, suffix=tuple(found))


def _mined_rules(templates: Mapping[str, int]) -> Iterator[Rule]:
    """Rules for paths with names that vary in between, which no prefix tells apart."""
    for group, regex in path_groups(list(templates.items()), MOST_GROUPS):
        if _VARIES_WITHIN.search(group):
            yield Rule(group, regex=(regex,))


class _Node:
    """A prefix of paths: how many requests are at it and below it."""

    def __init__(self, segments: tuple[str, ...]) -> None:
        self.segments = segments
        self.children: dict[str, _Node] = {}
        self.total = 0
        self.at = 0

    def rule(self) -> Rule:
        """The rule for what is at this prefix and below it; for the root, at it only."""
        path = "/" + "/".join(self.segments)
        if not self.children or not self.segments:
            return Rule(path, exact=(path,))
        exact = (path,) if self.at else ()
        return Rule(f"{path}/*", exact=exact, prefix=(f"{path}/",))


def _tree_rules(templates: Mapping[str, int], requests: int, most: int) -> list[Rule]:
    """Rules for the prefixes with the largest shares, the deepest first."""
    root = _tree(templates)
    candidates = _worthy(root, _LEAST_SHARE * requests)
    # Chosen nodes by their segments, and the requests that no chosen node below them takes.
    chosen: dict[tuple[str, ...], tuple[_Node, int]] = {}
    if root.at:
        chosen[()] = (root, root.at)
    while candidates and len(chosen) < most:
        # The largest first; among equals by name, so that the result is always the same.
        node = min(candidates, key=lambda one: (-one.total, one.segments))
        candidates.remove(node)
        chosen[node.segments] = (node, node.total)
        above = node.segments[:-1]
        if above and above in chosen:
            parent, left = chosen.pop(above)
            if left > node.total:
                chosen[above] = (parent, left - node.total)
        if len(node.segments) < _DEEPEST:
            candidates += _worthy(node, _LEAST_SHARE_BELOW * requests)
    nodes = [node for node, _ in chosen.values()]
    nodes.sort(key=lambda node: (-len(node.segments), -node.total, node.segments))
    return [node.rule() for node in nodes]


def _tree(templates: Mapping[str, int]) -> _Node:
    root = _Node(())
    for template, count in templates.items():
        if not template.startswith("/"):
            continue
        node = root
        root.total += count
        for segment in template[1:].split("/", _DEEPEST) if template != "/" else ():
            node = node.children.setdefault(segment, _Node((*node.segments, segment)))
            node.total += count
        node.at += count
    return root


def _worthy(node: _Node, least: float) -> list[_Node]:
    """The children with at least so many requests whose names can stand in a configuration."""
    return [
        child
        for segment, child in node.children.items()
        if child.total >= max(least, 2)
        and 0 < len(segment) <= _LONGEST_SEGMENT
        and _PLAIN.issuperset(segment)
    ]
