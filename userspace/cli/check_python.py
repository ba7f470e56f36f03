# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds a Python module, read from standard input, against entrypoints: `NAME ARGUMENT...` as words, "-" between.

Prints "read", and a line NAME, what is wrong, what would be right, separated by tabs, for each that is wrong; or why
the module cannot be read. It is parsed, and nothing of it is run. Runs by itself: it is part of the program `postern`.
"""

import ast
import difflib
import sys

MARK = "entrypoint"


def names_in(node: ast.AST) -> list[str]:
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]


class Module:
    """What a module has at its top level, as far as can be seen without running it."""

    def __init__(self, tree: ast.Module) -> None:
        self.functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self.others: set[str] = set()  # imported or assigned: of what kind cannot be seen
        self.anything = False
        self._look(tree.body)
        self.marked = any(self.is_marked(function) for function in self.functions.values())

    def _look(self, body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.functions[node.name] = node
                self.others.discard(node.name)
            elif isinstance(node, ast.ClassDef):
                self._other(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    self.anything |= alias.name == "*"
                    self._other(alias.asname or alias.name.partition(".")[0])
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    for name in names_in(target):
                        self._other(name)
            else:
                for part in ("body", "orelse", "finalbody"):
                    self._look(getattr(node, part, []))
                for handler in getattr(node, "handlers", []):
                    self._look(handler.body)

    def _other(self, name: str) -> None:
        self.functions.pop(name, None)
        self.others.add(name)

    @staticmethod
    def _is_mark(decorator: ast.expr) -> bool:
        return (isinstance(decorator, ast.Name) and decorator.id == MARK
                or isinstance(decorator, ast.Attribute) and decorator.attr == MARK)

    def is_marked(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        return any(map(self._is_mark, function.decorator_list))

    def wrong(self, name: str, arguments: list[str]) -> tuple[str, str] | None:
        """What is wrong with an entrypoint's function, and what would be right."""
        function = self.functions.get(name)
        if function is None:
            if name in self.others or self.anything:
                return None
            near = difflib.get_close_matches(name, [*self.functions, *self.others], 1)
            return (f"the module lacks the function \"{name}\"",
                    f"did you mean \"{near[0]}\"?" if near else "define it, or remove the entrypoint")
        if isinstance(function, ast.AsyncFunctionDef):
            return f"the function {name} is async", "nobody would wait for it: use def"
        if self.marked and not self.is_marked(function) and not self.decorated(function):
            return f"the function {name} is not marked with @{MARK}, as others of the module are", "mark it"
        # What another decorator makes of the parameters cannot be seen.
        return None if self.decorated(function) else self.parameters(function, arguments)

    def decorated(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        return not all(map(self._is_mark, function.decorator_list))

    @staticmethod
    def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef, arguments: list[str]) -> tuple[str, str] | None:
        takes = function.args
        positional = [*takes.posonlyargs, *takes.args]
        needed = [a.arg for a in positional[:len(positional) - len(takes.defaults)]]
        needed += [a.arg for a, default in zip(takes.kwonlyargs, takes.kw_defaults) if default is None]
        given = [a.arg for a in (*takes.args, *takes.kwonlyargs)]
        for name in arguments:
            if name in given or takes.kwarg:
                continue
            near = difflib.get_close_matches(name, given, 1)
            return (f"the function {function.name} (line {function.lineno}) has no parameter \"{name}\"",
                    f"did you mean \"{near[0]}\"?" if near else "add it there, or remove the argument here")
        for name in needed:
            if name not in arguments:
                return (f"the function {function.name} (line {function.lineno}) needs a parameter \"{name}\"",
                        "declare it as an argument, or give it a default there")
        return None


def entrypoints(words: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for word in words:
        if word == "-":
            found.append([])
        else:
            found[-1].append(word)
    return [entrypoint for entrypoint in found if entrypoint]


def main() -> None:
    try:
        module = Module(ast.parse(sys.stdin.buffer.read()))
    except SyntaxError as error:
        print(f"line {error.lineno}: {error.msg}")
        return
    except (ValueError, RecursionError, MemoryError) as error:
        print(f"it cannot be parsed: {error}")
        return
    print("read")
    for name, *arguments in entrypoints(sys.argv[1:]):
        wrong = module.wrong(name.replace("-", "_"), arguments)
        if wrong:
            print(name, *wrong, sep="\t")


main()
