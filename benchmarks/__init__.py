"""Vlekkeloos side by side with its peers, as ratios: each module here is a command."""
