"""What ``benchmarks/link.py`` runs: two registers' maker, and the contenders, each a process of its own."""
