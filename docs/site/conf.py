"""Sphinx's settings for scripts/docs."""
import pathlib
import re

header = pathlib.Path(__file__).parents[2] / "include/floatsd/version.h"
project = "floatsd"
version = release = re.search(r'FLOATSD_VERSION "([^"]+)"', header.read_text())[1]
language = "en"

extensions = ["myst_parser", "breathe"]
breathe_default_project = "floatsd"
breathe_show_include = False
myst_heading_anchors = 4
# Each header opens the namespaces anew.
suppress_warnings = ["duplicate_declaration.cpp"]
highlight_language = "none"  # of indented blocks: commands, formulas, and what a command prints

html_theme = "furo"
html_title = f"floatsd {version}"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_permalinks_icon = "#"
