"""What the benchmarks share: figures, processes, the sandbox, an installation to measure, and a load generator."""
