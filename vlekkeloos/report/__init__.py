"""A run in; what its reader needs out: an HTML page, CSV and Excel files and GX's Data Docs, kept in the lake.

A run that was held or failed has a report as well, and that one matters most: every part of it that is not there
says so.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from vlekkeloos.report import data_docs, page, reading, tables, workbook
from vlekkeloos.report.texts import Language, Texts
from vlekkeloos.report.verdict import judge
from vlekkeloos.run import Run, checked_run_id

FILES = {
    "report": "report.html",
    "discrepancies": "discrepancies.csv",
    "quarantine": "quarantine.csv",
    "workbook": "report.xlsx",
}
#: The folder beside them with the Data Docs.
DATA_DOCS = "data_docs"


def write(run: Run, *, language: Language = "nl") -> dict[str, str]:
    """Writes the report of a run to ``reports/<exchange>/<run_id>/``, all of it or nothing; gives each file's place.

    Keys: report, discrepancies, quarantine, workbook, and data_docs (its index) if a source was judged by a suite.
    Writing it again replaces it.
    """
    texts = Texts(language)
    figures = reading.read(run)
    verdict = judge(figures, texts)
    folder = f"reports/{run.exchange}/{checked_run_id(run.run_id)}"
    with TemporaryDirectory(prefix="vlekkeloos-") as scratch:
        draft = Path(scratch) / "report"  # a folder of our own: the temporary one is closed to other users
        draft.mkdir()
        docs = data_docs.write(figures, texts, draft / DATA_DOCS)
        (draft / FILES["report"]).write_text(page.rendered(figures, verdict, texts, docs), encoding="utf-8")
        tables.write_csv(figures, tables.discrepancies(figures), draft / FILES["discrepancies"])
        tables.write_csv(figures, tables.quarantine(figures), draft / FILES["quarantine"])
        summary = [(tile.label, tile.value) for tile in page.tiles(figures, texts)]
        workbook.write(figures, verdict, summary, texts, draft / FILES["workbook"])
        place = run.lake.keep(draft, folder)
    more = {"data_docs": f"{DATA_DOCS}/{data_docs.INDEX}"} if docs else {}
    return {name: f"{place}/{file}" for name, file in (FILES | more).items()}
