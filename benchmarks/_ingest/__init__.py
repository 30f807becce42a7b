"""What ``benchmarks/ingest.py`` runs: a registry's server, and the contenders, each a process of its own."""
