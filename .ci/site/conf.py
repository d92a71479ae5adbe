"""How Sphinx writes the docs as a site; `build` beside this file calls it."""

from os import environ

project = "IMA"
author = project_copyright = "the authors of IMA"
html_title = "IMA"
html_theme = "furo"
html_baseurl = environ.get("CI_PAGES_URL") or environ.get("IMA_DOCS_URL", "")
html_show_sphinx = html_copy_source = False
extensions = ["myst_parser"]
myst_heading_anchors = 4
exclude_patterns: list[str] = []
