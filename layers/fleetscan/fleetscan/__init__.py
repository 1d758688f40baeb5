"""Find what Kubernetes cannot see on EKS worker nodes, before it kills them."""
