"""An API server of Kubernetes for a fleet: what a scan may list, over TLS, by token, as RBAC allows it, in pages.

It answers nothing that Kubernetes' own OpenAPI description does not have, checks the token as a cluster of EKS does,
and takes what the role may do from the project's own manifest.
"""
