"""The site: every page of the project as it is in the repository, and the reference of the API from its docstrings.

The source folder is the root of the project, so that a relative link means the same here and in the repository.
"""

project = "scopeguard"
author = "The scopeguard authors"
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md", "policies/**.md", "benchmarks/README.md"]
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_heading_anchors = 6
html_theme = "furo"
