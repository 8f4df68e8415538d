"""The part of SARIF 2.1.0 that greenlint writes, as a JSON Schema that allows nothing else.

Written from the specification (OASIS, SARIF version 2.1.0 with errata 01); the section that
asks for it stands beside each object. The official schema is not copied here.
"""

from typing import Any

TEXT = {"type": "string", "minLength": 1}
INDEX = {"type": "integer", "minimum": 0}
COUNT = {"type": "integer", "minimum": 1}
URI = {
    "type": "string",
    "pattern": r"^([A-Za-z][A-Za-z0-9+.-]*:)?[A-Za-z0-9\-._~/%!$&'()*+,;=:@?#]+$",
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def listed(item: dict[str, Any]) -> dict[str, Any]:
    """An array of such items."""
    return {"type": "array", "items": item}


MESSAGE = closed(["text"], text=TEXT, markdown=TEXT)  # 3.11, 3.12
PROPERTIES = {  # 3.8: tags are strings, each once
    "type": "object",
    "properties": {"tags": listed(TEXT) | {"uniqueItems": True}},
}
RULE = closed(  # 3.49
    ["id"],
    id=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=closed([], level=LEVEL),  # 3.50
    properties=PROPERTIES,
)
REGION = closed(  # 3.30
    ["startLine"], startLine=COUNT, startColumn=COUNT, endLine=COUNT, endColumn=COUNT
)
LOCATION = closed(  # 3.28, 3.29, 3.4
    ["physicalLocation"],
    physicalLocation=closed(
        ["artifactLocation", "region"],
        artifactLocation=closed(["uri"], uri=URI, uriBaseId=TEXT),
        region=REGION,
    ),
    message=MESSAGE,
)
RESULT = closed(  # 3.27
    ["ruleId", "message"],
    ruleId=TEXT,
    ruleIndex=INDEX,
    level=LEVEL,
    message=MESSAGE,
    locations=listed(LOCATION),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    suppressions=listed(  # 3.35
        closed(["kind"], kind={"enum": ["inSource", "external"]}, justification=TEXT)
    )
    | {"uniqueItems": True},
    properties=PROPERTIES,
)
RUN = closed(  # 3.14
    ["tool", "results"],
    tool=closed(  # 3.18, 3.19
        ["driver"],
        driver=closed(
            ["name"], name=TEXT, version=TEXT, rules=listed(RULE) | {"uniqueItems": True}
        ),
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations=listed(closed(["executionSuccessful"], executionSuccessful={"type": "boolean"})),
    results=listed(RESULT),
)
SCHEMA = closed(  # 3.13
    ["version", "runs"],
    **{"$schema": URI, "version": {"const": "2.1.0"}, "runs": listed(RUN)},
)
