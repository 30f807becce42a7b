"""Digimelding of the sandbox: takes terugmeldingen about the persons in the BRP of the Town, and answers them.

Keeps to what ``connectors.digimelding`` says that is published: SOAP, a tree of annotaties, faults by their DK code.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vlekkeloos.sandbox import persons
from vlekkeloos.sandbox.registries.town import Town
from vlekkeloos.sandbox.terugmeldingen import Filed, Terugmeldingen

PREFIX = "/digimelding/dmks"
DMKS = "http://webservices.digimelding.nl/dmks/cookiebox/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

#: Who may report: the municipality. The certificate that would show it is not the sandbox's.
OIN = "00000001999800000000"

STEPS = {
    "filed": ("Gemeld", None),
    "investigated": ("In behandeling", None),
    "honoured": ("Afgehandeld", "Aangepast conform de terugmelding."),
    "rejected": ("Afgehandeld", "Niet aangepast: het gegeven is onderzocht en juist bevonden."),
}


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The connection to it."""
    return {"digimelding": {"conn_type": "http", "host": f"{url}/ws"}}


class _Refused(Exception):
    """A message that is not taken, by its DK code."""


def routes(town: Town) -> list[Route]:
    """The one address to which all messages go."""
    store = Terugmeldingen("DMKS", lambda key: persons.number(town, key) is not None)
    answers = {
        "AnnotatieToevoegenRequest": _taken,
        "StatusoverzichtRequest": _listed,
        "DetailsTerugmeldingRequest": _told,
    }

    async def message(request: Request) -> Response:
        try:
            asked = _body(await request.body())
            if OIN not in (_text(asked, "Oin"), _text(asked, "OinVragendeOrganisatie")):
                raise _Refused("DK0002")
            answer = answers.get(etree.QName(asked).localname)
            if answer is None:
                raise _Refused("DK0004")
            return _envelope(answer(store, request, asked))
        except _Refused as refusal:
            return _fault(str(refusal))

    return [Route("/ws", message, methods=["POST"])]


def _taken(store: Terugmeldingen, request: Request, asked: Any) -> Any:
    doubt = asked.find(f".//{{{DMKS}}}Terugmelding")
    kenmerk = _text(asked, "Kenmerk")
    if doubt is None or not kenmerk or len(kenmerk) > 12 or not _text(asked, "Email"):
        raise _Refused("DK0004")
    if not _text(doubt, "Toelichting"):
        raise _Refused("DK0050")
    key, number = _text(doubt, "Bronverwijzing", "Uri").rpartition("/")[2], doubt.get("uuid")
    store.file(request, kenmerk=kenmerk, key=key, told="", number=number)
    answer = etree.Element(f"{{{DMKS}}}AnnotatieToevoegenResponse", nsmap={None: DMKS})
    _put(answer, "Tijdstempel", datetime.now(UTC).isoformat(timespec="seconds"))
    _put(answer, "AnnotatieVerwijzing", number)
    return answer


def _listed(store: Terugmeldingen, request: Request, asked: Any) -> Any:
    wanted = {one.text for one in asked.iter(f"{{{DMKS}}}MeldingskenmerkLijstElement")}
    answer = etree.Element(f"{{{DMKS}}}StatusoverzichtResponse", nsmap={None: DMKS})
    listed = _put(answer, "AnnotatieLijst")
    for one in store.all(request):
        if not wanted or one.kenmerk in wanted:
            annotatie = _put(listed, "Annotatie")
            _put(annotatie, "Tijdstempel", one.filed)
            _put(annotatie, "Uuid", one.number)
            _put(annotatie, "Meldingskenmerk", one.kenmerk)
            _status(annotatie, one)
    return answer


def _told(store: Terugmeldingen, request: Request, asked: Any) -> Any:
    found = store.asked(request, _text(asked, "Uuid"))
    if found is None:
        raise _Refused("DK0050")
    answer = etree.Element(f"{{{DMKS}}}DetailsTerugmeldingResponse", nsmap={None: DMKS})
    _status(_put(_put(answer, "AnnotatieBoom"), "Annotatie"), found)
    return answer


def _status(parent: Any, found: Filed) -> None:
    status, said = STEPS[found.step]
    newest = _put(parent, "Annotatiestatus")
    _put(newest, "GeannoteerdOp", found.since)
    if said:
        _put(newest, "Toelichting", said)
    _put(newest, "Status", status)


def _body(sent: bytes) -> Any:
    try:
        root = etree.fromstring(sent, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        raise _Refused("DK0004") from None
    body = root.find(f"{{{SOAP}}}Body")
    if body is None or len(body) != 1:
        raise _Refused("DK0004")
    return body[0]


def _text(element: Any, *path: str) -> str:
    return element.findtext(".//" + "/".join(f"{{{DMKS}}}{name}" for name in path)) or ""


def _put(parent: Any, name: str, text: str | None = None) -> Any:
    child = etree.SubElement(parent, f"{{{DMKS}}}{name}")
    child.text = text
    return child


def _envelope(content: Any, status: int = 200) -> Response:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(content)
    return Response(etree.tostring(envelope, encoding="UTF-8"), status, media_type="text/xml")


def _fault(code: str) -> Response:
    fault = etree.Element(f"{{{SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = f"soap:{'Server' if code == 'DK0051' else 'Client'}"
    etree.SubElement(fault, "faultstring").text = "Fout"
    detail = etree.SubElement(etree.SubElement(fault, "detail"), f"{{{DMKS}}}DigimeldingSynchroonFault")
    _put(detail, "faultcode", code)
    return _envelope(fault, 500)
