# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A private apt state: other suites of the system's own mirrors, without touching the system.

The system decides where packages come from (mirror, proxy, credentials); this module only asks the
same places for further suites, and trusts nothing but Debian's archive keyring.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .errors import HarnessError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
Stanza = dict[str, str]

# What the system says about how to fetch (proxies, retries, dates) holds here too; what it says
# about which indexes to fetch does not.
_SKIPPED = ("Acquire::IndexTargets", "Acquire::Languages", "Acquire::Changelogs", "Acquire::Allow")


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """Run an apt tool, returning its output; its own words become the error."""
    try:
        done = subprocess.run(
            command, env=environment, check=True, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace",
        )
    except FileNotFoundError:
        raise HarnessError(f"{command[0]} not found: kernels are fetched with Debian's apt") from None
    except subprocess.CalledProcessError as error:
        words = error.stderr.strip() or error.stdout.strip() or f"status {error.returncode}"
        raise HarnessError(f"{command[0]} {command[-1]} failed:\n{words}") from None
    return done.stdout


def system_mirrors() -> tuple[list[str], list[str]]:
    """Base URLs of the system's Debian mirrors: (for the archive, for security updates).

    Indexes that were fetched say whose they are; before the first `apt-get update` there are only
    the sources, and then the Debian keyring tells a Debian mirror from another vendor's.
    """
    known = _run(["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)",
                  "Origin: Debian", "Created-By: Packages"])
    pairs = [line.split() for line in known.splitlines()]
    if not pairs:
        uris = _run(["apt-get", "update", "--print-uris"])
        pairs = [[suite, base] for base, suite in
                 re.findall(r"^'(\S+?/)dists/(\S+)/InRelease'", uris, re.MULTILINE)]
    main: list[str] = []
    security: list[str] = []
    for suite, base in pairs:
        bases = security if re.search(r"-security$|/updates$", suite) else main
        if base not in bases:
            bases.append(base)
    if not main and not security:
        raise HarnessError("the system's apt has no Debian mirror; add one to its sources")
    # A mirror that has the archive usually has the security archive beside it.
    security += [base.rstrip("/") + "-security/" for base in main if not security]
    return main, security


class AptState:
    """An apt with its own lists, cache and sources below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._archives = self._folder / "cache" / "archives"
        self._environment = dict(os.environ, LC_ALL="C.UTF-8",
                                 APT_CONFIG=str(self._folder / "apt.conf"))
        for part in ("etc/none.d", "etc/preferences.d", "state/lists/partial"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)
        (self._archives / "partial").mkdir(parents=True, exist_ok=True)
        (self._folder / "status").touch()
        self._write_config()

    def _write_config(self) -> None:
        system = _run(["apt-config", "dump"]).splitlines()
        kept = [line for line in system
                if line.startswith("Acquire::") and not line.startswith(_SKIPPED)]
        root = self._folder
        own = {
            "Dir::Etc::main": "-", "Dir::Etc::parts": f"{root}/etc/none.d",
            "Dir::Etc::sourcelist": f"{root}/etc/sources.list",
            "Dir::Etc::sourceparts": f"{root}/etc/none.d",
            "Dir::Etc::preferences": "-", "Dir::Etc::preferencesparts": f"{root}/etc/preferences.d",
            "Dir::State": f"{root}/state", "Dir::State::lists": f"{root}/state/lists",
            "Dir::State::status": f"{root}/status",
            "Dir::Cache": f"{root}/cache", "Dir::Cache::archives": f"{root}/cache/archives",
            "APT::Architecture": "amd64", "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::AllowInsecureRepositories": "0", "Acquire::AllowWeakRepositories": "0",
            "Acquire::AllowDowngradeToInsecureRepositories": "0",
        }
        text = "\n".join(kept + [f'{name} "{value}";' for name, value in own.items()])
        (root / "apt.conf").write_text(text + '\nAPT::Architectures { "amd64"; };\n')

    def update(self, suites: list[str]) -> None:
        """Fetch the signed indexes of SUITES, from the first of the system's mirrors that has them."""
        if not KEYRING.exists():
            raise HarnessError(f"{KEYRING} is missing: install debian-archive-keyring")
        main, security = system_mirrors()
        failures: list[str] = []
        for attempt in range(max(len(main), len(security), 1)):
            lines = []
            for suite in suites:
                bases = (security if suite.endswith("-security") else main) or main + security
                base = bases[min(attempt, len(bases) - 1)]
                lines.append(f"deb [signed-by={KEYRING} arch=amd64] {base} {suite} main\n")
            (self._folder / "etc" / "sources.list").write_text("".join(lines))
            try:
                _run(["apt-get", "-qq", "-o", "APT::Update::Error-Mode=any", "update"],
                     self._environment)
                return
            except HarnessError as error:
                failures.append(str(error))
        raise HarnessError(f"{', '.join(suites)}: no mirror of the system's apt delivered it "
                           "(the first fetch needs the network):\n" + "\n".join(failures))

    def stanzas(self, suite: str, wanted: re.Pattern[str]) -> Iterator[Stanza]:
        """The packages of SUITE whose names match WANTED, from the verified index."""
        files = _run(["apt-get", "indextargets", "--format", "$(FILENAME)",
                      f"Release: {suite}", "Created-By: Packages"], self._environment).split()
        for file in files:
            text = _run(["/usr/lib/apt/apt-helper", "cat-file", file], self._environment)
            for block in text.split("\n\n"):
                name = re.match(r"Package: (\S+)\n", block)
                if name and wanted.match(name[1]):
                    fields = re.findall(r"^([\w-]+): (.*)$", block, re.MULTILINE)
                    yield dict(fields)

    def cached(self, package: str, version: str) -> Path | None:
        """The package as an earlier run fetched it."""
        path = self._archives / f"{package}_{version.replace(':', '%3a')}_amd64.deb"
        return path if path.exists() else None

    def download(self, package: str, version: str) -> Path:
        """Fetch one package by exact version; apt checks it against the signed index."""
        if known := self.cached(package, version):
            return known
        before = set(self._archives.iterdir())
        try:
            subprocess.run(["apt-get", "-qq", "download", f"{package}={version}"],
                           cwd=self._archives, env=self._environment, check=True,
                           stdin=subprocess.DEVNULL, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            raise HarnessError(f"cannot download {package} {version}:\n{error.stderr.strip()}") from None
        fetched = [path for path in self._archives.iterdir()
                   if path not in before and path.suffix == ".deb"]
        if len(fetched) != 1:
            raise HarnessError(f"apt-get download {package}={version} left {len(fetched)} files")
        return fetched[0]
