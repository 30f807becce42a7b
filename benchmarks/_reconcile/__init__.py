"""What ``benchmarks/reconcile.py`` runs: two registers' maker, and the contenders, each a process of its own."""
