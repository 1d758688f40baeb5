"""An AWS endpoint and an EKS fleet on this machine: for the demo, the tests and the benchmarks."""
