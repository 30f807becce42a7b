"""What ``benchmarks/ledger.py`` runs: a ledger's maker, and the contenders, each a process of its own."""
