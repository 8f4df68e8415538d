"""Data loaders of PyTorch: what an item costs, and what goes through them."""

from textwrap import dedent

import pytest
from bundled_facts import bundled_facts

from greenlint.lint.facts.vocabulary import Answer, fact_named
from greenlint.lint.rule import Subject

SETUP = """
import lightning
from PIL import Image
from torch.utils.data import DataLoader, Dataset, Subset
from torchvision.datasets import ImageFolder

class Photos(Dataset):
    def __getitem__(self, index):
        return self.load(index)
    def load(self, index):
        return Image.open(self.paths[index])

class Numbers(Dataset):
    def __getitem__(self, index):
        return self.numbers[index]

class Kept(Dataset):
    def __getitem__(self, index):
        return self.cache.get(index) or Image.open(self.paths[index])

class Lazy(Dataset):
    pass
"""
TRAINING = """
for epoch in range(EPOCHS):
    for batch in LOADER:
        loss = model(batch).mean()
        loss.backward()
        optimizer.step()
"""


def answer_to(name: str, source: str, detail: str = "") -> Answer | None:
    """What the fact `name` says of the last loader in `source`."""
    facts = bundled_facts(SETUP + dedent(source))
    function = fact_named(Subject.CALL, name)
    assert function is not None
    return function(facts, facts.calls_of("data.loader")[-1], detail)


def words_of(name: str, source: str, detail: str = "") -> set[str]:
    """The words of that answer; `unknown` where there is none."""
    answer = answer_to(name, source, detail)
    return {"unknown"} if answer is None else set(answer.words)


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("loader = DataLoader(ImageFolder('photos'))", "decoded"),
        ("data = ImageFolder('photos')\nloader = DataLoader(Subset(data, range(9)))", "decoded"),
        ("loader = DataLoader(Photos())", "decoded"),
        ("loader = DataLoader(dataset=Photos())", "decoded"),
        ("def build(data):\n    return DataLoader(data)\nbuild(Photos())", "decoded"),
        ("def build(data):\n    return DataLoader(data)\nbuild(data=Numbers())", "ready"),
        ("loader = DataLoader(Numbers())", "ready"),
        ("loader = DataLoader(Kept())", "ready"),
        ("loader = DataLoader(Lazy())", "unknown"),
        ("loader = DataLoader(load_photos())", "unknown"),
        ("loader = DataLoader()", "unknown"),
        ("loader = DataLoader(*parts)", "unknown"),
        ("loader = DataLoader(self.data)", "unknown"),
        (
            """
            class Module(lightning.LightningModule):
                def __init__(self):
                    self.data = Photos()
                def train_dataloader(self):
                    return DataLoader(self.data)
            """,
            "decoded",
        ),
    ],
)
def test_a_data_set_decodes_or_has_its_items_ready(source: str, word: str) -> None:
    assert words_of("items", source) == {word}


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("loader = DataLoader(data)", "epochs"),
        ("loader: DataLoader = DataLoader(data)", "epochs"),
        ("loaders = {'train': DataLoader(data)}", "unknown"),
        ("other, loader = DataLoader(more), DataLoader(data)", "epochs"),
        ("def build():\n    return DataLoader(data)\nloader = build()", "epochs"),
        ("preview = DataLoader(data)\nbatch = next(iter(preview))", "unknown"),
    ],
)
def test_what_goes_through_a_loader(source: str, word: str) -> None:
    training = TRAINING.replace("EPOCHS", "9").replace("LOADER", "loader")
    assert words_of("feeds", dedent(source) + training) == {word}


def test_one_epoch_goes_through_it_once() -> None:
    training = TRAINING.replace("EPOCHS", "1").replace("LOADER", "loader")
    assert words_of("feeds", "loader = DataLoader(data)\n" + training) == {"once"}


def test_a_loop_over_batches_alone_goes_through_it_once() -> None:
    source = """
    loader = DataLoader(data)
    for batch in loader:
        model(batch).mean().backward()
        optimizer.step()
    """
    assert words_of("feeds", source) == {"once"}


def test_a_loader_may_be_handed_to_the_function_that_trains() -> None:
    source = """
    def fit(batches):
        for epoch in range(9):
            for batch in batches:
                model(batch).mean().backward()
                optimizer.step()

    train_loader = DataLoader(data)
    fit(train_loader)
    """
    assert words_of("feeds", source) == {"epochs"}


def test_a_loader_may_be_handed_over_by_keyword_and_validate() -> None:
    source = """
    def validate(model, batches):
        for batch in batches:
            model(batch)

    val_loader = DataLoader(data)
    for epoch in range(9):
        for batch in other:
            model(batch).mean().backward()
            optimizer.step()
        validate(model, batches=val_loader)
    """
    assert words_of("feeds", source) == {"epochs"}


def test_a_loader_that_is_built_in_each_epoch_is_rebuilt() -> None:
    source = """
    for epoch in range(9):
        loader = DataLoader(data)
        for batch in loader:
            model(batch).mean().backward()
            optimizer.step()
    """
    assert words_of("feeds", source) == {"rebuilt"}


def test_a_trainer_of_lightning_goes_through_what_it_is_given() -> None:
    source = """
    loader = DataLoader(data)
    lightning.Trainer(max_epochs=9).fit(model, loader)
    """
    assert words_of("feeds", source) == {"epochs"}


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("num_workers=4", {"yes"}),
        ("pin_memory=True, num_workers=4", {"yes"}),
        ("num_workers=workers", {"no"}),
        ("num_workers=args.workers", {"no", "workers"}),
        ("num_workers=os.cpu_count()", {"no", "cpu_count"}),
        ("batch_size=4", {"unknown"}),
        ("**options", {"unknown"}),
    ],
)
def test_a_value_may_be_written_in_the_call(argument: str, words: set[str]) -> None:
    assert words_of("written", f"DataLoader(data, {argument})", "workers") == words


@pytest.mark.parametrize(
    ("passes", "word"),
    [
        ("while True:\n        for item in given:\n            yield item", "epochs"),
        ("while True:\n        for item in given:\n            print(item)", "once"),
        ("for item in given:\n        yield item", "once"),
        ("while True:\n        for item in other:\n            yield item", "once"),
    ],
)
def test_a_generator_without_end_goes_through_what_it_is_given(passes: str, word: str) -> None:
    source = f"""
def cycle(given):
    {passes}

batches = cycle(DataLoader(data))
for step in range(9):
    model(next(batches)).mean().backward()
    optimizer.step()
"""
    assert words_of("feeds", source) == {word}
