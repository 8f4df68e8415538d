"""The catalog as a whole: no constructor builds objects of two types."""

from collections import defaultdict

from greenlint import bundled
from greenlint.lint.rule_pack import Content, read_pack
from greenlint.lint.rule_text import CatalogText
from greenlint.yaml_document import read_document


def test_a_constructor_is_listed_under_one_type_only() -> None:
    """Which of two would count is decided by the names of files."""
    types: dict[str, set[str]] = defaultdict(set)
    for file in read_pack(bundled.rules_directory(), bundled=True):
        if file.content is Content.CATALOG:
            document = read_document(file.path, shown=file.path.name, error=ValueError)
            for entry in CatalogText.model_validate(document.data).types:
                for constructor in entry.constructors:
                    types[constructor].add(entry.name)
    assert {name: kinds for name, kinds in types.items() if len(kinds) > 1} == {}
