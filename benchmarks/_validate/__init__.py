"""What ``benchmarks/validate.py`` runs: a register's maker, and the contenders, each a process of its own."""
