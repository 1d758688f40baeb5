"""What everybody has: names that tell nothing of who recorded a scan, and stay."""

from __future__ import annotations

import re
from functools import cache

from fleetscan.capture.procfs.images import hashes_of
from fleetscan.diagnosis.knowledge.capture_agents import capture_agents
from fleetscan.diagnosis.knowledge.unmaintained import MIRROR_PREFIXES, is_listed
from fleetscan.fleet.infrastructure import is_infrastructure
from fleetscan.fleet.known_software import known_software

SYSTEM_NAMESPACE = "kube-system"
NAMESPACES = frozenset({SYSTEM_NAMESPACE, "kube-public", "kube-node-lease", "default"})
"""The namespaces that every cluster has."""

REGISTRIES = frozenset(
    {
        "docker.io",
        "gcr.io",
        "ghcr.io",
        "mcr.microsoft.com",
        "nvcr.io",
        "public.ecr.aws",
        "quay.io",
        "registry.k8s.io",
        "k8s.gcr.io",
    }
)
EKS_REGISTRY = re.compile(
    r"(?:602401143452|800184023465|877085696533|558608220178|961992271922|590381155156|918309763551|151742754352"
    r"|013241004608|455263428931)\.dkr\.ecr\.[a-z0-9-]{1,30}\.amazonaws\.com(?:\.cn)?"
)
"""The registries from which EKS installs its add-ons (EKS user guide, Amazon container image registries)."""

COMMANDS = frozenset(
    {
        *("agetty", "auditd", "bash", "chronyd", "crond", "dbus-broker", "dbus-daemon", "gssproxy", "init", "rngd"),
        *("rsyslogd", "sh", "sshd", "systemd", "systemd-journal", "systemd-logind", "systemd-network"),
        *("systemd-resolve", "systemd-udevd", "amazon-ssm-agen", "ssm-agent-worke", "ssm-document-wo"),
        *("containerd", "containerd-shim", "dockerd", "kubelet", "runc", "pause", "kube-proxy", "coredns"),
        *("aws-k8s-agent", "aws-ebs-csi-dri", "aws-efs-csi-dri", "csi-node-driver", "livenessprobe"),
        *("dd", "dotnet", "envoy", "haproxy", "httpd", "java", "nginx", "node", "perl", "php-fpm", "python"),
        *("python3", "ruby", "redis-server", "postgres", "mysqld", "mongod", "stress", "stress-ng"),
    }
)
"""Programs of the operating system, of Kubernetes and of EKS, and those that run other people's programs."""
_KERNEL_THREAD = re.compile(r"(?:kworker|kswapd|ksoftirqd|kcompactd|khugepaged|kthreadd|kauditd|jbd2|xfsaild)[!-~]*")

QOS = frozenset({"max", "guaranteed", "burstable", "besteffort", "-"})
"""Words of the rows of pods."""

OWNERS = frozenset(
    {"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet", "Job", "CronJob", "ReplicationController", "Node"}
)
"""Kinds of owner that are Kubernetes' own."""
MANAGERS = re.compile(
    r"kubectl[a-z-]*|k9s|lens|before-first-apply|kube-[a-z-]+|kubelet|helm|eks|argocd-(?:application-)?controller"
    r"|(?:kustomize|helm)-controller"
)
"""Field managers that tell who keeps an object up to date."""
COMPONENTS = re.compile(
    r"kubelet|kube-[a-z-]+|default-scheduler|node-controller|taint-eviction-controller|karpenter|cluster-autoscaler"
    r"|node-problem-detector|eks-node-monitoring-agent|kernel-monitor|sysctl-monitor|nodecontroller"
)
"""Who writes events."""
DOMAINS = re.compile(r"(?:[a-z0-9-]+\.)*(?:kubernetes\.io|k8s\.io|k8s\.aws|karpenter\.sh|amazonaws\.com)/.+")
"""Keys of taints that are no one's own."""


def is_command(name: str) -> bool:
    """Whether a process bears the name of a program that everybody has."""
    return name in COMMANDS or name in _agents() or _KERNEL_THREAD.fullmatch(name) is not None


def is_hash(number: int) -> bool:
    """Whether a hash is that of an image on a shipped list, also behind a mirror's usual prefix."""
    return number in _hashes()


def listed_part(repository: str) -> str:
    """Return how a repository ends that is on a shipped list, as it is named there; nothing for any other."""
    names = known_software().repositories
    if repository in names:
        return repository
    if is_listed(repository, names):
        return max((one for one in names if "/" in one and repository.endswith(f"/{one}")), key=len)
    return repository.rpartition("/")[2] if is_infrastructure(repository) else ""


@cache
def _agents() -> frozenset[str]:
    return frozenset(command for agent in capture_agents() for command in agent.commands)


@cache
def _hashes() -> frozenset[int]:
    names = known_software().repositories
    return frozenset[int]().union(
        *(hashes_of(one) for name in names for one in (name, *(f"{prefix}/{name}" for prefix in MIRROR_PREFIXES)))
    )
