"""The site: the pages of the project as they are in the repository, and a reference of the API from its docstrings.

The source folder is the root of the project, so that a relative link means the same here and in the repository.
"""

import re
import tomllib
from pathlib import Path

from django.conf import settings
from docutils import nodes
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "scopeguard"
author = "The scopeguard authors"
copyright = author  # noqa: A001  # the name that Sphinx reads
version = release = _PROJECT["version"]

# Django REST framework reads them where it is imported.
settings.configure()

root_doc = "docs/index"
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "benchmarks/README.md",
    "docs/**.md",
    "examples/**.md",
    "policies/**.md",
]
exclude_patterns = ["**/.venv*", "build"]
extensions = ["myst_parser", "sphinx.ext.autodoc"]
templates_path = ["_templates"]

myst_heading_anchors = 6
suppress_warnings = [
    "misc.highlighting_failure",  # what shows a mistake in a file is no file that can be highlighted
    "myst.header",  # some pages have tables between their title and parts of parts
    "toc.not_included",  # what no table of contents lists is linked from a page that is listed
]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
add_module_names = False
nitpicky = False

html_theme = "furo"
html_title = f"scopeguard {release}"
html_copy_source = False
html_show_sourcelink = False
html_additional_pages = {"index": "redirect.html"}
html_static_path: list[str] = []


def _anchors_of_the_repository(_: Sphinx, document: nodes.document) -> None:
    """Give each heading the anchor that it has in the repository: ``#scope_missing``, and no variant."""
    for section in document.findall(nodes.section):
        title = next(iter(section.findall(nodes.title)), None)
        if title is not None and section["ids"]:
            slug = re.sub(r"[^\w\- ]", "", title.astext().lower()).replace(" ", "-")
            if slug not in document.ids or document.ids[slug] is section:
                section["ids"] = [slug, *(each for each in section["ids"] if each != slug)]
                document.ids[slug] = section


def setup(app: Sphinx) -> dict[str, bool]:
    """Register what the pages need."""
    app.connect("doctree-read", _anchors_of_the_repository)
    return {"parallel_read_safe": True}
