"""A doubt about BRP, HR or another registry in; a terugmelding by Digimelding, its number and status out.

What is from a publication of Logius, "Digimelding Koppelvlakspecificatie" (DMKS, chapters 3 to 6 and bijlage B):
messages over SOAP by Digikoppeling WUS 2W-be, so over two-way TLS; the names, the order and the nesting of all
elements; that a terugmelding is a tree of annotaties with a UUID each, of which we give that of the root ourselves;
the eigen kenmerk of at most 12 positions, which a StatusoverzichtRequest can look for; the statuses; the faults
DK0002, DK0004, DK0050 and DK0051, and the namespace, from the example of a fault.

Not published, or not found: the WSDL and XSD (the "cookiebox"), so the SOAPAction, how dates are written, and that
every element is in that one namespace; how a registry forms the Uri of an object and of an attribute; how BRP and
HR tell in words whether what is Afgehandeld was honoured. All of that is in the functions below ``# the messages``.
Logius' successor, the Terugmeldingen Standaard (JSON), is a draft without an address, so it is not used.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import requests
from lxml import etree
from pydantic import Field

from connectors import http
from connectors._filing import filed, require_tls
from vlekkeloos.connector import Connection, ReportOptions, Status, Terugmelding
from vlekkeloos.errors import RegistryFailed, RegistryRefused

DMKS = "http://webservices.digimelding.nl/dmks/cookiebox/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"

#: Who is let in is told by the certificate of the connection.
AUTH = http.Nobody()

#: Bijlage B, in lower case; a registry may have others of its own.
STATUSES: dict[str, Literal["ingediend", "in onderzoek", "gehonoreerd", "afgewezen", "afgehandeld"]] = {
    "gemeld": "ingediend",
    "in behandeling": "in onderzoek",
    "ingepland": "in onderzoek",
    "verkeerde bronhouder": "in onderzoek",
    "onvoldoende informatie": "afgewezen",
    "ingetrokken": "afgehandeld",
    "afgehandeld": "afgehandeld",
}

#: Faults that are about the message itself.
REFUSED = ("DK0004", "DK0050")

_PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False}


class Options(ReportOptions):
    """Which registry is doubted, by whom: the organisation by its OIN, and somebody to ask about it."""

    registratie: str = Field(pattern="^[A-Z]{2,3}$", description="the registry's code, e.g. BRP or HR")
    oin_basisregistratie: str = Field(pattern=r"^\d{20}$", description="the OIN of the registry's holder")
    oin: str = Field(pattern=r"^\d{20}$", description="the OIN of the organisation that reports")
    naam: str = Field(min_length=1, description="whom the registry may ask about it: a person or a department")
    email: str = Field(pattern=r"^\S+@\S+$", description="… by mail")
    telefoon: str | None = Field(None, pattern=r"^[0-9+-]{8,20}$", description="… by telephone")
    afdeling: str | None = Field(None, min_length=1, description="the department")


def report(options: Options, connection: Connection, terugmelding: Terugmelding) -> str:
    """Files one; gives the UUID of its root annotatie, by which the registry knows it.

    Raises RegistryRefused, RegistryFailed; BadInput for a connection that can't be.
    """
    require_tls(connection)
    return filed(
        connection,
        connection.url,
        fresh=terugmelding.fresh,
        auth=AUTH,
        find=lambda: _searched(options, connection, terugmelding),
        read=lambda answer: _text(_body(answer), "AnnotatieVerwijzing"),
        **_envelope(connection, _toevoegen(options, terugmelding)),
    )


def status(options: Options, connection: Connection, number: str) -> Status:
    """What became of it: its newest status. Raises RegistryRefused, RegistryFailed."""
    require_tls(connection)
    found = _asked(connection, _details(options, number))
    told = [(_text(one, "GeannoteerdOp"), one) for one in found.iter(f"{{{DMKS}}}Annotatiestatus")]
    if not told:
        raise RegistryFailed(f"{connection.name}: a terugmelding has no status")
    moment, newest = max(told, key=lambda pair: datetime.fromisoformat(pair[0]))
    meant = STATUSES.get(_text(newest, "Status").strip().lower(), "in onderzoek")
    return Status(meant, newest.findtext(f"{{{DMKS}}}Toelichting"), datetime.fromisoformat(moment).astimezone(UTC))


def _searched(options: Options, connection: Connection, terugmelding: Terugmelding) -> str | None:
    """The UUID of the one with our kenmerk, if the registry has it."""
    found = _asked(connection, _overzicht(options, terugmelding))
    for one in found.iter(f"{{{DMKS}}}Annotatie"):
        if one.findtext(f"{{{DMKS}}}Meldingskenmerk") == terugmelding.kenmerk:
            return _text(one, "Uuid")
    return None


def _asked(connection: Connection, question: Any) -> Any:
    """The answer to a question, which may be asked as often as it takes."""
    with http.session(connection) as session:
        try:
            answer = session.post(
                connection.url, auth=http.proof(AUTH, connection), **_envelope(connection, question)
            )
        except requests.RequestException as error:
            raise RegistryFailed(f"{connection.name}: {error}") from None
    return _body(answer)


def _body(answer: requests.Response) -> Any:
    """What is in the envelope of an answer. Raises RegistryRefused, RegistryFailed for a fault, by its code only."""
    try:
        # an XML document of a government's server, and yet nothing outside it is read
        root = etree.fromstring(answer.content, etree.XMLParser(**_PARSER))
    except etree.XMLSyntaxError:
        raise RegistryFailed(f"Digimelding answered HTTP {answer.status_code} without an envelope") from None
    body = root.find(f"{{{SOAP}}}Body")
    fault = root.find(f".//{{{SOAP}}}Fault")
    if fault is not None:
        code = fault.findtext(f".//{{{DMKS}}}faultcode") or fault.findtext("faultcode") or ""
        known = next((one for one in ("DK0002", "DK0004", "DK0050", "DK0051") if one in code), "a code of its own")
        why = f"Digimelding answered with the fault {known}"
        raise RegistryRefused(why) if known in REFUSED else RegistryFailed(why)
    if body is None or len(body) == 0 or not answer.ok:
        raise RegistryFailed(f"Digimelding answered HTTP {answer.status_code} without an answer in it")
    return body[0]


def _text(element: Any, name: str) -> str:
    found: str | None = element.findtext(f"{{{DMKS}}}{name}")
    if not found:
        raise RegistryFailed(f"Digimelding's answer has no {name}")
    return found


# the messages ─────────────────────────────────────────────────────────────────────────────────────────────


def _toevoegen(options: Options, terugmelding: Terugmelding) -> Any:
    """The tree: the terugmelding itself, and its status, kenmerk and contact as leaves that refer to it."""
    request = _begun("AnnotatieToevoegenRequest", ("OinBasisregistratie", options.oin_basisregistratie))
    _put(request, "Registratie", options.registratie)
    tree = _put(request, "AnnotatieBoom")
    root = _uuid(terugmelding, "terugmelding")
    doubt = _annotatie(tree, "Terugmelding", root, options, terugmelding)
    _put(doubt, "Toelichting", terugmelding.explanation)
    uri = f"{options.oin_basisregistratie}/{terugmelding.key}"
    _put(_put(_put(doubt, "Bronverwijzingen"), "Bronverwijzing"), "Uri", uri)
    attribute = _put(_put(doubt, "Attributenset"), "Attribuut")
    _put(attribute, "Uri", f"{uri}/{terugmelding.attribute}" if terugmelding.attribute else uri)
    _put(attribute, "BetwijfeldeWaarde", terugmelding.registered)
    _put(attribute, "VoorgesteldeWaarde", terugmelding.believed)
    _put(doubt, "Peilmoment", terugmelding.seen_on.isoformat())
    for name, fields in _leaves(options, terugmelding):
        leaf = _annotatie(tree, name, _uuid(terugmelding, name), options, terugmelding)
        _put(leaf, "Annotatieverwijzing", root)
        for field, value in fields.items():
            _put(leaf, field, value)
        if name == "Contactinformatie":
            leaf.set("ContactType", "Melder")
    return request


def _leaves(options: Options, terugmelding: Terugmelding) -> Iterator[tuple[str, dict[str, str | None]]]:
    yield "Annotatiestatus", {"Status": "Gemeld"}
    yield "Referentiekenmerk", {"Kenmerk": terugmelding.kenmerk}
    contact = {"Naam": options.naam, "Telefoon": options.telefoon, "Email": options.email}
    yield "Contactinformatie", {**contact, "Afdeling": options.afdeling}


def _annotatie(tree: Any, name: str, identity: str, options: Options, terugmelding: Terugmelding) -> Any:
    """An annotatie of a kind, with the annotatiebasis but for what follows GeannoteerdOp."""
    found = _put(_put(tree, "Annotatie"), name)
    found.set("uuid", identity)
    by = _put(found, "GeannoteerdDoor")
    _put(by, "Oin", options.oin)
    _put(by, "Persoonsaanduiding", "anoniem")
    _put(found, "GeannoteerdOp", terugmelding.at.astimezone(UTC).isoformat(timespec="seconds"))
    return found


def _overzicht(options: Options, terugmelding: Terugmelding) -> Any:
    request = _begun("StatusoverzichtRequest", ("OinVragendeOrganisatie", options.oin))
    _put(request, "OinBasisregistratie", options.oin_basisregistratie)
    _put(request, "Registratie", options.registratie)
    listed = _put(_put(request, "Filter"), "MeldingskenmerkenLijst")
    _put(listed, "MeldingskenmerkLijstElement", terugmelding.kenmerk)
    return request


def _details(options: Options, number: str) -> Any:
    request = _begun("DetailsTerugmeldingRequest", ("OinVragendeOrganisatie", options.oin))
    _put(request, "OinBasisregistratie", options.oin_basisregistratie)
    _put(request, "Registratie", options.registratie)
    _put(request, "Uuid", number)
    return request


def _uuid(terugmelding: Terugmelding, part: str) -> str:
    """Always the same for the same terugmelding: so the same message is the same annotaties."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{DMKS}{terugmelding.kenmerk}/{part}"))


def _begun(name: str, first: tuple[str, str]) -> Any:
    request = etree.Element(f"{{{DMKS}}}{name}", nsmap={None: DMKS})
    _put(request, *first)
    return request


def _put(parent: Any, name: str, text: str | None = "") -> Any:
    """A new last child with a text; none of it where the text is None."""
    if text is None:
        return None
    child = etree.SubElement(parent, f"{{{DMKS}}}{name}")
    child.text = text or None
    return child


def _envelope(connection: Connection, request: Any) -> dict[str, Any]:
    """The message in a SOAP 1.1 envelope with WS-Addressing, as requests sends it."""
    action = f"{DMKS}{etree.QName(request).localname}"
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP, "wsa": WSA})
    header = etree.SubElement(envelope, f"{{{SOAP}}}Header")
    for name, text in (("To", connection.url), ("Action", action), ("MessageID", f"urn:uuid:{uuid.uuid4()}")):
        etree.SubElement(header, f"{{{WSA}}}{name}").text = text
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(request)
    return {
        "data": etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"),
        "headers": {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": f'"{action}"'},
    }
