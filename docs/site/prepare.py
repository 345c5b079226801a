#!/usr/bin/env python3
"""Lays the pages of the site side by side, as Sphinx reads them; see scripts/docs.

usage: prepare.py SOURCE_DIR PAGES_DIR DOXYGEN_XML FLOATSD

README.md is the front page. Where a text names another page by its path (docs/flow.md), the page gets a link there. The
options of every subcommand are what `floatsd --help` prints, and a page a room documents the headers that it makes public.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

root, pages, doxygen = (pathlib.Path(path) for path in sys.argv[1:4])
floatsd = pathlib.Path(sys.argv[4]).resolve()

MENU = {
    "Use": ["command", "options", "importing", "data", "architecture", "formats", "report", "tensorboard", "checking", "distributed",
            "results", "models", "performance"],
    "The integer network": ["numerics", "model_file", "embedding", "c_export", "onnx", "vectors"],
    "The library": ["api", "examples", "flow", "contributing"],
}
PLACES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "data/README.md": "data.md",
          "examples/README.md": "examples.md",
          **{f"docs/{path.name}": path.name for path in (root / "docs").glob("*.md")}}
# A path of a page in running text, not one that is a link already.
NAMED = re.compile(r"(?<!\]\()(?<![\w/.\[-])(" + "|".join(map(re.escape, sorted(PLACES, key=len, reverse=True))) + r")(?![\w/])")


def title(path):
    return re.match(r"# (.*)", (root / path).read_text())[1]


def with_links(text, path):
    """The text of a page, each path of another page outside of code a link."""
    result, fenced = [], False
    for line in text.splitlines(keepends=True):
        fenced ^= line.startswith("```")
        if not fenced and not line.startswith(("    ", "#", "```")):
            parts = line.split("`")
            parts[::2] = [NAMED.sub(lambda named: named[0] if named[0] == path else
                                    f"[{title(named[0])}]({PLACES[named[0]]})", part) for part in parts[::2]]
            line = "`".join(parts)
        result.append(line)
    return "".join(result)


def menu():
    text = ""
    for caption, names in MENU.items():
        text += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "".join(f"{name}\n" for name in names) + "```\n"
    return text


def help_of(*command):
    return subprocess.run([floatsd, *command, "--help"], text=True, stdout=subprocess.PIPE, check=True,
                          env={**os.environ, "COLUMNS": "100"}).stdout


def subcommands(text):
    listed = text.partition("\nSubcommands:\n")[2].split("\n\n")[0]
    return re.findall(r"^  ([a-z]\S*)", listed, re.M)


def options_page():
    text = "# Options of every subcommand\n\nWhat `floatsd SUBCOMMAND --help` prints.\n"

    def add(*command):
        nonlocal text
        shown = help_of(*command)
        text += f"\n## floatsd {' '.join(command)}\n\n```text\n{shown.strip()}\n```\n".replace("floatsd \n", "floatsd\n")
        for name in subcommands(shown):
            add(*command, name)
    add()
    return text


def introduction(header):
    """The comment that a header begins with."""
    lines = []
    for line in header.read_text().splitlines():
        if line.startswith("//"):
            lines.append(line[2:].removeprefix(" "))
        elif lines or not line.startswith("#pragma"):
            break
    return "\n".join(lines)


def as_rst(comment):
    """Paragraphs as they are; from an indented line on a block, to the next that is not indented."""
    result = []
    for line in comment.splitlines():
        if line.startswith(" ") and not (result and result[-1].startswith("   ")):
            result += ["", "::", ""]
        result.append("   " + line if line.startswith(" ") else line)
    return "\n".join(result)


def heading(text, line):
    return f"{text}\n{line * len(text)}\n\n"


def room_subjects():
    """What README.md's table says of each room."""
    return dict(re.findall(r"^\| `([\w/]+)` \| (.*) \|$", (root / "README.md").read_text(), re.M))


def name_headers_by_path():
    """In Doxygen's index, where Breathe looks headers up: it has them without their folders, and two rooms have an onnx.h."""
    index = doxygen / "index.xml"

    def with_folder(found):
        path = re.findall(r'<location file="([^"]*)"', (doxygen / f"{found[2]}.xml").read_text())[-1]
        return f'{found[1]}{found[2]}" kind="file"><name>{path}'
    index.write_text(re.sub(r'(<compound refid=")([^"]*)" kind="file"><name>[^<]*', with_folder, index.read_text()))


def api_pages():
    name_headers_by_path()
    folder = root / "include/floatsd"
    subjects = room_subjects()
    api = pages / "api"
    api.mkdir()
    rooms = [room for room in subjects if (folder / room).is_dir()]
    for room in rooms:
        text = heading(room, "=") + subjects[room].replace("`", "``") + "\n\n"
        for header in sorted((folder / room).glob("*.h")):
            text += heading(f"floatsd/{room}/{header.name}", "-") + as_rst(introduction(header)) + "\n\n"
            text += f".. doxygenfile:: floatsd/{room}/{header.name}\n\n"
        (api / f"{room}.rst").write_text(text)
    c = heading("C", "=") + subjects["c"] + "\n\n" + as_rst(introduction(folder / "floatsd_c.h")) + "\n\n"
    (api / "c.rst").write_text(c + ".. doxygenfile:: floatsd/floatsd_c.h\n")
    (pages / "api.md").write_text(
        "# API\n\nWhat a program that uses the library calls, room by room. `floatsd/floatsd.h` includes all of it.\n\n"
        "| room | what is in it |\n|---|---|\n" +
        "".join(f"| [{room}](api/{room}.rst) | {subjects[room]} |\n" for room in [*rooms, "c"]) +
        "\n```{toctree}\n:hidden:\n\n" + "".join(f"api/{room}\n" for room in [*rooms, "c"]) + "```\n")


def main():
    pages.mkdir(parents=True)
    for path, place in PLACES.items():
        text = with_links((root / path).read_text(), path)
        (pages / place).write_text(text + (menu() if place == "index.md" else ""))
    for picture in (root / "docs").glob("*.svg"):
        shutil.copy(picture, pages)
    (pages / "options.md").write_text(options_page())
    api_pages()
    missing = {path.stem for path in pages.glob("*.md")} - {"index"} - {name for names in MENU.values() for name in names}
    if missing:
        sys.exit(f"prepare: not in the menu: {', '.join(sorted(missing))}")


main()
