"""Images that belong to the cluster itself: they run everywhere, so where they run proves nothing."""

from __future__ import annotations

REPOSITORIES: frozenset[str] = frozenset(
    {
        "pause",
        "eks/pause",
        "kube-proxy",
        "eks/kube-proxy",
        "amazon-k8s-cni",
        "eks/amazon-k8s-cni",
        "amazon-k8s-cni-init",
        "amazon/aws-network-policy-agent",
        "coredns",
        "eks/coredns",
        "coredns/coredns",
        "eks/aws-ebs-csi-driver",
        "ebs-csi-driver/aws-ebs-csi-driver",
        "eks/aws-efs-csi-driver",
        "efs-csi-driver/amazon/aws-efs-csi-driver",
        "eks/csi-node-driver-registrar",
        "eks/livenessprobe",
        "eks/eks-pod-identity-agent",
        "eks/eks-node-monitoring-agent",
        "eks/metrics-server",
        "metrics-server/metrics-server",
        "nvidia/k8s-device-plugin",
    }
)
"""Without registry, tag and digest: the add-ons of EKS by the names of its registry (EKS user guide, add-ons)."""

_LAST_PARTS = frozenset(name.rpartition("/")[2] for name in REPOSITORIES)


def is_infrastructure(repository: str) -> bool:
    """Whether an image is part of the cluster itself, whichever mirror it comes from.

    These are a root cause only if they *hold* something; so a wrong match hides a correlation, never a holder.
    """
    return repository.rpartition("/")[2] in _LAST_PARTS
