"""What modules of a project are asked, and what they say, with real files."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from greenlint.lint.engine import CheckRequest, check
from greenlint.lint.finding import Finding, Level
from greenlint.lint.inquiries import Inquiries
from greenlint.lint.project_modules import ModuleName, ProjectModules
from greenlint.lint.questions import Handover, Question, is_about_name, project_question
from greenlint.lint.ruleset import Ruleset, load_ruleset
from greenlint.policy.settings import LintSettings

RULE = "fp32-training-loop"
LOOP = """\
import torch
from .nets import Net

def train(loader):
    net = Net().cuda()
    optimizer = torch.optim.SGD(net.parameters())
    for batch in loader:
        loss = net(batch)
        loss.backward()
        optimizer.step()
"""
LARGE = """\
from torch import nn
from transformers import AutoModel

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = AutoModel.from_pretrained("bert-base-uncased")
"""
SMALL = "from torch import nn\n\nclass Net(nn.Linear):\n    pass\n"


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return load_ruleset(LintSettings(select=(RULE,)))


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("pyproject.toml", "")
    write("app/__init__.py", "")
    write("app/train.py", LOOP)
    return tmp_path


def write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def found(ruleset: Ruleset, *paths: str, cache: Path | None = None) -> tuple[Finding, ...]:
    settings = LintSettings(select=(RULE,), min_confidence=Level.LOW, root=str(Path.cwd()))
    request = CheckRequest(paths or (".",), settings, ruleset, jobs=1, cache_dir=cache)
    return check(request).findings


# -- a check -------------------------------------------------------------------------------------


def test_a_module_that_is_imported_decides_whether_it_is_checked_or_not(ruleset: Ruleset) -> None:
    write("app/nets.py", LARGE)
    alone = found(ruleset, "app/train.py")
    assert [(one.path, one.rule, one.span.line) for one in alone] == [("app/train.py", RULE, 7)]
    assert found(ruleset) == alone
    write("app/nets.py", SMALL)
    assert found(ruleset, "app/train.py") == found(ruleset) == ()


def test_nothing_is_found_where_nobody_says_so(ruleset: Ruleset) -> None:
    assert found(ruleset) == ()
    write("app/nets.py", "x = = 1")
    assert found(ruleset) == ()


def test_an_answer_is_remembered_as_long_as_the_module_stays_the_same(
    ruleset: Ruleset, project: Path
) -> None:
    cache = project / ".cache"
    write("app/nets.py", LARGE)
    first = found(ruleset, "app/train.py", cache=cache)
    assert len(first) == 1
    assert found(ruleset, "app/train.py", cache=cache) == first
    write("app/nets.py", SMALL)
    assert found(ruleset, "app/train.py", cache=cache) == ()
    write("app/nets.py", LARGE)
    assert found(ruleset, "app/train.py", cache=cache) == first


def test_modules_that_import_each_other_end(ruleset: Ruleset) -> None:
    write("app/nets.py", "from .more import Net\n")
    write("app/more.py", "from .nets import Net\n")
    assert found(ruleset) == ()


def test_a_suppression_of_what_only_the_project_knows_is_no_useless_one(ruleset: Ruleset) -> None:
    comment = f"    for batch in loader:  # greenlint: ignore[{RULE}] measured"
    write("app/train.py", LOOP.replace("    for batch in loader:", comment))
    write("app/nets.py", LARGE)
    assert found(ruleset) == ()
    write("app/nets.py", SMALL)
    assert found(ruleset) == ()


# -- where names lead ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("importer", "reference", "module", "name"),
    [
        ("app/train.py", ".nets.Net", "app/nets.py", "Net"),
        ("app/train.py", ".nets", "app/nets.py", ""),
        ("app/inner/a.py", "..nets.Net", "app/nets.py", "Net"),
        ("app/train.py", "app.nets.Net.build", "app/nets.py", "Net"),
        ("tools/run.py", "app.nets.Net", "app/nets.py", "Net"),
        ("app/train.py", ".Net", "app/__init__.py", "Net"),
        ("tools/run.py", "app.Net", "app/__init__.py", "Net"),
        ("tools/run.py", "app", "app/__init__.py", ""),
        ("tools/run.py", "lib.core.X", "src/lib/core.py", "X"),
        ("tools/run.py", "helper.X", "tools/helper.py", "X"),
    ],
)
def test_imports_lead_to_files(
    project: Path, importer: str, reference: str, module: str, name: str
) -> None:
    for file in ("app/nets.py", "app/inner/a.py", "src/lib/core.py", "tools/helper.py"):
        write(file, "")
    modules = ProjectModules(str(project))
    expected = ModuleName(str(project / module), name)
    assert modules.find(reference, str(project / importer)) == expected
    assert modules.find(reference, str(project / importer)) == expected


@pytest.mark.parametrize("reference", ["numpy.array", ".gone.Net", "....far.Net", "tools.gone.X"])
def test_what_the_project_has_not_is_nowhere(project: Path, reference: str) -> None:
    write("tools/helper.py", "")
    assert ProjectModules(str(project)).find(reference, str(project / "tools" / "run.py")) is None


def test_a_package_in_no_project_ends_above_its_outermost_folder(project: Path) -> None:
    write("app/inner/__init__.py", "")
    write("app/nets.py", "")
    modules = ProjectModules(str(project / "app" / "inner"))
    importer = str(project / "app" / "inner" / "a.py")
    assert modules.find("..nets.Net", importer) == ModuleName(str(project / "app/nets.py"), "Net")
    assert modules.find("app.nets.Net", importer) == modules.find("..nets.Net", importer)


# -- questions -------------------------------------------------------------------------------------


def test_questions_are_lines_of_text() -> None:
    question = Question(project_question("network-large", {".b.C", ".a.B"}))
    assert question.text == "network-large:.a.B,.b.C"
    assert (question.topic, question.references) == ("network", [".a.B", ".b.C"])
    handover = Handover("training", "fit", "model", 0)
    assert Handover.read(str(handover)) == handover
    assert is_about_name("network:Net")
    assert not is_about_name("kind:cache.response")


@pytest.mark.parametrize(
    ("text", "answers", "granted"),
    [
        ("network-large:.a.B", {"conv"}, True),
        ("network-conv-only:.a.B", {"conv"}, True),
        ("network-conv-only:.a.B", {"conv", "attention"}, False),
        ("network-large:.a.B", set(), False),
        ("network-large:.a.B", {"attention", "quiet"}, False),
        ("accelerator:.a.B", {"yes"}, True),
    ],
)
def test_answers_grant_a_question(text: str, answers: set[str], granted: bool) -> None:  # noqa: FBT001
    assert Question(text).is_granted(frozenset(answers)) is granted


def test_each_module_is_asked_once_and_only_a_few_steps_away(project: Path) -> None:
    asked: list[str] = []

    def ask(wanted: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
        answers = {}
        for path, questions in wanted.items():
            number = int(Path(path).stem.removeprefix("m"))
            asked.append(Path(path).stem)
            further = f"> .m{number + 1}.Net"
            said = "attention" if number == 9 else further
            answers[path] = frozenset(f"{question} {said}" for question in questions)
        return answers

    for number in range(10):
        write(f"app/m{number}.py", "")
    train = str(project / "app" / "train.py")
    inquiries = Inquiries(ProjectModules(str(project)), (), ask)
    far, near = "network-large:.m0.Net", "network-large:.m6.Net"
    assert inquiries.granted({train: frozenset({far, near})}) == {train: frozenset({near})}
    assert sorted(asked) == sorted(set(asked))
    assert "m5" not in asked
