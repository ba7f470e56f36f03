# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A manifest's patterns, which are POSIX extended regular expressions over bytes, as Python has them.

A worker gives them to regcomp(3), of glibc and in the C locale. For postern.testing alone.
"""

from __future__ import annotations

import re

_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\t-\r ", "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}

# Of glibc, beyond POSIX.
_ESCAPES = {"w": r"\w", "W": r"\W", "s": r"\s", "S": r"\S", "b": r"\b", "B": r"\B", "<": r"\b(?=\w)",
            ">": r"\b(?<=\w)", "`": r"\A", "'": r"\Z"}

_INTERVAL = re.compile(r"\{(?:\d+(?:,\d*)?|,\d+)\}")


def compile_pattern(pattern: str) -> re.Pattern[bytes]:
    """For fullmatch() with a value's bytes. ValueError when it is none."""
    walk = _Walk(pattern)
    try:
        made = walk.alternatives(0)
        return re.compile(made.encode("latin-1"), re.DOTALL)
    except (re.error, IndexError, KeyError):
        raise ValueError(f"the pattern {pattern} is wrong") from None


class _Walk:
    def __init__(self, pattern: str) -> None:
        self.text = pattern.encode().decode("latin-1")  # a character is a byte
        self.at = 0

    def alternatives(self, depth: int) -> str:
        made = ""
        while self.at < len(self.text) and not (depth and self.text[self.at] == ")"):
            if self.text[self.at] == "|":
                made += "|"
                self.at += 1
            else:
                made += self.piece(depth)
        return made

    def piece(self, depth: int) -> str:
        """An atom and what repeats it. In Python a second repetition would be another thing."""
        made = self.atom(depth)
        while repeats := self.repetition():
            made = f"(?:{made}){repeats}"
        return made

    def repetition(self) -> str:
        rest = self.text[self.at :]
        if rest[:1] in ("*", "+", "?"):
            self.at += 1
            return rest[0]
        found = _INTERVAL.match(rest)
        self.at += found.end() if found else 0
        return found[0] if found else ""

    def atom(self, depth: int) -> str:
        character = self.text[self.at]
        self.at += 1
        if character == "(":
            inner = self.alternatives(depth + 1)
            if self.text[self.at] != ")":
                raise KeyError(character)
            self.at += 1
            return f"(?:{inner})"
        if character == ")":
            raise KeyError(character)
        if character == "[":
            return self.bracket()
        if character == "\\":
            escaped = self.text[self.at]
            self.at += 1
            return _ESCAPES.get(escaped) or re.escape(escaped)
        return {".": ".", "^": r"\A", "$": r"\Z"}.get(character) or re.escape(character)

    def bracket(self) -> str:
        """Behind "[": a backslash is an ordinary character there, and "]" one at the beginning."""
        made = "["
        if self.text[self.at] == "^":
            made += "^"
            self.at += 1
        first = True
        while first or self.text[self.at] != "]":
            first = False
            if self.text[self.at] == "[" and self.text[self.at + 1] in ":.=":
                kind = self.text[self.at + 1]
                end = self.text.index(f"{kind}]", self.at + 2)
                name = self.text[self.at + 2 : end]
                made += _CLASSES[name] if kind == ":" else re.escape(name)
                self.at = end + 2
                continue
            character = self.text[self.at]
            made += character if character == "-" else re.escape(character)
            self.at += 1
        self.at += 1
        return made + "]"
