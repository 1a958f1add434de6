"""Worksheets as QTI 2.1 items, which compute follow-through, in a content package."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from xml.etree import ElementTree as ET

from autograd.printing.mathml import MathML, math_element
from autograd.printing.table import Table
from autograd.printing.webpage import Html
from autograd.testing.by_hand.exercises import Exercise
from autograd.testing.by_hand.exports.markup import BLANK, body, document, element, title_of
from autograd.testing.by_hand.exports.questions import EMPTY, FOLLOWS, NOISE, RIGHT, WRONG, Linear, Question, questions
from autograd.testing.by_hand.sheet_formats import Format

_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_ITEM = "imsqti_item_xmlv2p1"
_TIME = (1980, 1, 1, 0, 0, 0)  # the same sheets give the same file

_FORMAT = Format(
    MathML,
    lambda text: Html(escape(text)),
    math_element,
    "<h4>{}</h4>".format,
    "<p>{}</p>".format,
    lambda rows: Table(rows).html(),
    Html(BLANK),
)

ET.register_namespace("m", _MATHML)


def qti(sheets: Mapping[str, Exercise]) -> bytes:
    """Return a content package, a zip file with a manifest and one item for each of the named `sheets`."""
    items = {f"item{i}": item(f"item{i}", name, sheet) for i, (name, sheet) in enumerate(sheets.items(), 1)}
    files = {"imsmanifest.xml": _manifest(list(items))} | {f"{name}.xml": content for name, content in items.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(name, _TIME), content)
    return packed.getvalue()


def item(identifier: str, name: str, sheet: Exercise) -> bytes:
    """Return the item of one sheet as XML."""
    asked = questions(sheet)
    content = [
        *map(_response, asked),
        _outcome("SCORE", "float", 0.0),
        _outcome("MAXSCORE", "float", float(len(asked))),
        *(_outcome(f"{what}_{q.number}", "float", 0.0) for q in asked for what in ("EXPECTED", "GIVEN")),
        *(_outcome(f"FEEDBACK_{q.number}", "identifier") for q in asked),
        _item_body(sheet, asked),
        element("responseProcessing", [rule for q in asked for rule in _rules(q)]),
        *(feedback for q in asked for feedback in _feedback(q)),
    ]
    root = element(
        "assessmentItem",
        content,
        xmlns=_QTI,
        identifier=identifier,
        title=title_of(name, sheet),
        adaptive="false",
        timeDependent="false",
    )
    return document(root)


def _response(q: Question) -> ET.Element:
    right = element("correctResponse", [element("value", q.answer)])
    return element(
        "responseDeclaration", [right], identifier=f"RESPONSE_{q.number}", cardinality="single", baseType="float"
    )


def _outcome(identifier: str, kind: str, default: float | None = None) -> ET.Element:
    start = [] if default is None else [element("defaultValue", [element("value", default)])]
    return element("outcomeDeclaration", start, identifier=identifier, cardinality="single", baseType=kind)


def _item_body(sheet: Exercise, asked: Sequence[Question]) -> ET.Element:
    blanks = [f'<textEntryInteraction responseIdentifier="RESPONSE_{q.number}" expectedLength="12"/>' for q in asked]
    return ET.fromstring(f"<itemBody>{body(sheet, _FORMAT, blanks)}</itemBody>")  # noqa: S314 - our own code


def _rules(q: Question) -> Iterator[ET.Element]:
    """Yield the rules that mark one blank. An empty one counts as the gradient that follows from the others."""
    answer, expected = _variable(f"RESPONSE_{q.number}"), _variable(f"EXPECTED_{q.number}")
    yield _set(f"EXPECTED_{q.number}", _sum(q.expected))
    is_empty = element("isNull", [answer])
    yield _condition([(is_empty, [_set(f"GIVEN_{q.number}", expected)])], otherwise=[_set(f"GIVEN_{q.number}", answer)])
    earned = [_set("SCORE", element("sum", [_variable("SCORE"), _number(1.0)]))]
    cases = [(is_empty, [_tell(q, "empty")]), (_is_near(answer, q.answer, q.tolerance), [*earned, _tell(q, "right")])]
    if q.expected.coefficients:
        cases.append((_follows(q, answer, expected), [*earned, _tell(q, "follows")]))
    cases += [
        (_is_near(answer, wrong, q.tolerance_of(wrong)), [_tell(q, f"slip{i}")])
        for i, (wrong, _) in enumerate(q.slips, 1)
    ]
    yield _condition(cases, otherwise=[_tell(q, "wrong")])


def _condition(cases: Sequence[tuple[ET.Element, list[ET.Element]]], otherwise: list[ET.Element]) -> ET.Element:
    (test, actions), *others = cases
    branches = [element("responseIf", [test, *actions])]
    branches += [element("responseElseIf", [test, *actions]) for test, actions in others]
    return element("responseCondition", [*branches, element("responseElse", otherwise)])


def _is_near(x: ET.Element, wanted: float, margin: float) -> ET.Element:
    return _between(x, _number(wanted - margin), _number(wanted + margin))


def _follows(q: Question, answer: ET.Element, expected: ET.Element) -> ET.Element:
    """Return the test of |answer - expected| <= rounding * |expected|, where the right gradient is not expected."""
    difference = element("subtract", [answer, expected])
    plus, minus = (element("product", [_number(sign * q.rounding), expected]) for sign in (1, -1))
    near = [_between(difference, minus, plus), _between(difference, plus, minus), _is_near(difference, 0.0, NOISE)]
    is_other = element("not", [_is_near(expected, q.answer, q.tolerance)])
    return element("and", [is_other, element("or", near)])


def _between(x: ET.Element, low: ET.Element, high: ET.Element) -> ET.Element:
    return element("and", [element("gte", [x, low]), element("lte", [x, high])])


def _sum(linear: Linear) -> ET.Element:
    terms = [element("product", [_number(c), _variable(f"GIVEN_{i}")]) for i, c in linear.coefficients.items()]
    return element("sum", [_number(linear.constant), *terms])


def _set(identifier: str, value: ET.Element) -> ET.Element:
    return element("setOutcomeValue", [value], identifier=identifier)


def _tell(q: Question, what: str) -> ET.Element:
    return _set(f"FEEDBACK_{q.number}", element("baseValue", what, baseType="identifier"))


def _variable(identifier: str) -> ET.Element:
    return element("variable", identifier=identifier)


def _number(x: float) -> ET.Element:
    return element("baseValue", x, baseType="float")


def _feedback(q: Question) -> Iterator[ET.Element]:
    told = {"right": RIGHT, "follows": FOLLOWS, "wrong": WRONG, "empty": EMPTY}
    told |= {f"slip{i}": sentence for i, (_, sentence) in enumerate(q.slips, 1)}
    for identifier, sentence in told.items():
        yield element(
            "modalFeedback",
            [element("p", f"{q.name}: {sentence}")],
            outcomeIdentifier=f"FEEDBACK_{q.number}",
            identifier=identifier,
            showHide="show",
        )


def _manifest(items: Sequence[str]) -> bytes:
    resources = [
        element("resource", [element("file", href=f"{name}.xml")], identifier=name, type=_ITEM, href=f"{name}.xml")
        for name in items
    ]
    metadata = element("metadata", [element("schema", "IMS Content"), element("schemaversion", "1.1")])
    content = [metadata, element("organizations"), element("resources", resources)]
    return document(element("manifest", content, xmlns=_PACKAGE, identifier="chainrule"))
