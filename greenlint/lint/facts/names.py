"""What names stand for: definitions that reach a use, qualified names, and types of receivers.

A path is text. `openai.OpenAI` is an imported name; `.load` a definition of the module itself;
`builtins.open` a builtin; `openai.client:` an object of a type of the catalog, and
`openai.client:chat.completions.create` an attribute of it; `pkg.Class().run` an attribute of
whatever calling `pkg.Class` gives.
"""

import builtins
from collections.abc import Iterator, Sequence

import libcst as cst

from greenlint.lint.catalog import Catalog
from greenlint.lint.facts.handovers import Handovers
from greenlint.lint.facts.nodes import OWN, defined_name, is_exactly, is_none, nodes_in
from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Call, Tree
from greenlint.lint.imports import dotted_name

_BUILTINS = frozenset(dir(builtins))
_WRAPPERS = frozenset({"typing.Optional", "typing.Annotated", "typing.Final", "typing.ClassVar"})
_DEPTH = 12  # definitions followed in a row; deeper chains are unknown


class Names:
    """Resolves expressions of one module."""

    def __init__(self, tree: Tree, catalog: Catalog) -> None:
        self._tree = tree
        self._catalog = catalog
        self._handovers = Handovers(tree)
        self._paths: dict[Binding, str | None] = {}
        self._functions = {
            block.node: block for block in tree.blocks_of(BlockKind.FUNCTION, BlockKind.CLASS)
        }
        self._results: dict[cst.FunctionDef, str | None] = {}
        self._derived: list[cst.ClassDef] = []  # the classes whose bases are being looked at
        self._depth = 0

    # -- definitions -------------------------------------------------------------------------

    def definitions(self, name: str, block: Block, order: int) -> tuple[Binding, ...]:
        """The bindings of `name` that may reach a use of it at `order` in `block`.

        Empty when the name is bound nowhere in sight. Bindings that another one surely replaces
        before the use are left out.
        """
        use_scope = block.scope
        scope: Block | None = use_scope
        while scope is not None:
            bound = scope.bindings.get(name)
            if bound and (scope is use_scope or scope.kind is not BlockKind.CLASS):
                if any(b.node is not None and _is_global(b.node) for b in bound):
                    return self._module_definitions(name, bound)
                # A comprehension runs at once, where it stands; a function runs at any time.
                if _runs_in_place(use_scope, scope):
                    return _reaching(bound, block, order)
                return tuple(bound)
            scope = scope.parent.scope if scope.parent is not None else None
        return ()

    def _module_definitions(self, name: str, local: Sequence[Binding]) -> tuple[Binding, ...]:
        own = [b for b in local if not (b.node is not None and _is_global(b.node))]
        return (*own, *self._tree.module.bindings.get(name, ()))

    def single_definition(self, name: str, block: Block, order: int) -> Binding | None:
        """The one binding that reaches the use, or None when there are none or several."""
        found = self.definitions(name, block, order)
        return found[0] if len(found) == 1 else None

    # -- paths -------------------------------------------------------------------------------

    def path(self, node: cst.CSTNode | None, block: Block, order: int) -> str | None:
        """What `node`, evaluated at `order` in `block`, stands for; None when that is unknown."""
        if self._depth > _DEPTH:
            return None
        self._depth += 1
        try:
            return self._path(node, block, order)
        finally:
            self._depth -= 1

    def _path(self, node: cst.CSTNode | None, block: Block, order: int) -> str | None:
        # Nearly all nodes are of these three.
        if is_exactly(node, cst.Name):
            return self._name(node.value, block, order) if node.value != "None" else None
        if is_exactly(node, cst.Attribute):
            return self._attribute(node.value, node.attr.value, block, order)
        if is_exactly(node, cst.Call):
            return self._result(self.path(node.func, block, order))
        match node:
            case cst.Await(expression=inner) | cst.NamedExpr(value=inner):
                return self.path(inner, block, order)
            case cst.BinaryOperation(left=left, operator=cst.BitOr(), right=right):
                return self._composition(left, right, block, order)
            case cst.BooleanOperation(left=left, right=right):
                paths = {self.path(left, block, order), self.path(right, block, order)}
                known = paths - {None}
                return known.pop() if len(known) == 1 else None
            case cst.IfExp(body=body, orelse=orelse):
                either = {self.path(p, block, order) for p in (body, orelse) if not is_none(p)}
                return either.pop() if len(either) == 1 else None
            case _:
                return None

    def called(self, call: Call) -> str | None:
        """The path of what `call` calls."""
        path = self.path(call.node.func, call.block, call.order)
        if path is None:
            return None
        if path.endswith(":"):
            return path + "__call__"
        return path + ".__call__" if path.endswith("()") else path

    def type_name(self, node: cst.CSTNode | None, block: Block, order: int) -> str | None:
        """The catalog type of the object that `node` stands for."""
        path = self.path(node, block, order)
        return path[:-1] if path is not None and path.endswith(":") else None

    def _name(self, name: str, block: Block, order: int) -> str | None:
        bindings = self.definitions(name, block, order)
        if not bindings:
            return self._unbound(name)
        if name in OWN and bindings[0].kind is BindingKind.PARAMETER:
            return self._own_class(bindings[0])
        paths = {
            path
            for binding in _lasting(bindings)
            if (path := self._binding(binding)) is not None or not _is_placeholder(binding)
        }
        return paths.pop() if len(paths) == 1 else None

    def _unbound(self, name: str) -> str | None:
        """A builtin, or what the catalog knows a star import to bring."""
        if not self._tree.star_imports:
            return f"builtins.{name}" if name in _BUILTINS else None
        found = {f"{module}.{name}" for module in self._tree.star_imports}
        known = {p for p in found if self._catalog.knows(p)}
        return known.pop() if len(known) == 1 else None

    def _own_class(self, binding: Binding) -> str | None:
        function = binding.block
        owner = function.parent.scope if function.parent is not None else None
        if owner is None or not isinstance(owner.node, cst.ClassDef):
            return None
        return self._instance_of(owner.node)

    def _binding(self, binding: Binding) -> str | None:
        if binding in self._paths:
            return self._paths[binding]
        self._paths[binding] = None  # a cycle is unknown
        path = self._paths[binding] = self._binding_path(binding)
        return path

    def _binding_path(self, binding: Binding) -> str | None:
        match binding.kind, binding.value:
            case BindingKind.IMPORT, str(target):
                return target
            case BindingKind.ASSIGN | BindingKind.WITH, cst.BaseExpression() as value:
                path = self.path(value, binding.block, binding.order)
                return path or self._annotated(binding)
            case BindingKind.PARAMETER | BindingKind.ASSIGN, value:
                path = self._annotated(binding)
                if path is None and isinstance(value, cst.BaseExpression):
                    path = self.path(value, binding.block, binding.order)
                if path is None and binding.kind is BindingKind.PARAMETER:
                    path = self._handed_over(binding)
                return path
            case BindingKind.UNPACK, cst.Call() as value:
                return self._unpacked(binding, value)
            case BindingKind.FUNCTION | BindingKind.CLASS, _:
                return f".{binding.name}"
            case _:
                return None

    def _handed_over(self, parameter: Binding) -> str | None:
        """The object of a catalog type that the callers in the module give, if they agree."""
        known = {self.path(*place) for place in self._handovers.given(parameter)} - {None}
        path = known.pop() if len(known) == 1 else None
        return path if (path or "").endswith(":") else None

    def _unpacked(self, binding: Binding, value: cst.Call) -> str | None:
        """The part that a name gets of the tuple which a function of the module returns."""
        position = self._handovers.position(binding)
        function = self._local_function(self.path(value.func, binding.block, binding.order))
        if position is None or function is None:
            return None
        paths = set()
        for node, block, order in self._handovers.returned(function):
            if not isinstance(node, cst.Tuple) or len(node.elements) != position[1]:
                return None
            paths.add(self.path(node.elements[position[0]].value, block, order))
        return paths.pop() if len(paths) == 1 else None

    def _annotated(self, binding: Binding) -> str | None:
        outer = binding.block
        if binding.kind is BindingKind.PARAMETER and outer.parent is not None:
            outer = outer.parent
        return self._annotation(binding.annotation, outer, binding.order)

    def _annotation(self, node: cst.CSTNode | None, block: Block, order: int) -> str | None:
        """The object that an annotation promises."""
        match node:
            case cst.Name(value="None"):
                return None
            case cst.Name() | cst.Attribute():
                path = self.path(node, block, order)
                return self._result(path) if path and not path.startswith("builtins.") else None
            case cst.SimpleString():
                return self._annotation(_parsed(node), block, order)
            case cst.BinaryOperation(left=left, operator=cst.BitOr(), right=right):
                paths = {self._annotation(part, block, order) for part in (left, right)} - {None}
                return paths.pop() if len(paths) == 1 else None
            case cst.Subscript(value=value, slice=[cst.SubscriptElement(slice=cst.Index(i)), *_]):
                wraps = self.path(value, block, order) in _WRAPPERS
                return self._annotation(i, block, order) if wraps else None
            case _:
                return None

    # -- objects -----------------------------------------------------------------------------

    def _attribute(
        self, base: cst.BaseExpression, attr: str, block: Block, order: int
    ) -> str | None:
        path = self.path(base, block, order)
        if is_exactly(base, cst.Name) and base.value in OWN:
            owner = _enclosing_class(block)
            stored = self._stored_attribute(owner, attr) if owner is not None else None
            if stored is not None:
                return stored
            if owner is not None and attr in owner.bindings and path is not None:
                path = f".{defined_name(owner.node)}()"  # its own method, whatever it inherits
        if path is None:
            return None
        return f"{path}{attr}" if path.endswith(":") else f"{path}.{attr}"

    def _stored_attribute(self, owner: Block, attr: str) -> str | None:
        bindings = [*owner.attributes.get(attr, ()), *owner.bindings.get(attr, ())]
        paths = {self._binding(b) for b in bindings if not _is_placeholder(b)}
        path = paths.pop() if len(paths) == 1 else None
        # A method is reached through its object, not through the module.
        return None if path is not None and path == f".{attr}" else path

    def _result(self, path: str | None) -> str | None:
        """What calling `path` gives."""
        if path is None:
            return None
        built = self._catalog.type_built_by(path)
        if built is not None:
            return f"{built.name}:"
        if ":" in path:
            type_name, attribute = path.split(":", 1)
            kind = self._catalog.type_named(type_name)
            if kind is not None and attribute.rsplit(".", 1)[-1] in kind.returns_self:
                return f"{type_name}:"
        if path.startswith("."):
            return self._local_result(path)
        return f"{path}()"

    def _local_result(self, path: str) -> str | None:
        """What calling a class, function or method of the module gives."""
        function = self._local_function(path)
        if function is not None:
            return self._returned(function) or f"{path}()"
        bindings = self._tree.module.bindings.get(path[1:], ())
        definition = bindings[-1].node if bindings else None
        if isinstance(definition, cst.ClassDef):
            return self._instance_of(definition)
        return f"{path}()"

    def _local_function(self, path: str | None) -> Block | None:
        """The function `.name`, or the method `.Class().name`, of the module."""
        if path is None or not path.startswith("."):
            return None
        scope: Block | None = self._tree.module
        owner, _, name = path[1:].rpartition("().")
        if owner:
            classes = self._tree.module.bindings.get(owner, ())
            node = classes[-1].node if classes else None
            scope = self._functions.get(node) if node is not None else None
        bindings = scope.bindings.get(name, ()) if scope is not None else ()
        definition = bindings[-1].node if bindings else None
        return self._functions.get(definition) if isinstance(definition, cst.FunctionDef) else None

    def _instance_of(self, definition: cst.ClassDef) -> str:
        block = self._functions.get(definition)
        if block is not None and block.parent is not None and definition not in self._derived:
            self._derived.append(definition)  # a class may bear the name of what it derives from
            try:
                for base in definition.bases:
                    result = self._result(self.path(base.value, block.parent, block.start))
                    if result is not None and result.endswith(":"):
                        return result
            finally:
                self._derived.pop()
        return f".{definition.name.value}()"

    def _returned(self, function: Block) -> str | None:
        paths = {self.path(*place) for place in self._handovers.returned(function)}
        if len(paths) == 1 and None not in paths:
            return paths.pop()
        node = function.node
        if paths - {None} or not isinstance(node, cst.FunctionDef) or node.returns is None:
            return None
        return self._annotation(node.returns.annotation, function, function.start)

    def _composition(
        self, left: cst.BaseExpression, right: cst.BaseExpression, block: Block, order: int
    ) -> str | None:
        for side in (right, left):
            path = self.path(side, block, order)
            if path is None or not path.endswith(":"):
                continue
            kind = self._catalog.type_named(path[:-1])
            if kind is not None and kind.composes:
                return path
        return None


def _reaching(bindings: Sequence[Binding], block: Block, order: int) -> tuple[Binding, ...]:
    """Of the bindings in one scope, those whose value a use at `order` may see."""
    around = block.ancestors()
    loops = [b for b in around if b.kind in {BlockKind.FOR, BlockKind.WHILE}]
    later = tuple(
        b
        for b in bindings
        if b.order >= order and any(loop.start < b.order < loop.end for loop in loops)
    )
    found: list[Binding] = []
    for binding in reversed(bindings):
        if binding.order >= order:  # the value of `x = f(x)` is read before it is bound
            continue
        if any(_other_arm(binding.block, b) for b in around):
            continue
        found.append(binding)
        if binding.block in around and binding.kind is not BindingKind.AUGMENT:
            # Nothing before it survives; what a loop binds later still may.
            later = tuple(b for b in later if not _same_pass(binding, b, loops))
            return (*reversed(found), *later)
    return (*reversed(found), *later)


def _same_pass(binding: Binding, later: Binding, loops: Sequence[Block]) -> bool:
    """Whether every pass of the loop around both binds `binding` again before the use."""
    return any(o.start < binding.order < o.end and o.start < later.order < o.end for o in loops)


def _other_arm(block: Block, other: Block) -> bool:
    """Whether the two blocks are different arms of one `if` or `match`."""
    return (
        block is not other
        and block.kind is BlockKind.BRANCH
        and other.kind is BlockKind.BRANCH
        and block.branch == other.branch
    )


def _runs_in_place(use_scope: Block, scope: Block) -> bool:
    while use_scope is not scope:
        if use_scope.kind is not BlockKind.COMPREHENSION or use_scope.parent is None:
            return False
        use_scope = use_scope.parent.scope
    return True


def _is_global(node: cst.CSTNode) -> bool:
    return is_exactly(node, cst.Global) or is_exactly(node, cst.Nonlocal)


def _is_placeholder(binding: Binding) -> bool:
    """Whether a binding only says `None` until the real value comes."""
    return is_none(binding.value) and binding.annotation is None


def _lasting(bindings: Sequence[Binding]) -> Iterator[Binding]:
    """The bindings but those that a later `client = wrap(client)` of the same block replaces."""
    for index, binding in enumerate(bindings):
        later = bindings[index + 1 :]
        if not any(other.block is binding.block and _is_made_of_itself(other) for other in later):
            yield binding


def _is_made_of_itself(binding: Binding) -> bool:
    nodes = nodes_in(binding.value) if isinstance(binding.value, cst.Call) else ()
    return any(isinstance(node, cst.Name) and node.value == binding.name for node in nodes)


def _enclosing_class(block: Block) -> Block | None:
    return next((b for b in block.ancestors() if b.kind is BlockKind.CLASS), None)


def _parsed(node: cst.SimpleString) -> cst.BaseExpression | None:
    text = node.evaluated_value
    if not isinstance(text, str) or len(text) > 200:
        return None
    try:
        expression = cst.parse_expression(text)
    except cst.ParserSyntaxError:
        return None
    return expression if dotted_name(expression) or "|" in text or "[" in text else None
