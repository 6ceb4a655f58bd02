"""How the documentation is built: pages in Markdown, the reference out of the docstrings."""

from __future__ import annotations

import builtins
import datetime as dt
import sys
from pathlib import Path
from typing import NewType, ParamSpec, TypeVar

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python import PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from ejournal import __version__

sys.path.insert(0, str(Path(__file__).parent))

from printed import PRINTED

project = "ejournal"
author = "the ejournal authors"
copyright = f"2026, {author}"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]

# Docstrings name things of Python in single backticks.
default_role = "code"

html_theme = "furo"
html_title = f"ejournal {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True, "undoc-members": True}
# A docstring inherited from a library refers to pages that are not here.
autodoc_inherit_docstrings = False
autosummary_generate = True
python_use_unqualified_type_names = True

# Types of Python and of libraries have pages elsewhere. Their inventories would be fetched from
# the network, and the build must pass without one.
FOREIGN = sys.stdlib_module_names | {
    "alembic",
    "argon2",
    "attr",
    "attrs",
    "bson",
    "cattrs",
    "hypothesis",
    "pluggy",
    "pymongo",
    "sqlalchemy",
}


def _has_no_place(target: str) -> bool:
    """Tell what autodoc skips: private names, parameters of generics, and `NewType`s.

    The name of a `NewType` says all; a named tuple gives it without its module.
    """
    module, _, name = target.rpartition(".")
    named = getattr(sys.modules.get(module or "ejournal.ids"), name, None)
    return name.startswith("_") or isinstance(named, ParamSpec | TypeVar | NewType)


def _link(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element
) -> nodes.Element | None:
    """Leave foreign names as they are; find an alias or `NewType` that was asked for as a class.

    A named tuple gives its dates without their module.
    """
    target = str(node.get("reftarget", ""))
    known = any(hasattr(module, target) for module in (builtins, dt))
    if target.partition(".")[0] in FOREIGN or known or _has_no_place(target):
        return contnode
    domain = env.get_domain("py")
    if node.get("refdomain") != "py" or not isinstance(domain, PythonDomain):
        return None
    return domain.resolve_xref(
        env, node.get("refdoc", ""), app.builder, "obj", target, node, contnode
    )


class Printed(SphinxDirective):
    """A table that the code says itself, by its name in `printed.PRINTED`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Read the Markdown of the table where the directive stands."""
        return self.parse_text_to_nodes(PRINTED[self.arguments[0]]())


def setup(app: Sphinx) -> None:
    """Have Sphinx ask `_link` about every name that it cannot find, and print tables."""
    app.connect("missing-reference", _link)
    app.add_directive("printed", Printed)
