"""Sentences of Kubernetes, of the kernel and of AWS: the names in them replaced, the rest as it was said."""

from __future__ import annotations

import re

from fleetscan.redaction import known
from fleetscan.redaction.names import Names

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@%+=,-]*")
_PART = re.compile(r"[^=,;:/@%+]+")
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_MAC = re.compile(r"(?<![0-9A-Fa-f:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![0-9A-Fa-f:])", re.IGNORECASE)
_IPV6 = re.compile(
    r"(?<![0-9A-Za-z:.])(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![0-9A-Za-z:])", re.IGNORECASE
)
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_HOST = re.compile(r"ip-[0-9]{1,3}(?:-[0-9]{1,3}){3}(?:\.[a-z0-9.-]+)?")
_REGISTRY = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9.-]+")
_POD = re.compile(r"[a-z0-9][a-z0-9-]*[a-z0-9]/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_CONTAINER = re.compile(r"\b([Cc]ontainer )([a-z0-9-]+)(?= was | in | failed|,)")
_COMPOUND = re.compile(r"(?=[A-Z0-9]*[a-z])[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)+")
"""What a name in Kubernetes is made of where it has more than one part; a plain word is not told from a sentence's."""
_KUBERNETES_OWN = re.compile(r"kube[a-z-]*|[a-z0-9.-]*\.?(?:kubernetes|k8s)\.io|ephemeral-storage|container-runtime")

PLAIN = frozenset(
    {
        *("a", "an", "and", "at", "by", "by", "deletion", "for", "from", "has", "in", "is", "it", "no", "not", "of"),
        *("on", "or", "out", "the", "to", "was", "with", "cancelling", "marking", "container", "containers", "cpu"),
        *("disk", "failed", "kernel", "kill", "killed", "limit", "memory", "node", "nodes", "pod", "pods", "process"),
        *("ready", "request", "resource", "status", "task", "low", "using", "exit", "code", "stopped", "posting"),
    }
)
"""Words of these sentences: a name that is one of them is replaced where it stands as a name, and not in a sentence."""


def sentence(names: Names, text: str) -> str:
    """Return a sentence with the names that are known and everything that shows itself to be one replaced."""
    return _WORD.sub(lambda found: _word(names, found[0]), _addresses(names, text))


def message(names: Names, text: str) -> str:
    """Return a sentence of Kubernetes; whatever looks like the name of an object is one, also where none is known."""
    text = _CONTAINER.sub(lambda found: found[1] + _in_text(names, found[2]), text)
    return _WORD.sub(lambda found: _word(names, found[0], is_strict=True), _addresses(names, text))


_TASK = re.compile(r"(?P<before>\btask |\bComm: |^)(?P<name>[!-~]{1,15}?)(?P<after>:[0-9]+ blocked| invoked oom)")
_TASK_OF = re.compile(r"(?P<before>\btask=)(?P<name>[^ ,]+)(?P<after>)")
_KILLED = re.compile(r"(?P<before>[Pp]rocess [0-9]+,? \(|\[)(?P<name>[!-~]{1,15}?)(?P<after>\)[, ]|:[0-9]+\])")
_POD_OF = re.compile(r"(?P<before>\bpod=)(?P<name>[^ ,/]+/[^ ,]+)(?P<after>)")
_SERVICE = re.compile(r"(?P<before>/|=)(?P<name>[A-Za-z0-9_.@-]+)(?P<after>\.service\b)")


def kernel_line(names: Names, text: str) -> str:
    """Return a line of the kernel log with its tasks, pods and services replaced; its own words stay."""
    for pattern in (_TASK, _TASK_OF, _KILLED, _SERVICE):
        text = pattern.sub(lambda found: f"{found['before']}{names.command(found['name'])}{found['after']}", text)
    text = _POD_OF.sub(lambda found: f"{found['before']}{names.pod(found['name'])}", text)
    return sentence(names, text)


def _addresses(names: Names, text: str) -> str:
    text = _MAC.sub("02:00:00:00:00:00", text)
    return _IPV6.sub(lambda found: names.address(found[0]), text)


def _word(names: Names, word: str, *, is_strict: bool = False) -> str:
    core = word.rstrip(".,:/")
    return _replaced(names, core, is_strict=is_strict) + word[len(core) :]


def _replaced(names: Names, word: str, *, is_strict: bool) -> str:
    if (found := _shown(names, word)) is not None:
        return found
    if is_strict and _POD.fullmatch(word) and not known.DOMAINS.fullmatch(word):
        return names.pod(word)
    return _PART.sub(lambda part: _part(names, part[0], is_strict=is_strict), word)


def _part(names: Names, part: str, *, is_strict: bool) -> str:
    if (found := _shown(names, part)) is not None:
        return found
    if is_strict and _COMPOUND.fullmatch(part) and not _KUBERNETES_OWN.fullmatch(part):
        return names.label(part, "name")
    return part


def _shown(names: Names, word: str) -> str | None:
    """Return what stands for a word that is a name by itself or by its form."""
    if word.lower() in PLAIN:
        return None
    if (found := names.replaced(word)) is not None:
        return found
    for form, make in (
        (_INSTANCE, names.instance),
        (_ACCOUNT, names.account),
        (_HOST, names.host),
        (_IPV4, names.address),
        (_REGISTRY, names.registry),
    ):
        if form.fullmatch(word):
            return make(word)
    return None


def _in_text(names: Names, name: str) -> str:
    return name if name in PLAIN else names.container(name)
