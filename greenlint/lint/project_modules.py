"""Which file of a project an import means: by the layout on disk, without running anything."""

import os
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ModuleName:
    """A name in a file of the project, or, with no name, the module that the file is."""

    path: str
    name: str


@dataclass(slots=True)
class ProjectModules:
    """Finds the modules below a root: the project's, or the folder of the outermost package."""

    root: str
    _known: dict[tuple[str, str], ModuleName | None] = field(default_factory=dict)

    def find(self, reference: str, importer: str) -> ModuleName | None:
        """What a dotted name means in the file `importer`; None for what the project has not.

        A relative name starts with its dots. A plain one is looked for beside the file and in
        each folder above it, up to the root and its `src`.
        """
        folder = os.path.dirname(importer)
        key = (folder, reference)
        if key not in self._known:
            self._known[key] = self._find(reference, folder)
        return self._known[key]

    def _find(self, reference: str, folder: str) -> ModuleName | None:
        parts = reference.lstrip(".").split(".")
        dots = len(reference) - len(reference.lstrip("."))
        for _ in range(dots - 1):
            folder = os.path.dirname(folder)
        top = self._top(folder)
        if not _is_within(folder, top):
            return None
        if dots:
            return _module_in(folder, parts)
        while True:
            for start in (folder, os.path.join(folder, "src")):
                if _has(start, parts[0]):
                    return _module_in(start, parts)
            if folder == top:
                return None
            folder = os.path.dirname(folder)

    def _top(self, folder: str) -> str:
        """The project's root, or what is above the outermost package if that is higher."""
        package = folder
        while os.path.isfile(os.path.join(package, "__init__.py")):
            package = os.path.dirname(package)
        return package if _is_within(self.root, package) else self.root


def _is_within(folder: str, root: str) -> bool:
    return folder == root or folder.startswith(os.path.join(root, ""))


def _has(folder: str, name: str) -> bool:
    """Whether a folder holds a module or package of that name."""
    path = os.path.join(folder, name)
    return os.path.isfile(f"{path}.py") or os.path.isdir(path)


def _module_in(folder: str, parts: list[str]) -> ModuleName | None:
    """The module that dotted parts lead to from a folder, and the first name in it."""
    for index, part in enumerate(parts):
        module = os.path.join(folder, f"{part}.py")
        rest = parts[index + 1 :]
        if os.path.isfile(module):
            return ModuleName(module, rest[0] if rest else "")
        inner = os.path.join(folder, part)
        if not os.path.isdir(inner):
            package = os.path.join(folder, "__init__.py")
            return ModuleName(package, part) if os.path.isfile(package) else None
        folder = inner
    package = os.path.join(folder, "__init__.py")
    return ModuleName(package, "") if os.path.isfile(package) else None
