"""Every name that is replaced, and by what: the same name has the same replacement wherever it stands.

What a replacement must keep is what the name shows: the owner of a pod is inferred from the pod's name, an image is
found on other nodes by the hash of its repository.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable

from fleetscan.capture.procfs.images import is_wide, narrow_hash, repository_hash, repository_of
from fleetscan.diagnosis.knowledge.unmaintained import MIRROR_PREFIXES
from fleetscan.redaction import known

type Make = Callable[[int], str]

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""The characters of Kubernetes' random suffixes (apimachinery, util/rand)."""
_HEX = "0123456789abcdef"
_REPLICA = re.compile(rf"(?P<name>.+)-(?P<hash>[{_LETTERS}]{{6,10}})-(?P<random>[{_LETTERS}]{{5}})")
_RANDOM = re.compile(rf"(?P<name>.+)-(?P<random>[{_LETTERS}]{{5}})")
_ORDINAL = re.compile(r"(?P<name>.+)-(?P<ordinal>[0-9]{1,4})")
_TEMPLATE = re.compile(r"(?P<name>.+)-(?P<hash>[a-z0-9]{6,10})")
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}")
_VOLUME = re.compile(r"volume=(?!-$)(.+)")
_VERSION = re.compile(r"v?[0-9]+(?:\.[0-9]+){0,3}(?:(?:-minimal)?-eksbuild\.[0-9]+)?")
_WHOLE = frozenset({"account", "address", "digest", "host", "image", "instance", "pod", "registry", "seen_image"})
"""Kinds of name that stand as a word in a sentence; a mere suffix does not."""
_LEAST_ACCOUNT = 100_000_000_000


class Names:
    """What was replaced so far."""

    def __init__(self) -> None:
        self._given: dict[str, dict[str, str]] = defaultdict(dict)
        self._labels: dict[str, str] = {}
        """Plain names of all kinds: one name is one replacement, whether a cluster, a namespace or a process has it."""
        self._counts: dict[str, int] = defaultdict(int)
        self._kept: set[str] = set()
        """Names of kube-system's, which stay wherever they stand."""
        self._hashes: dict[int, int] = {}
        self._templates: set[str] = set()
        self._new: set[str] = set()
        """Replacements: what is one already, in a sentence of which a part was replaced, stays."""

    def replaced(self, text: str) -> str | None:
        """Return what stands for a word of a text; None for one that is no name that was replaced."""
        if text in self._kept or text in self._new:
            return text
        if (found := self._labels.get(text)) is not None:
            return found
        return next((given[text] for kind, given in self._given.items() if text in given and kind in _WHOLE), None)

    def label(self, name: str, kind: str) -> str:
        """Return what stands for a plain name; ``kind`` is how that begins where the name is new."""
        if not name or name == "-" or name in self._kept:
            return name
        if name not in self._labels:
            # No hyphen before the number, or it would be taken for the ordinal of a StatefulSet's pod.
            self._labels[name] = f"{kind}{self._next(kind)}"
            self._new.add(self._labels[name])
        return self._labels[name]

    def account(self, number: str) -> str:
        """Return what stands for an AWS account."""
        return number and self._once("account", number, lambda at: str(_LEAST_ACCOUNT + at))

    def instance(self, instance_id: str) -> str:
        """Return what stands for an EC2 instance."""
        return instance_id and self._once("instance", instance_id, lambda at: f"i-{at:017x}")

    def volume(self, pair: str) -> str:
        """Return what stands for ``volume=`` and the id of an EBS volume."""
        found = _VOLUME.fullmatch(pair)
        return f"volume={self.volume_id(found[1])}" if found else pair

    def volume_id(self, volume_id: str) -> str:
        """Return what stands for the id of an EBS volume."""
        return volume_id and self._once("volume", volume_id, lambda at: f"vol-{at:017x}")

    def host(self, name: str) -> str:
        """Return what stands for the name of a host; of a name with a domain the first part is known as well."""
        if not name:
            return name
        first, dot, _ = name.partition(".")
        short = self._once("host", first, lambda at: f"node-{at}")
        return self._made("host", name, f"{short}.internal") if dot else short

    def address(self, address: str) -> str:
        """Return what stands for an address: one of the networks for benchmarks and for documentation."""
        if address.startswith(("127.", "0.", "169.254.", "255.")) or address in {"::", "::1"}:
            return address
        if ":" in address:
            return self._once("address", address, lambda at: f"2001:db8::{at:x}")
        return self._once("address", address, lambda at: f"198.{18 + at // 65_536 % 2}.{at // 256 % 256}.{at % 256}")

    def namespace(self, name: str) -> str:
        """Return what stands for a namespace."""
        return name if name in known.NAMESPACES else self.label(name, "ns")

    def container(self, name: str, namespace: str = "") -> str:
        """Return what stands for a container."""
        return self._of(name, namespace, "c")

    def command(self, name: str, namespace: str = "") -> str:
        """Return what stands for a process; the kernel cuts its name at 15 characters, and so long is this."""
        return name if known.is_command(name) else self._of(name, namespace, "p")

    def template(self, text: str) -> str:
        """Return what stands for the hash of a pod template, and know it as the end of a ReplicaSet's name."""
        self._templates.add(text)
        return self._suffix("template", text)

    def workload(self, name: str, namespace: str = "") -> str:
        """Return what stands for what owns pods."""
        found = _TEMPLATE.fullmatch(name)
        if found and found["hash"] in self._templates and not self._stays(name, namespace):
            return f"{self.workload(found['name'], namespace)}-{self.template(found['hash'])}"
        return self._of(name, namespace, "app")

    def pod(self, title: str) -> str:
        """Return what stands for ``namespace/name``."""
        namespace, slash, name = title.partition("/")
        if not slash:
            return title if title == "-" or _UID.fullmatch(title) else self.label(title, "app")
        return f"{self.namespace(namespace)}/{self.pod_name(name, namespace)}"

    def pod_name(self, name: str, namespace: str) -> str:
        """Return what stands for the name of a pod; it shows as much of the pod's owner."""
        if match := _REPLICA.fullmatch(name):
            owner = self.workload(match["name"], namespace)
            if not self._stays(name, namespace):
                new = f"{owner}-{self.template(match['hash'])}-{self._suffix('random', match['random'])}"
                return self._made("pod", name, new)
        elif match := _RANDOM.fullmatch(name):
            owner = self.workload(match["name"], namespace)
            if not self._stays(name, namespace):
                return self._made("pod", name, f"{owner}-{self._suffix('random', match['random'])}")
        elif match := _ORDINAL.fullmatch(name):
            owner = self.workload(match["name"], namespace)
            if not self._stays(name, namespace):
                return self._made("pod", name, f"{owner}-{match['ordinal']}")
        return self.workload(name, namespace)

    def image(self, image: str) -> str:
        """Return what stands for an image; one on a shipped list keeps the name that it is listed by."""
        if image in {"", "-"}:
            return image
        name, at, digest = image.partition("@")
        repository = repository_of(image)
        host, tag = _around(name, repository)
        new = self._repository(repository)
        self._hashes[repository_hash(repository)] = repository_hash(new)
        self._hashes[narrow_hash(repository)] = narrow_hash(new)
        host = self.registry(host)
        if tag and not _VERSION.fullmatch(tag):
            tag = self.label(tag, "tag")
        if digest:
            digest = self._once("digest", digest, lambda number: f"sha256:{hashlib.sha256(b'%d' % number).hexdigest()}")
        whole = f"{host}{'/' if host else ''}{new}{':' if tag else ''}{tag}{at}{digest}"
        return self._made("seen_image", image, whole)

    def registry(self, host: str) -> str:
        """Return what stands for the host of a registry."""
        if not host or host in known.REGISTRIES or known.EKS_REGISTRY.fullmatch(host):
            return host
        return self._once("registry", host, lambda number: f"registry-{number}.example")

    def image_hash(self, number: int) -> int:
        """Return what stands for the hash of a repository, whether any node told the repository's name or none did."""
        if number in self._hashes:
            return self._hashes[number]
        if known.is_hash(number):
            return number
        hashed = repository_hash if is_wide(number) else narrow_hash
        return int(self._once("hash", str(number), lambda at: str(hashed(f"unseen-{at}"))))

    def _repository(self, repository: str) -> str:
        listed = known.listed_part(repository)
        if not listed:
            return self._once("image", repository, lambda at: f"img-{at}")
        prefix = repository.removesuffix(listed).rstrip("/")
        if not prefix or prefix in MIRROR_PREFIXES:
            return repository
        return f"{self._once('mirror', prefix, lambda at: f'mirror-{at}')}/{listed}"

    def _of(self, name: str, namespace: str, kind: str) -> str:
        return name if self._stays(name, namespace) else self.label(name, kind)

    def _stays(self, name: str, namespace: str) -> bool:
        if namespace == known.SYSTEM_NAMESPACE and name:
            self._kept.add(name)
        return name in self._kept

    def _suffix(self, kind: str, text: str) -> str:
        letters = _LETTERS if set(text) <= set(_LETTERS) else _HEX
        return self._once(kind, text, lambda at: _counted(at, letters, len(text)))

    def _made(self, kind: str, original: str, replacement: str) -> str:
        """Return a replacement that is made of others, and know it as one: the latest, for they may have changed."""
        self._given[kind][original] = replacement
        self._new.add(replacement)
        return replacement

    def _once(self, kind: str, original: str, make: Make) -> str:
        given = self._given[kind]
        if original not in given:
            given[original] = make(self._next(kind))
            self._new.add(given[original])
        return given[original]

    def _next(self, kind: str) -> int:
        self._counts[kind] += 1
        return self._counts[kind]


def _around(name: str, repository: str) -> tuple[str, str]:
    """Return the registry's host and the tag of an image without its digest."""
    before, _, after = name.rpartition(repository) if repository else ("", "", name)
    return before.rstrip("/"), after.removeprefix(":")


def _counted(number: int, letters: str, length: int) -> str:
    """Return a number written in some letters, so long."""
    digits = ""
    for _ in range(length):
        number, rest = divmod(number, len(letters))
        digits = letters[rest] + digits
    return digits
