"""What the suites of a run said; GX's own Data Docs of it out: an index, a page for each suite and each source.

GX's renderers make the content, ``data_docs_view`` the pages around it: whole in themselves, without a script, and
without a network.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vlekkeloos import results
from vlekkeloos.report.figures import Figures
from vlekkeloos.report.texts import Texts
from vlekkeloos.run import checked_run_id

log = logging.getLogger(__name__)

INDEX = "index.html"


def write(figures: Figures, texts: Texts, folder: Path) -> dict[str, str]:
    """Writes the site into a folder; gives the address within it of the page of each source.

    Of a run that judged nothing by a suite nothing is written, and neither of one whose pages GX can't make: the
    report itself is worth more than they are.
    """
    run = figures.run
    kept = {source: results.place(run, source) for source in run.contract.sources}
    judged: dict[str, tuple[Any, Any]] = {}
    try:
        for source, place in kept.items():
            if figures.step("validate", source).at is not None and run.lake.exists(place):
                with run.lake.fetched(place) as local:
                    judged[source] = results.read(local)
        return _built(figures, texts, judged, folder) if judged else {}
    except Exception as error:  # GX raises what its parts raise; a text of theirs may quote a record
        log.warning("the Data Docs of run %s could not be made: %s", run.run_id, type(error).__name__)
        shutil.rmtree(folder, ignore_errors=True)
        return {}


def _built(figures: Figures, texts: Texts, judged: Mapping[str, tuple[Any, Any]], folder: Path) -> dict[str, str]:
    import great_expectations as gx
    from great_expectations.render.renderer.site_builder import SiteBuilder

    # GX tells of a folder of its own that nobody looks into, and of each cell that it leaves empty, with a traceback
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    logging.getLogger("great_expectations.render").setLevel(logging.CRITICAL)
    context = gx.get_context(mode="ephemeral")
    run, names = figures.run, _suite_names(judged)
    moments = [at for source in judged if (at := figures.step("validate", source).at)]
    for source, (result, suite) in judged.items():
        result.suite_name = suite.name = names[source]
        if suite.name not in {known.name for known in context.suites.all()}:
            context.suites.add(suite)
    checked = results.checkpoint_result(
        run.exchange,
        checked_run_id(run.run_id),
        {source: result for source, (result, _) in judged.items()},
        max(moments),
    )
    for key, result in checked.run_results.items():
        context.validation_results_store.set(key, result)
    view = {
        "module_name": "vlekkeloos.report.data_docs_view",
        "class_name": "PageView",
        "language": texts.language,
        "run_id": run.run_id,
    }
    site = SiteBuilder(
        context,
        {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        site_name=run.contract.title,
        site_index_builder={"class_name": "DefaultSiteIndexBuilder", "view": view},
        site_section_builders={
            "expectations": {"view": view},
            # a run may be named as it likes; by default GX leaves out those with "profiling" in their name
            "validations": {"view": view, "run_name_filter": {"not_equals": "/"}},
            "profiling": "None",
        },
        show_how_to_buttons=False,
    )
    site.build()
    # fonts and pictures, 4 MB of them, that our pages don't use
    shutil.rmtree(folder / "static")
    pages = {key.batch_identifier: Path("validations", *key.to_tuple()) for key in checked.run_results}
    there = {source: f"{page.as_posix()}.html" for source, page in pages.items()}
    for source in [source for source, page in there.items() if not (folder / page).is_file()]:
        log.warning("GX could not make the Data Docs of %s in run %s", source, run.run_id)
        del there[source]
    return {source: quote(page) for source, page in there.items()}


def _suite_names(judged: Mapping[str, tuple[Any, Any]]) -> dict[str, str]:
    """By source the name of its suite in the site; two suites of the same name get their source's beside it.

    GX makes paths of names, and doesn't encode all of its links.
    """
    suites = {source: suite for source, (_, suite) in judged.items()}
    names = {source: re.sub(r"[^\w. -]|(?<!\w)\.|\.$", "-", suite.name) for source, suite in suites.items()}
    return {
        source: name
        if all(suites[other] == suites[source] for other in suites if names[other] == name)
        else f"{name} ({source})"
        for source, name in names.items()
    }
