"""What jumped between the runs of a source: the profile of each is kept, and held against those of the last ones."""

from vlekkeloos.jumps.judged import LOOK_BACK, jumps
from vlekkeloos.jumps.kept import last, record

__all__ = ["LOOK_BACK", "jumps", "last", "record"]
